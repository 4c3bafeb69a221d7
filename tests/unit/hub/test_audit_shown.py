"""What the auditor reads out of feeds, pages and events, without any of them running."""

from __future__ import annotations

import datetime

import pytest
from icalendar import Calendar, Event

from hub.audit.compare import PLACES, Suspect, compare
from hub.audit.rows import Row
from hub.audit.shown import Shown, _identifiers, _ids_of_feed
from hub.audit.topic import _STATE, State
from hub.web.json_ld import as_script
from tests.support.events import ended, measure, vacancy
from tests.support.web import TODAY

KEY = "coesfeld:M-1"
OPEN = State((0, 1), active=True, until=None, at_ms=0)
EVERYWHERE = Shown({KEY}, {KEY}, [KEY], set(), {KEY}, {KEY})


def _row(*, ended: bool = False) -> Row:
    return Row(KEY, 0, 1, ended=ended, removed=False, visibility="PUBLIC", until=None)


def test_a_calendar_and_a_feed_tell_their_ids() -> None:
    calendar, event = Calendar(), Event()
    event.add("uid", "measure/coesfeld:M-1@hub.example")
    calendar.add_component(event)
    feed = b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>tag:x,2026:vacancy/borken:T-1</id></entry></feed>'

    assert _ids_of_feed(calendar.to_ical()) == ["measure/coesfeld:M-1@hub.example"]
    assert _ids_of_feed(feed) == ["tag:x,2026:vacancy/borken:T-1"]


def test_a_page_tells_search_engines_the_number_whatever_signs_are_in_it() -> None:
    block = {"@type": "Course", "identifier": {"@type": "PropertyValue", "value": "A&B-</script>-1"}}
    page = f'<head><script type="application/ld+json">{as_script(block)}</script></head>'

    assert _identifiers(page) == {"A&B-</script>-1"}
    assert _identifiers("<head></head>") == set()


@pytest.mark.parametrize(
    "event, open_, described",
    [
        (measure(), True, True),
        (measure(end_on=TODAY - datetime.timedelta(days=1)), False, True),
        (ended(measure()), False, True),
        (measure(theme="BESCHAEFTIGUNG"), True, False),
    ],
)
def test_a_measure_says_itself_whether_it_is_open(event: dict[str, object], open_: bool, described: bool) -> None:
    state = _STATE["measure"](event, 0)

    assert (state.is_open(TODAY), state.described) == (open_, described)


def test_an_internal_job_is_not_open() -> None:
    assert not _STATE["vacancy"](vacancy(visibility="INTERNAL"), 0).is_open(TODAY)


def test_what_has_ended_is_dead_in_each_place_that_shows_it_and_its_kind_is_told() -> None:
    over = State((0, 2), active=False, until=None, at_ms=0)
    pages = {KEY: {"page": True, "json_ld": True, "api": True}}
    found = compare({KEY: over}, {KEY: _row()}, EVERYWHERE, pages, TODAY, "measure")

    assert found == {Suspect("dead", place, KEY, "measure") for place in PLACES}
    assert compare({KEY: OPEN}, {KEY: _row()}, EVERYWHERE, pages, TODAY, "measure") == set()


@pytest.mark.parametrize("described, expected", [(True, {"json_ld"}), (False, set())])
def test_only_what_is_a_course_has_to_be_told_as_one(described: bool, expected: set[str]) -> None:
    state = State((0, 1), active=True, until=None, at_ms=0, described=described)
    pages = {KEY: {"page": True, "json_ld": False, "api": True}}

    assert {one.place for one in compare({KEY: state}, {KEY: _row()}, EVERYWHERE, pages, TODAY)} == expected
