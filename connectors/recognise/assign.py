"""Which column is which field: the header's likeness and the look of the values together, best pairs first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.recognise.header import likeness, words
from connectors.recognise.kinds import FEW_MAX, Profile
from connectors.recognise.known import known
from connectors.recognise.meaning import meaning_of

_ENOUGH = 0.62
_VALUES_WEIGH, _HEADER_WEIGHS = 0.35, 0.75
_RULED_OUT_BELOW = 0.51
_LONG_MAX = 0.5
_THE_WORD, _FAULTY = 0.85, 0.63
_DAYS = ("date_de", "date_iso", "date_compact", "stamp")
_ELSEWHERE = 0.2
"""What a column loses whose header has a word that speaks against the field: an address that seems to be the
employer's own is taken only if there is no other."""
_NEVER = 0.9
"""A header as close as this to one about persons is never mapped."""


@dataclass(frozen=True, slots=True)
class Match:
    """A field and the column taken for it."""

    field: str
    column: Profile
    points: float


def assign(event: str, columns: Sequence[Profile]) -> dict[str, Match]:
    """The columns taken for the fields of an event, each for one; those left over fit nothing well enough."""
    wanted = known("fields")[event]
    pairs = [
        Match(field, column, points)
        for field, entry in wanted.items()
        for column in columns
        if not (is_never(column.header) or column.is_client_number)
        and (points := _points(field, entry, column)) >= _ENOUGH
    ]
    found: dict[str, Match] = {}
    taken: set[int] = set()
    for match in sorted(pairs, key=lambda pair: (-pair.points, pair.column.place)):
        if match.field not in found and match.column.place not in taken:
            found[match.field] = match
            taken.add(match.column.place)
    for match in pairs:
        _make_room(found, match, pairs)
    _drop_foreign_street(found, wanted)
    return found


def _drop_foreign_street(found: dict[str, Match], wanted: dict[str, dict[str, list[str]]]) -> None:
    """The employer's street is not where the work is, if the postcode is that of another place."""
    for place in ("workplace", "location"):
        street, plz = found.get(f"{place}.street"), found.get(f"{place}.plz")
        if street is None or plz is None:
            continue
        employers = set(wanted[street.field].get("not", []))
        if employers & set(words(street.column.header)) and not employers & set(words(plz.column.header)):
            del found[street.field]


def _make_room(found: dict[str, Match], match: Match, pairs: Sequence[Match]) -> None:
    """A field without a column gets one whose present field has another to go to, if both together fit better."""
    if match.field in found:
        return
    holder = next((held for held in found.values() if held.column.place == match.column.place), None)
    if holder is None:
        found[match.field] = match
        return
    taken = {held.column.place for held in found.values()}
    others = [pair for pair in pairs if pair.field == holder.field and pair.column.place not in taken]
    if others:
        found[holder.field] = max(others, key=lambda pair: pair.points)
        found[match.field] = match


def is_never(header: str) -> bool:
    """Whether a column is about a person or about the house, so that it is not read."""
    return likeness(header, known("fields")["never"]) >= _NEVER - 0.4 and not any(
        likeness(header, entry["headers"]) > likeness(header, known("fields")["never"])
        for event in ("vacancy", "measure", "placement")
        for entry in known("fields")[event].values()
    )


def _points(field: str, entry: dict[str, list[str]], column: Profile) -> float:
    header = likeness(column.header, entry["headers"])
    needs = entry.get("needs", [])
    if column.filled and needs and max(_share(field, column, kind) for kind in needs) < _RULED_OUT_BELOW:
        # The very word above values that are all wrong: a faulty export, not another column. It is said to be unsure.
        return _FAULTY if header >= _THE_WORD and needs != ["means"] else 0.0
    values = max((_share(field, column, kind) for kind in entry["kinds"]), default=0.0) if column.filled else 0.0
    elsewhere = _ELSEWHERE if set(words(column.header)) & set(entry.get("not", [])) else 0.0
    if header == 0.0:
        # Values alone are enough only where nothing else looks like them; then two kinds that agree count more.
        every = min((_share(field, column, kind) for kind in entry["kinds"]), default=0.0)
        alone = "alone" in entry and values > 0.8 and column.share("long") < _LONG_MAX
        return 0.6 * values + 0.1 * every - elsewhere / 4 if alone else 0.0
    if field == "key" and column.counts_rows:
        elsewhere = _ELSEWHERE
    return _HEADER_WEIGHS * header + _VALUES_WEIGH * values - elsewhere


def _share(field: str, column: Profile, kind: str) -> float:
    if kind == "day":
        return 1.0 if column.days else max(column.share(name) for name in _DAYS)
    if kind == "few":
        return 1.0 if 0 < len(column.values) <= FEW_MAX else 0.0
    if kind == "means":
        return meaning_of(field, column.values).share_of(column.values) if column.values else 0.0
    if kind == "unique":
        return 1.0 if column.is_unique or column.is_nearly_unique else 0.0
    return column.share(kind)
