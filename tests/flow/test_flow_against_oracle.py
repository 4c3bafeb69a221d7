"""The flow over long mixed histories, cut into batches at random, against outcomes worked out a second time.

And the mutants: each takes one rule of the steps away, and the comparison must turn red.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable
from itertools import groupby
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from hub import flow as flow_module
from hub.flow import Flow
from hub.steps import account as account_module
from hub.steps import fan_out as fan_out_module
from hub.steps import validate as validate_module
from hub.steps.batch import Batch, Fate, Part
from hub.steps.deduplicate import Stamp, deduplicate
from schemas import topics
from schemas.codec import codec
from schemas.envelope import read_coordinates
from schemas.topics import EVENTS, parse_raw
from tests.support.kafka_bytes import row_of
from tests.support.load import Load, Sent
from tests.support.raw import NOW_MS, FakeRecord
from tests.support.tries import tries

PARTITION = 3
JOBCENTERS = ["testa", "testb"]


def differences(seed: int, count: int = 600) -> Counter[str]:
    """Run a history through the flow; what came out otherwise than it must."""
    chance = random.Random(seed)
    history = list(Load(list(JOBCENTERS), seed, entities=12).records(count))
    logs: dict[str, list[Sent]] = defaultdict(list)
    known: dict[bytes, bytes] = {}
    written: dict[str, list[Any]] = defaultdict(list)
    flows = {event: Flow(event, {}) for event in EVENTS}
    while history:
        poll, history = history[: (cut := chance.randrange(1, 60))], history[cut:]
        for topic, some in groupby(sorted(poll, key=lambda sent: sent.topic), key=lambda sent: sent.topic):
            raw, first, records = parse_raw(topic), len(logs[topic]), list(some)
            logs[topic] += records
            raws = [
                FakeRecord(sent.value, sent.key, first + place, NOW_MS - 1, sent.headers)
                for place, sent in enumerate(records)
            ]
            event = next(event for event in EVENTS if event == raw.event)
            batch = Batch(event, [Part(topic, PARTITION, raw.jobcenter, raws)], NOW_MS)
            outcome = flows[event].run(batch, known)
            known.update(outcome.changes)
            for name, rows in outcome.rows.items():
                written[name] += map(row_of, rows)
    return +(_receipts(logs, written) + _curated(logs, written) + _rejected(logs, written))


def _receipts(logs: dict[str, list[Sent]], written: dict[str, list[Any]]) -> Counter[str]:
    told: dict[tuple[str, int], list[Any]] = defaultdict(list)
    counts: Counter[str] = Counter()
    for jobcenter in JOBCENTERS:
        for row in written[topics.receipts(jobcenter)]:
            receipt = codec("receipt").decode(row.value)
            counts.update({name.upper(): receipt[name] for name in ("new", "changed", "ended")})
            exceptions = {entry["offset"]: (entry["outcome"], entry["code"]) for entry in receipt["exceptions"]}
            for offset in range(receipt["first_offset"], receipt["last_offset"] + 1):
                told[receipt["topic"], offset].append((*exceptions.get(offset, ("", None)), receipt["delivery"]))
    applied = {fate.name for fate in Fate if fate.applied}
    expected = {
        (topic, offset): [("" if sent.outcome in applied else sent.outcome, sent.code, sent.delivery)]
        for topic, log in logs.items()
        for offset, sent in enumerate(log)
    }
    expected_counts = Counter(sent.outcome for log in logs.values() for sent in log if sent.outcome in applied)
    return Counter({"outcomes": int(expected != told), "counts": int(expected_counts != +counts)})


def _curated(logs: dict[str, list[Sent]], written: dict[str, list[Any]]) -> Counter[str]:
    actual = []
    for event in EVENTS:
        for row in written[topics.curated(event)]:
            origin = read_coordinates(row.headers)
            assert origin is not None
            actual.append((origin.topic, origin.offset, row.value))
    expected = [
        (topic, offset, sent.public)
        for topic, log in logs.items()
        for offset, sent in enumerate(log)
        if sent.public is not None
    ]
    return Counter({"curated": int(sorted(expected) != sorted(actual))})


def _rejected(logs: dict[str, list[Sent]], written: dict[str, list[Any]]) -> Counter[str]:
    rows = [codec("rejected").decode(row.value) for jc in JOBCENTERS for row in written[topics.rejected(jc)]]
    actual = Counter((row["origin_topic"], row["origin_offset"], row["code"]) for row in rows)
    expected = Counter(
        (topic, offset, sent.code) for topic, log in logs.items() for offset, sent in enumerate(log) if sent.code
    )
    return Counter({"rejected": int(expected != actual)})


# A seed that is made smaller is another history, no simpler one.
@settings(max_examples=tries(6), phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(st.integers(0, 2**32))
def test_whatever_comes_in_whatever_batches_each_record_gets_its_outcome(seed: int) -> None:
    assert Counter() == differences(seed)


def _decides(change: Callable[[Stamp, Stamp, Fate], Fate]) -> Callable[[bytes, bytes | None], Fate]:
    def mutant(claim: bytes, known: bytes | None) -> Fate:
        fate = deduplicate(claim, known)
        return change(Stamp.unpack(claim), Stamp.unpack(known), fate) if known is not None else fate

    return mutant


def _instead(wanted: Fate, given: Fate) -> Callable[[Stamp, Stamp, Fate], Fate]:
    return lambda _claim, _known, fate: given if fate is wanted else fate


class Forgets(Stamp):
    """Mutant: what is remembered has no flags."""

    def pack(self) -> bytes:
        return Stamp(self.epoch, self.version, self.fingerprint).pack()


MUTANTS: dict[str, tuple[Any, str, Any]] = {
    "a repetition is applied again": (flow_module, "deduplicate", _decides(_instead(Fate.DUPLICATE, Fate.CHANGED))),
    "an older version is applied": (flow_module, "deduplicate", _decides(_instead(Fate.STALE, Fate.CHANGED))),
    "a contradiction is applied": (flow_module, "deduplicate", _decides(_instead(Fate.CONFLICT, Fate.CHANGED))),
    "a contradiction passes for a repetition": (flow_module, "fingerprint", lambda _: b"12345678"),
    "an end is not remembered": (flow_module, "Stamp", Forgets),
    "a stranger's record passes": (validate_module, "_whose", lambda *_: None),
    "no rule is asked": (validate_module, "check_batch", lambda _event, records: [[] for _ in records]),
    "the first finding is named, not the gravest": (validate_module, "_gravest", lambda found: (*found, None)[0]),
    "the contact outlives the offer": (fan_out_module, "public_vacancy", lambda record, _: record),
    "a receipt covers two deliveries": (account_module, "groupby", lambda deliveries: [(deliveries[0], deliveries)]),
    "keys are not asked for": (flow_module, "state_key", lambda event, key: key[:8]),
}


@pytest.mark.parametrize("what", MUTANTS)
def test_a_broken_rule_is_noticed(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module, name, mutant = MUTANTS[what]
    monkeypatch.setattr(module, name, mutant)

    assert differences(seed=1)
