"""Same input, same id, for ever; and another id for whatever differs."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from schemas.codec import codec
from schemas.identity import NAMESPACE, content_hash, entity_key, event_id, event_ids
from schemas.topics import EVENTS, Event
from tests.support.events import Record, vacancy
from tests.support.random_events import valid
from tests.support.tries import tries

PARTS = ("borken", "vacancy", "BOR-0025147", 0, 1, "0123456789abcdef0123456789abcdef")


def fingerprint(event: Event, record: Record) -> str:
    """Content hash of a record, whatever its version."""
    return content_hash(codec(event).body({**record, "epoch": 0, "version": 0}))


def test_an_id_given_once_is_given_again_by_every_later_release() -> None:
    assert "19456bde-7085-5589-bf37-b4678c978dfd" == event_id(*PARTS)
    assert 5 == uuid.UUID(event_id(*PARTS)).version


@pytest.mark.parametrize(
    ("place", "other"),
    list(enumerate(("coesfeld", "measure", "BOR-0025148", 1, 2, "0123456789abcdef0123456789abcdee"))),
)
def test_every_part_changes_the_id(place: int, other: str | int) -> None:
    changed = [*PARTS[:place], other, *PARTS[place + 1 :]]

    assert event_id(*PARTS) != event_id(*changed)  # type: ignore[arg-type]


_ID_TEXT = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=8)
_PARTS = st.tuples(_ID_TEXT, _ID_TEXT, _ID_TEXT, st.integers(0, 20), st.integers(1, 200), _ID_TEXT)


@settings(max_examples=tries(300))
@given(_PARTS, _PARTS)
def test_different_events_have_different_ids(
    one: tuple[str, str, str, int, int, str], other: tuple[str, str, str, int, int, str]
) -> None:
    assume(one != other)

    assert event_id(*one) != event_id(*other)


_WORD = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@settings(max_examples=tries(300))
@given(_WORD, _WORD, st.integers(0, 20), st.lists(st.tuples(_WORD, st.integers(1, 2**63 - 1), _WORD), max_size=5))
def test_ids_of_many_are_those_of_the_standard_library(
    jobcenter: str, event: str, epoch: int, told: list[tuple[str, int, str]]
) -> None:
    names = ["\x1f".join(map(str, (jobcenter, event, key, epoch, version, content))) for key, version, content in told]
    keys, versions, contents = ([one[0] for one in told], [one[1] for one in told], [one[2] for one in told])

    assert [str(uuid.uuid5(NAMESPACE, name)) for name in names] == event_ids(
        jobcenter, event, epoch, keys, versions, contents
    )


def test_parts_do_not_run_into_each_other() -> None:
    assert event_id("a", "bc", "d", 0, 1, "f") != event_id("ab", "c", "d", 0, 1, "f")
    assert event_id("a", "b", "c", 1, 11, "f") != event_id("a", "b", "c", 11, 1, "f")


def test_the_key_is_jobcenter_and_identifier() -> None:
    assert "borken:BOR:7" == entity_key("borken", "BOR:7")


@pytest.mark.parametrize("event", EVENTS)
@settings(max_examples=tries(25))
@given(data=st.data())
def test_the_content_hash_does_not_see_the_version_and_sees_everything_else(event: Event, data: st.DataObject) -> None:
    one, other = data.draw(valid(event)), data.draw(valid(event))
    moved = {**other, "epoch": one["epoch"], "version": one["version"]}

    assert fingerprint(event, one) == fingerprint(event, {**one, "epoch": 7, "version": 99})
    assert (one == moved) == (fingerprint(event, one) == fingerprint(event, other))


def test_the_content_hash_is_thirty_two_hexadecimal_digits() -> None:
    assert 32 == len(bytes.fromhex(fingerprint("vacancy", vacancy()))) * 2


def test_a_hash_that_took_the_version_in_would_be_noticed() -> None:
    mutant = [content_hash(codec("vacancy").body(vacancy(version=version))) for version in (1, 2)]

    assert mutant[0] != mutant[1]
