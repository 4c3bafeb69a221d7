"""What operators decided on pairs of jobs. Read from the beginning it is complete: the topic is kept for good."""

from __future__ import annotations

import re

from hub.sinks.engine.read import decode, fingerprint
from hub.sinks.engine.target import Item, KafkaRecord, Sink, Target
from hub.store.tables import match_decision
from schemas import topics
from schemas.codes import Refused

_OTHER_KEY = "E521"
_OF_DECISION = ("a", "b", "verdict", "reason", "decided_at")


def read_decision(record: KafkaRecord) -> Item:
    """A decision. All records of a pair lie in one partition, so the later one holds."""
    found = decode("match", record.value)
    pair = topics.pair_key(found["a"], found["b"])
    if record.key != pair.encode():
        raise Refused(_OTHER_KEY)
    row = {
        "pair": pair,
        **{name: found[name] for name in _OF_DECISION},
        "record_topic": record.topic,
        "record_partition": record.partition,
    }
    return Item(record.offset, (pair,), (record.offset,), fingerprint(record.value), row)


SINK = Sink(routes=((re.escape(topics.MATCH), Target(match_decision, read_decision, order=("record_offset",))),))
