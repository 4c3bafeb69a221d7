"""Events as rows: what board and reporting both keep of an event, and where it came from."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from schemas.envelope import Coordinates
from schemas.identity import entity_key

Row = dict[str, Any]
Event = Mapping[str, Any]


def identity(event: Event) -> Row:
    """Who it is, and how it ended if it did."""
    return {
        "entity": entity_key(event["jobcenter"], event["source_id"]),
        "jobcenter": event["jobcenter"],
        "source_id": event["source_id"],
        "ended": event["status"] == "ENDED",
        "end_reason": event["end_reason"],
        "ended_on": event["ended_on"],
    }


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


_SAME = (
    *("visibility", "title", "kldb2010", "offer_type", "working_time", "weekly_hours", "contract_term", "term_until"),
    *("employment_kind", "temporary_agency_work", "openings", "start_on", "published_from", "published_until"),
)


def offer(event: Event) -> Row:
    """What board and reporting both keep of a vacancy."""
    pay, place, industry = event["pay"], event["workplace"], event["industry"]
    row: Row = {name: event[name] for name in _SAME}
    row["industry_code"] = industry["code"] if industry is not None else None
    for name in ("country", "plz", "place", "ags"):
        row[name] = place[name]
    row["pay_min"] = pay["minimum"] if pay is not None else None
    row["pay_max"] = pay["maximum"] if pay is not None else None
    row["pay_currency"] = pay["currency"] if pay is not None else None
    row["pay_period"] = pay["period"] if pay is not None else None
    return row


_OF_MEASURE = (
    *("title", "instrument", "theme", "provider", "measure_number", "start_on", "end_on", "seats", "seats_free"),
    "funder",
)
_OUTCOMES = ("entries", "exits", "early_exits", "employed_after_6_months")
_ADDRESS = ("country", "plz", "place", "street", "ags", "latitude", "longitude")


def measure(event: Event) -> Row:
    """A measure, its address and its outcomes flat."""
    outcomes = event["outcomes"] or {}
    row: Row = {name: event[name] for name in _OF_MEASURE}
    row |= {f"location_{name}": event["location"][name] for name in _ADDRESS}
    row |= {f"outcomes_{name}": outcomes.get(name) for name in _OUTCOMES}
    return row


_OF_PLACEMENT = ("month", "placement_type", "kldb3", "kreis", "subsidy", "openings_filled")


def placement(event: Event) -> Row:
    """A placement: coarse facts only."""
    return {name: event[name] for name in _OF_PLACEMENT}
