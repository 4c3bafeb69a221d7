"""All 64 classes are accounted for, and every fixture ends in an outcome and a code that its class allows."""

from __future__ import annotations

from collections import Counter

import pytest

from schemas.codes import explain, security_codes
from tests.bad_input.catalogue import ALL, CHECKS, FILES, RECORDS, BadClass, classes
from tests.bad_input.fixture import CheckFixture, FileFixture, Fixture

each_class = pytest.mark.parametrize("entry", classes().values(), ids=[f"{one.number}" for one in classes().values()])


def test_there_are_sixty_four_classes() -> None:
    assert list(range(1, 65)) == list(classes())


@each_class
def test_a_class_has_three_fixtures_or_a_reason_for_none(entry: BadClass) -> None:
    count = sum(one.number == entry.number for one in ALL)

    assert count >= 3 if not entry.not_here else count == 0


@each_class
def test_fixtures_of_a_class_come_in_everywhere_it_says(entry: BadClass) -> None:
    assert set(entry.where) == {_where(one) for one in ALL if one.number == entry.number}


@each_class
def test_outcomes_and_codes_are_those_of_the_class(entry: BadClass) -> None:
    ours = [one for one in ALL if one.number == entry.number]
    codes = {_code(one) for one in ours} - {None}

    assert set() == {one.outcome for one in ours} - set(entry.outcomes)
    assert codes <= set(entry.codes)
    assert entry.security == bool(codes & security_codes())


@pytest.mark.parametrize("code", sorted({code for entry in classes().values() for code in entry.codes}))
def test_every_code_says_in_german_what_to_do(code: str) -> None:
    assert explain(code).next_step("de").endswith(".")


def test_ids_are_unique_and_fixtures_many() -> None:
    assert [] == [name for name, count in Counter(one.id for one in ALL).items() if count > 1]
    assert min(len(FILES), 200) == 200
    assert min(len(RECORDS), 40) == 40


@pytest.mark.parametrize("fixture", CHECKS, ids=[f"{one.id} {one.what}" for one in CHECKS])
def test_what_is_no_file_and_no_record_ends_as_its_class_says(fixture: CheckFixture) -> None:
    assert fixture.expected == fixture.check()


def _where(one: Fixture) -> str:
    if isinstance(one, FileFixture):
        return one.type
    return one.where if isinstance(one, CheckFixture) else "record"


def _code(one: Fixture) -> str | None:
    if isinstance(one, CheckFixture):
        return one.code
    return one.hub_code or one.code if isinstance(one, FileFixture) else one.code
