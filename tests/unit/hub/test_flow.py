"""The story of a batch, end to end without a broker: outcomes, state, neighbours, purity."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.flow import Flow
from hub.steps.batch import Fate, Outcome
from hub.steps.deduplicate import Stamp, fingerprint
from schemas import topics
from schemas.codec import codec
from tests.support import events
from tests.support.events import ended, vacancy
from tests.support.kafka_bytes import row_of
from tests.support.raw import FakeRecord, batch_of, headers_of, raw_of
from tests.support.tries import tries

KEY = b"vacancy/borken:BOR-0025147"


def _flow() -> Flow:
    return Flow("vacancy", {})


def _receipt(outcome: Outcome) -> dict[str, Any]:
    [row] = outcome.rows[topics.receipts("borken")]
    return codec("receipt").decode(row_of(row).value)


def test_every_kind_of_record_gets_its_outcome_in_one_batch() -> None:
    first, second = vacancy(), vacancy(version=2, title="Koch")
    batch = batch_of(
        "vacancy",
        raw_of("vacancy", first),
        raw_of("vacancy", second),
        raw_of("vacancy", second),
        raw_of("vacancy", first),
        raw_of("vacancy", vacancy(version=2, title="Kellner")),
        raw_of("vacancy", ended(second)),
        raw_of("vacancy", vacancy(version=4, visibility="INTERNAL")),
        FakeRecord(None, b"borken:X", headers=headers_of("vacancy", "borken:X")),
        raw_of("vacancy", vacancy(source_id="A-2")),
    )

    outcome = _flow().run(batch, {})

    exceptions = [(entry["offset"], entry["outcome"], entry["code"]) for entry in _receipt(outcome)["exceptions"]]
    assert exceptions == [
        (2, "DUPLICATE", None),
        (3, "STALE", None),
        (4, "CONFLICT", "E522"),
        (6, "APPLIED_NOT_PUBLIC", None),
        (7, "REJECTED", "E606"),
    ]
    fates = {
        Fate.NEW: 3,
        Fate.CHANGED: 1,
        Fate.ENDED: 1,
        Fate.DUPLICATE: 1,
        Fate.STALE: 1,
        Fate.CONFLICT: 1,
        Fate.REJECTED: 1,
    }
    assert {("borken", "vacancy", fate): count for fate, count in fates.items()} == outcome.counts
    assert outcome.codes == {("borken", "vacancy", "E522"): 1, ("borken", "vacancy", "E606"): 1}
    assert [
        codec("rejected").decode(row_of(row).value)["origin_offset"] for row in outcome.rows[topics.rejected("borken")]
    ] == [4, 7]
    last = codec("vacancy").encode(vacancy(version=4, visibility="INTERNAL"))
    assert Stamp(0, 4, fingerprint(last)) == Stamp.unpack(outcome.changes[KEY])


def test_what_is_known_is_read_and_never_changed() -> None:
    known = {KEY: Stamp(0, 5, b"12345678").pack()}
    before = dict(known)

    outcome = _flow().run(
        batch_of("vacancy", raw_of("vacancy", vacancy(version=5)), raw_of("vacancy", vacancy(version=6))), known
    )

    assert before == known
    assert {fate: count for (_, _, fate), count in outcome.counts.items()} == {Fate.CONFLICT: 1, Fate.CHANGED: 1}


def test_a_batch_is_split_where_the_delivery_changes() -> None:
    records = [
        raw_of("vacancy", vacancy(source_id=f"A-{n}"), headers=headers_of("vacancy", f"borken:A-{n}", delivery))
        for n, delivery in enumerate(["d1", "d1", "d2", None])
    ]

    outcome = _flow().run(batch_of("vacancy", *records, first=10), {})

    receipts = [codec("receipt").decode(row_of(row).value) for row in outcome.rows[topics.receipts("borken")]]
    ranges = [(receipt["delivery"], receipt["first_offset"], receipt["last_offset"]) for receipt in receipts]
    assert ranges == [("d1", 10, 11), ("d2", 12, 12), (None, 13, 13)]


def test_poison_is_rejected_without_key_or_origin() -> None:
    outcome = _flow().run(batch_of("vacancy", raw_of("vacancy", vacancy()), poison={0}), {})

    [row] = outcome.rows[topics.rejected("borken")]
    rejected = codec("rejected").decode(row_of(row).value)
    assert (rejected["code"], rejected["key"], rejected["delivery"]) == ("E901", None, None)
    assert {topics.rejected("borken"), topics.receipts("borken")} == outcome.rows.keys()


def test_a_vacancy_and_a_measure_of_one_number_do_not_meet() -> None:
    record = events.measure(jobcenter="borken", source_id="BOR-0025147")

    outcome = Flow("measure", {}).run(
        batch_of("measure", raw_of("measure", record)), {KEY: Stamp(0, 9, b"12345678").pack()}
    )

    assert Counter({("borken", "measure", Fate.NEW): 1}) == outcome.counts


@settings(max_examples=tries(60))
@given(
    st.lists(
        st.tuples(
            st.sampled_from("AB"), st.integers(0, 1), st.integers(1, 3), st.sampled_from(["Koch", "Kellner", ""])
        ),
        max_size=14,
    ),
    st.integers(0, 14),
)
def test_cutting_a_batch_in_two_changes_nothing(told: list[tuple[str, int, int, str]], cut: int) -> None:
    raws = [raw_of("vacancy", vacancy(source_id=s, epoch=e, version=v, title=title)) for s, e, v, title in told]

    def run(first: int, some: list[FakeRecord], known: dict[bytes, bytes]) -> Outcome:
        return _flow().run(batch_of("vacancy", *some, first=first), known) if some else Outcome()

    whole = run(0, raws, {})
    head = run(0, raws[:cut], {})
    tail = run(len(raws[:cut]), raws[cut:], head.changes)
    head.add(tail)

    assert (whole.changes, whole.counts, whole.codes) == (head.changes, head.counts, head.codes)
    for topic in whole.rows.keys() - {topics.receipts("borken")}:
        assert whole.rows[topic] == head.rows[topic]
