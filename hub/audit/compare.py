"""Compares what is true with what is shown. Pure: no Kafka, no database, no web."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Literal, NamedTuple

from hub.audit.rows import Row
from hub.audit.shown import Shown
from hub.audit.topic import Audited, State

Kind = Literal["dead", "missing"]
PLACES = ("row", "list", "feed", "sitemap", "page", "json_ld", "api")
CODES: Mapping[Kind, str] = {"dead": "E911", "missing": "E912"}


class Suspect(NamedTuple):
    """A key that a place shows and should not, or should show and does not. It may be on its way still."""

    kind: Kind
    place: str
    key: str
    event: Audited = "vacancy"

    @property
    def code(self) -> str:
        """Its code in schemas/codes.yaml, with text and remedy."""
        return CODES[self.kind]


def compare(
    states: Mapping[str, State],
    rows: Mapping[str, Row],
    shown: Shown,
    pages: Mapping[str, Mapping[str, bool]],
    today: date,
    event: Audited = "vacancy",
) -> set[Suspect]:
    """Everything of one kind that differs.

    `pages`: key -> whether page, its JSON-LD and the API advertise it, for the keys that were asked.
    """
    return {one._replace(event=event) for one in _differing(states, rows, shown, pages, today)}


def _differing(
    states: Mapping[str, State],
    rows: Mapping[str, Row],
    shown: Shown,
    pages: Mapping[str, Mapping[str, bool]],
    today: date,
) -> set[Suspect]:
    alive = {key for key, state in states.items() if state.is_open(today)}
    found = set(_rows(states, rows, today))
    found |= _dead("list", shown.listed - alive) | _dead("feed", shown.feed - alive)
    found |= _dead("sitemap", shown.sitemap - alive)
    countable = {key for key in alive if key.partition(":")[0] not in shown.too_many}
    found |= _missing("list", countable - shown.covered)
    found |= _missing("feed", (set(shown.newest) & alive) - shown.feed)
    # A job that the entry of another one tells needs no address of its own in the sitemap.
    found |= _missing("sitemap", alive - (shown.covered - shown.listed) - shown.sitemap)
    for key, places in pages.items():
        for place, advertised in places.items():
            told = key in alive and (place != "json_ld" or states[key].described)
            if advertised != told:
                found.add(Suspect("dead" if advertised else "missing", place, key))
    return found


def _rows(states: Mapping[str, State], rows: Mapping[str, Row], today: date) -> Iterator[Suspect]:
    for key, state in states.items():
        row = rows.get(key)
        if state.is_open(today):
            if row is None or not row.is_open(today) or (row.epoch, row.version) != state.version:
                yield Suspect("missing", "row", key)
        elif row is not None and row.is_open(today):
            yield Suspect("dead", "row", key)
    for key in rows.keys() - states.keys():
        if rows[key].is_open(today):
            yield Suspect("dead", "row", key)


def _dead(place: str, keys: Iterable[str]) -> set[Suspect]:
    return {Suspect("dead", place, key) for key in keys}


def _missing(place: str, keys: Iterable[str]) -> set[Suspect]:
    return {Suspect("missing", place, key) for key in keys}
