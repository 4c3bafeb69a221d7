"""Events as rows: what board and reporting both keep of an event, and where it came from."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

from hub.store.made import Columns, Own, as_is, made, taken_over
from schemas.envelope import Coordinates

Row = dict[str, Any]


IDENTITY: Columns = {
    "jobcenter": made(str, "jobcenter"),
    "source_id": Own("source_id"),
    "ended": made(lambda status: bool(status == "ENDED"), "status"),
    **taken_over("end_reason", "ended_on"),
}
"""Who it is, beside the entity, and how it ended if it did."""


def skeleton(entity: str) -> Row:
    """What stays of an entity that left."""
    jobcenter, _, source_id = entity.partition(":")
    return {
        "entity": entity,
        "jobcenter": jobcenter,
        "source_id": source_id,
        "ended": True,
    }


def provenance(
    topic: str,
    partition: int,
    offset: int,
    timestamp_ms: int,
    headers: Sequence[tuple[str, bytes]],
    raw: Coordinates | None,
) -> Row:
    """When the hub knew, and the coordinates of the curated record and of the raw one."""
    known = moment(timestamp_ms)
    event_id = dict(headers).get("ce_id")
    return {
        "first_seen_at": known,
        "changed_at": known,
        "event_id": event_id.decode(errors="replace") if event_id else None,
        "record_topic": topic,
        "record_partition": partition,
        "record_offset": offset,
        "raw_topic": raw.topic if raw is not None else None,
        "raw_partition": raw.partition if raw is not None else None,
        "raw_offset": raw.offset if raw is not None else None,
    }


def moment(timestamp_ms: int) -> datetime.datetime:
    """A record's timestamp; one that is missing or impossible is the beginning of time."""
    try:
        return datetime.datetime.fromtimestamp(max(timestamp_ms, 0) / 1000, datetime.UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.datetime.fromtimestamp(0, datetime.UTC)


OFFER: Columns = {
    "title": Own("title"),
    **taken_over("visibility", "kldb2010", "offer_type", "working_time", "weekly_hours", "contract_term", "term_until"),
    **taken_over("employment_kind", "temporary_agency_work", "openings", "start_on"),
    **taken_over("published_from", "published_until"),
    **taken_over("code", under="industry", called="industry_"),
    **taken_over("country", "plz", "place", "ags", under="workplace"),
    "pay_min": made(as_is, "pay.minimum"),
    "pay_max": made(as_is, "pay.maximum"),
    **taken_over("currency", "period", under="pay", called="pay_"),
}
"""What board and reporting both keep of a vacancy."""

MEASURE: Columns = {
    **taken_over("title", "instrument", "theme", "provider", "measure_number", "start_on", "end_on", "seats"),
    **taken_over("seats_free", "funder"),
    **taken_over(
        *("country", "plz", "place", "street", "ags", "latitude", "longitude"), under="location", called="location_"
    ),
    **taken_over("entries", "exits", "early_exits", "employed_after_6_months", under="outcomes", called="outcomes_"),
}
"""A measure, its address and its outcomes flat."""

PLACEMENT: Columns = taken_over("month", "placement_type", "kldb3", "kreis", "subsidy", "openings_filled")
"""A placement: coarse facts only."""
