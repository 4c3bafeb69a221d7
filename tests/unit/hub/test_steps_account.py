"""Receipts: every offset once, split where the delivery changes, exceptions in order."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hub.steps import account as module
from hub.steps.account import account
from hub.steps.batch import Fate, Ledger, Part, Settled
from schemas.codec import codec
from schemas.codes import Finding
from schemas.envelope import Origin

PART = Part("jobhub.raw.borken.vacancy.v1", 2, "borken", ())


def _receipts(settled: list[Settled]) -> list[dict[str, Any]]:
    return [codec("receipt").decode(row.value) for row in account(PART, _ledger(settled), 0)]


def _ledger(settled: list[Settled]) -> Ledger:
    ledger = Ledger(settled[0].offset)
    for one in settled:
        ledger.add(one)
    return ledger


def test_a_receipt_counts_what_was_applied_and_lists_the_rest() -> None:
    origin = Origin("d1")
    settled = [
        Settled(5, Fate.NEW, origin),
        Settled(6, Fate.CHANGED, origin, b"k6", public=False),
        Settled(7, Fate.ENDED, origin),
        Settled(8, Fate.DUPLICATE, origin, b"k8"),
        Settled(9, Fate.STALE, origin, b"k9"),
        Settled(10, Fate.CONFLICT, origin, b"k10", Finding("E522", "version")),
        Settled(11, Fate.REJECTED, origin, None, Finding("E602")),
    ]

    [receipt] = _receipts(settled)

    exceptions = [
        (6, "APPLIED_NOT_PUBLIC", None, "k6"),
        (8, "DUPLICATE", None, "k8"),
        (9, "STALE", None, "k9"),
        (10, "CONFLICT", "E522", "k10"),
        (11, "REJECTED", "E602", None),
    ]
    assert {
        "topic": PART.topic,
        "partition": 2,
        "first_offset": 5,
        "last_offset": 11,
        "delivery": "d1",
        "new": 1,
        "changed": 1,
        "ended": 1,
        "exceptions": [dict(zip(("offset", "outcome", "code", "key"), entry, strict=True)) for entry in exceptions],
    } == receipt


def test_the_key_names_topic_and_partition() -> None:
    [row] = account(PART, _ledger([Settled(0, Fate.NEW, Origin())]), 7)

    assert (row.key, row.timestamp_ms) == (b"jobhub.raw.borken.vacancy.v1-2", 7)


FATES = st.sampled_from(list(Fate))


@given(st.lists(st.tuples(FATES, st.sampled_from([None, "a", "b"])), min_size=1, max_size=40), st.integers(1, 9))
def test_every_offset_has_exactly_one_outcome_and_one_delivery(
    told: list[tuple[Fate, str | None]], offsets_max: int
) -> None:
    before, module.OFFSETS_MAX = module.OFFSETS_MAX, offsets_max
    try:
        receipts = _receipts([Settled(100 + n, fate, Origin(delivery)) for n, (fate, delivery) in enumerate(told)])
    finally:
        module.OFFSETS_MAX = before

    seen = []
    for receipt in receipts:
        exceptions = {entry["offset"]: entry["outcome"] for entry in receipt["exceptions"]}
        offsets = range(receipt["first_offset"], receipt["last_offset"] + 1)
        assert receipt["new"] + receipt["changed"] + receipt["ended"] + len(exceptions) == len(offsets)
        seen += [(offset, exceptions.get(offset, "applied"), receipt["delivery"]) for offset in offsets]
    expected = [
        (100 + n, "applied" if fate.applied else fate.name, delivery) for n, (fate, delivery) in enumerate(told)
    ]
    assert expected == seen
