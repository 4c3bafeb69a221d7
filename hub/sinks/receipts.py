"""The accounts: receipts of every raw offset, deliveries as their connectors tell them, and refused records."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from psycopg.types.json import Jsonb

from hub.sinks.engine.read import decode, fingerprint
from hub.sinks.engine.target import Child, Item, KafkaRecord, Row, Sink, Target
from hub.store.rows import moment
from hub.store.tables import delivery, receipt, receipt_exception, rejected
from schemas import topics
from schemas.codes import Refused

_SOMEBODY_ELSE = "E520"
_NOT_IN_FORM = "E604"


def read_receipt(record: KafkaRecord) -> Item:
    """A receipt, and a row for each of its exceptions."""
    found = decode("receipt", record.value)
    place = _raw_topic(found["topic"])
    _require_topic(record, topics.receipts(place.jobcenter))
    if found["last_offset"] < found["first_offset"]:
        raise Refused(_NOT_IN_FORM, "last_offset")
    mark = fingerprint(record.value)
    key = (found["topic"], found["partition"], found["first_offset"])
    shared = {"jobcenter": place.jobcenter, "event": place.event, "delivery": found["delivery"]}
    row = {
        **{name: found[name] for name in ("topic", "partition", "first_offset", "last_offset")},
        **{name: found[name] for name in ("new", "changed", "ended")},
        **shared,
        "decided_at": moment(record.timestamp),
    }
    return Item(record.offset, key, (), mark, row, (_exceptions(found, shared),))


def _exceptions(found: Mapping[str, Any], shared: Row) -> Sequence[Row]:
    return [
        {
            "topic": found["topic"],
            "partition": found["partition"],
            "raw_offset": exception["offset"],
            **{name: exception[name] for name in ("outcome", "code", "key")},
            **shared,
        }
        for exception in found["exceptions"]
    ]


_OF_DELIVERY = (
    *("jobcenter", "delivery", "source", "event", "file", "sha256", "day", "load", "state", "complete", "begun_at"),
    *("ended_at", "rows_read", "sent_new", "sent_changed", "sent_ended", "sent_other", "unchanged", "duplicate"),
    *("rejected", "held", "unmapped_columns", "reason"),
)


def read_delivery(record: KafkaRecord) -> Item:
    """A delivery's latest state: its records follow each other in one partition, so the later one holds."""
    found = decode("delivery", record.value)
    _require_topic(record, topics.delivery(found["jobcenter"]))
    mark = fingerprint(record.value)
    row = {
        **{name: found[name] for name in _OF_DELIVERY},
        "rejected_by_code": Jsonb({entry["code"]: entry["count"] for entry in found["rejected_by_code"]}),
        "findings": Jsonb(found["findings"]),
        "reported_at": moment(record.timestamp),
        "record_topic": record.topic,
        "record_partition": record.partition,
    }
    return Item(record.offset, (found["jobcenter"], found["delivery"]), (record.offset,), mark, row)


_OF_REJECTED = (
    *("jobcenter", "event", "key", "code", "field", "origin_topic", "origin_partition", "origin_offset", "delivery"),
    *("source_file", "source_line", "rejected_at"),
)


def read_rejected(record: KafkaRecord) -> Item:
    """A refused record: why, and where it came from. The sealed original stays in Kafka, for its Jobcenter alone."""
    found = decode("rejected", record.value)
    _require_topic(record, topics.rejected(found["jobcenter"]))
    mark = fingerprint(record.value)
    row = {
        **{name: found[name] for name in _OF_REJECTED},
        "has_original": found["sealed"] is not None,
    }
    return Item(
        record.offset, tuple(found[f"origin_{part}"] for part in ("topic", "partition", "offset")), (), mark, row
    )


def _raw_topic(name: str) -> topics.RawTopic:
    try:
        return topics.parse_raw(name)
    except ValueError as error:
        raise Refused(_NOT_IN_FORM, "topic") from error


def _require_topic(record: KafkaRecord, topic: str) -> None:
    """Whose record it is says the topic's name, since only its owner may write there (rule V1)."""
    if record.topic != topic:
        raise Refused(_SOMEBODY_ELSE)


_ID = "[a-z][a-z0-9]{1,30}"


def _of_each(name: str) -> str:
    return re.escape(name).replace("JOBCENTER", _ID)


SINK = Sink(
    routes=(
        (
            _of_each(topics.receipts("JOBCENTER")),
            Target(receipt, read_receipt, children=(Child(receipt_exception),)),
        ),
        (_of_each(topics.delivery("JOBCENTER")), Target(delivery, read_delivery, order=("record_offset",))),
        (_of_each(topics.rejected("JOBCENTER")), Target(rejected, read_rejected)),
    ),
)
