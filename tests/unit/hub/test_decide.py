"""What becomes of a batch is what would have become of its records one by one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.sinks.engine import decide as decide_module
from hub.sinks.engine.decide import Outcome, decide
from hub.sinks.engine.target import Item, Key, State

FIRST, AGAIN = b"content1", b"content2"


def item(offset: int, entity: str = "a", version: int | None = 1, *, epoch: int = 0, content: bytes = FIRST) -> Item:
    """An item of an entity; version None takes it away."""
    order = (epoch, version, False) if version is not None else None
    return Item(offset, (entity,), order, content, {"entity": entity})


def state(version: int, *, epoch: int = 0, removed: bool = False, content: bytes = FIRST, offset: int = -1) -> State:
    return State((epoch, version, removed), content, offset)


def fates(batch: Iterable[Item], known: dict[Key, State]) -> dict[int, Outcome]:
    """Outcome of every offset."""
    batch = list(batch)
    verdict = decide(batch, known)
    noted = {noted.offset: noted.outcome for noted in verdict.noted}
    assert {winner.offset for winner in verdict.winners.values()} == {i.offset for i in batch} - noted.keys()
    return {entry.offset: noted.get(entry.offset, Outcome.APPLIED) for entry in batch}


def test_the_first_version_of_an_entity_is_applied() -> None:
    assert {0: Outcome.APPLIED} == fates([item(0)], {})


def test_the_same_version_with_the_same_content_is_a_duplicate() -> None:
    assert {5: Outcome.DUPLICATE} == fates([item(5, version=2)], {("a",): state(2)})


def test_the_same_version_with_other_content_is_a_conflict_and_the_first_wins() -> None:
    verdict = decide([item(5, version=2), item(6, version=2, content=AGAIN)], {})

    assert [(6, Outcome.CONFLICT)] == [(noted.offset, noted.outcome) for noted in verdict.noted]
    assert [FIRST] == [winner.fingerprint for winner in verdict.winners.values()]


def test_an_older_version_is_stale() -> None:
    assert {5: Outcome.STALE} == fates([item(5, version=1)], {("a",): state(2)})


def test_a_higher_epoch_beats_a_higher_version() -> None:
    assert {5: Outcome.APPLIED} == fates([item(5, version=1, epoch=1)], {("a",): state(9)})


def test_of_two_newer_versions_in_one_batch_the_last_is_written_and_both_count_as_applied() -> None:
    found = fates([item(5, version=2), item(6, version=3)], {("a",): state(1)})

    assert {5: Outcome.SUPERSEDED, 6: Outcome.APPLIED} == found


def test_a_stale_record_beside_a_newer_one_of_its_batch_is_stale_not_superseded() -> None:
    found = fates([item(5, version=3), item(6, version=2)], {("a",): state(1)})

    assert {5: Outcome.APPLIED, 6: Outcome.STALE} == found


def test_a_removal_keeps_the_version_so_that_an_older_update_cannot_revive_it() -> None:
    found = fates([item(5, version=None), item(6, version=2), item(7, version=1)], {("a",): state(2)})

    assert {5: Outcome.APPLIED, 6: Outcome.STALE, 7: Outcome.STALE} == found


def test_a_newer_version_brings_a_removed_entity_back() -> None:
    known = {("a",): state(2, removed=True, offset=4)}

    assert {5: Outcome.APPLIED} == fates([item(5, version=3)], known)


def test_a_removal_read_again_does_not_take_away_what_came_after_it() -> None:
    known = {("a",): state(3, offset=7)}

    assert {5: Outcome.STALE} == fates([item(5, version=None)], known)


def test_a_removal_of_what_is_not_there_changes_nothing() -> None:
    assert {5: Outcome.DUPLICATE} == fates([item(5, version=None)], {})
    assert {5: Outcome.DUPLICATE} == fates([item(5, version=None)], {("a",): state(2, removed=True)})


def test_facts_without_an_order_are_written_once() -> None:
    fact = Item(0, ("topic", 1, 0), (), FIRST, {})
    other = Item(1, ("topic", 1, 0), (), AGAIN, {})

    assert {0: Outcome.APPLIED, 1: Outcome.CONFLICT} == fates([fact, other], {})


# ------------------------------------------------------------------------------------------ against one at a time


class Known(NamedTuple):
    """What the oracle remembers of an entity."""

    epoch: int
    version: int
    removed: bool
    content: bytes
    offset: int


def oracle(log: list[Item]) -> tuple[dict[str, Known], dict[int, str]]:
    """The rules of the design, one record at a time, without batches: the board, and each record's fate."""
    board: dict[str, Known] = {}
    fate: dict[int, str] = {}
    for record in log:
        (entity,) = record.key
        there = board.get(entity)
        if record.order is None:
            if there is None or there.removed:
                fate[record.offset] = "duplicate"
            else:
                fate[record.offset] = "applied"
                board[entity] = there._replace(removed=True, offset=record.offset)
            continue
        epoch, version, _ = record.order
        if there is None or (epoch, version) > (there.epoch, there.version):
            fate[record.offset] = "applied"
            board[entity] = Known(epoch, version, False, record.fingerprint, record.offset)
        elif (epoch, version) < (there.epoch, there.version) or there.removed:
            fate[record.offset] = "stale"
        else:
            fate[record.offset] = "duplicate" if record.fingerprint == there.content else "conflict"
    return board, fate


_RECORD = st.tuples(
    st.sampled_from("abc"), st.none() | st.integers(1, 4), st.integers(0, 1), st.sampled_from([FIRST, AGAIN])
)
_LOG = st.lists(_RECORD, max_size=40).map(
    lambda records: [
        item(offset, entity, version, epoch=epoch, content=content)
        for offset, (entity, version, epoch, content) in enumerate(records)
    ]
)
_BORDERS = st.lists(st.integers(1, 12), min_size=1, max_size=10)


def in_batches(log: list[Item], borders: list[int]) -> tuple[dict[str, Known], dict[int, str]]:
    """The same through decide, with a table that is updated after each batch."""
    table: dict[Key, State] = {}
    fate: dict[int, str] = {}
    start, turn = 0, 0
    while start < len(log):
        batch = log[start : start + borders[turn % len(borders)]]
        start, turn = start + len(batch), turn + 1
        verdict = decide(batch, {entry.key: table[entry.key] for entry in batch if entry.key in table})
        fate |= {entry.offset: "applied" for entry in batch}
        fate |= {noted.offset: noted.outcome.value for noted in verdict.noted if noted.outcome.value != "superseded"}
        for key, winner in verdict.winners.items():
            assert winner.order is not None
            table[key] = State(winner.order, winner.fingerprint, winner.offset)
    board = {key[0]: Known._make((*there.order, there.fingerprint, there.offset)) for key, there in table.items()}
    return board, fate


@given(_LOG, _BORDERS)
def test_batches_of_any_size_end_as_one_record_at_a_time(log: list[Item], borders: list[int]) -> None:
    assert oracle(log) == in_batches(log, borders)


def test_the_oracle_notices_that_the_last_one_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    judge = decide_module.judge

    def last_wins(entry: Item, there: State | None) -> Outcome:
        found = judge(entry, there)
        return Outcome.APPLIED if found is Outcome.CONFLICT else found

    monkeypatch.setattr(decide_module, "judge", last_wins)
    log = [item(0, version=2), item(1, version=2, content=AGAIN)]

    assert oracle(log) != in_batches(log, [1])
    assert oracle(log) != in_batches(log, [2])


def test_the_oracle_notices_a_missing_version_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decide_module, "judge", lambda entry, there: Outcome.APPLIED)
    log = [item(0, version=2), item(1, version=1)]

    assert oracle(log) != in_batches(log, [2])
