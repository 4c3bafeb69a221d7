"""Counts hits: how many cards there are, and how many each filter would give.

Counted is what the database grouped: a number for each kind of job (hub/search/traits.py). Jobs of one card count once,
whatever else they differ in: of the members of a card that pass, all but one are taken off again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hub.search.query import CONTRACT_TERM, OFFER_TYPE, WORKING_TIME, JobQuery
from hub.search.traits import BITS, FIELD_UNIT, NO_FIELD

Facets = dict[str, dict[str, int]]
Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]

_FLAGS: Mapping[str, Sequence[str]] = {
    "arbeitszeit": tuple(WORKING_TIME),
    "befristung": tuple(CONTRACT_TERM),
    "angebotsart": tuple(OFFER_TYPE),
    "quereinstieg": ("true",),
}


@dataclass(frozen=True, slots=True)
class Kinds:
    """Jobs of several kinds: their traits and Jobcenter, and how many there are of each."""

    traits: Numbers
    jobcenters: NDArray[np.str_]
    number: Numbers

    def has(self, name: str, code: str) -> Flags:
        """Which have a code of a parameter."""
        having: Flags = (self.traits & BITS[name, code]) != 0
        return having

    @property
    def fields(self) -> Numbers:
        """Occupational fields, three digits."""
        return self.traits // FIELD_UNIT


@dataclass(frozen=True, slots=True)
class Counted:
    """What the database counted of all jobs that fit words, place, day and employer, whatever the filters."""

    jobs: Kinds
    members: Kinds
    cards: Numbers
    """Card of each member."""

    @property
    def looked_at(self) -> int:
        """How many jobs they are."""
        return int(self.jobs.number.sum())

    def total(self, query: JobQuery) -> int:
        """Cards that pass all filters of the search."""
        return self._number(*(_passing(kinds, query) for kinds in (self.jobs, self.members)))

    def facets(self, query: JobQuery) -> Facets:
        """Parameter -> code -> cards that choosing it would give; the other filters stay chosen."""
        found: Facets = {name: self._flags(name, query) for name in _FLAGS}
        agency = self._by(query, "zeitarbeit", lambda kinds: kinds.has("zeitarbeit", "true"))
        found["zeitarbeit"] = {name: agency.get(name == "true", 0) for name in ("true", "false")}
        found["jobcenter"] = _sorted(self._by(query, "jobcenter", lambda kinds: kinds.jobcenters))
        fields = self._by(query, "berufsfeld", lambda kinds: kinds.fields // 10)
        found["berufsfeld"] = _sorted({f"{code:02}": n for code, n in fields.items() if code < NO_FIELD // 10})
        return found

    def _flags(self, name: str, query: JobQuery) -> dict[str, int]:
        jobs, members = (_passing(kinds, query, but=name) for kinds in (self.jobs, self.members))
        return {
            code: self._number(jobs & self.jobs.has(name, code), members & self.members.has(name, code))
            for code in _FLAGS[name]
        }

    def _by(self, query: JobQuery, name: str, value: Callable[[Kinds], NDArray[Any]]) -> dict[Any, int]:
        """Cards for each value that jobs have one of. A value that none passing has is there too, with 0."""
        jobs, members = (_passing(kinds, query, but=name) for kinds in (self.jobs, self.members))
        values, places = np.unique(value(self.jobs), return_inverse=True)
        numbers = np.bincount(places[jobs], self.jobs.number[jobs], len(values)).astype(np.int64)
        if members.any():
            theirs = np.searchsorted(values, value(self.members)[members])
            cards = np.unique(np.stack([theirs, self.cards[members]]), axis=1)[0]
            numbers += np.bincount(cards, minlength=len(values)) - np.bincount(theirs, minlength=len(values))
        return dict(zip(values.tolist(), numbers.tolist(), strict=True))

    def _number(self, jobs: Flags, members: Flags) -> int:
        """Cards among the kinds and members flagged."""
        surplus = members.sum() - len(np.unique(self.cards[members])) if members.any() else 0
        return int(self.jobs.number[jobs].sum() - surplus)


def counted(row: Mapping[str, Any]) -> Counted:
    """What the database said: arrays of equal length, or none where there was nothing to count."""
    jobs = Kinds(_numbers(row["traits"]), _texts(row["jobcenters"]), _numbers(row["number"]))
    cards = _numbers(row["cards"])
    return Counted(
        jobs, Kinds(_numbers(row["their_traits"]), _texts(row["their_jobcenters"]), np.ones_like(cards)), cards
    )


def _numbers(values: list[int] | None) -> Numbers:
    return np.array(values or [], np.int64)


def _texts(values: list[str] | None) -> NDArray[np.str_]:
    return np.array(values or [], np.str_)


def _passing(kinds: Kinds, query: JobQuery, but: str = "") -> Flags:
    """Which kinds pass the filters of a search, save one."""
    passing = np.ones(len(kinds.traits), np.bool_)
    for name in ("arbeitszeit", "befristung", "angebotsart"):
        if (codes := getattr(query, name)) and name != but:
            passing &= _any(kinds.has(name, code) for code in codes)
    if query.jobcenter and but != "jobcenter":
        passing &= np.isin(kinds.jobcenters, query.jobcenter)
    if query.zeitarbeit is False and but != "zeitarbeit":
        passing &= ~kinds.has("zeitarbeit", "true")
    if query.berufsfeld and but != "berufsfeld":
        passing &= _any(
            (kinds.fields if len(code) == 3 else kinds.fields // 10) == int(code) for code in query.berufsfeld
        )
    if query.quereinstieg and but != "quereinstieg":
        passing &= kinds.has("quereinstieg", "true")
    return passing


def _any(flags: Iterable[Flags]) -> Flags:
    found: Flags = np.logical_or.reduce(list(flags))
    return found


def _sorted(counts: dict[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items()))
