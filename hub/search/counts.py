"""Counts hits: how many cards there are, and how many each filter would give.

Counted is what the database grouped: a number for each kind of job (hub/search/traits.py). Jobs of one card count once,
whatever else they differ in: of the members of a card that pass, all but one are taken off again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hub.search.query import JobQuery
from hub.search.traits import BITS, FIELD_UNIT, NO_FIELD

Facets = dict[str, dict[str, int]]
Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]

_FLAGS = ("arbeitszeit", "befristung", "angebotsart", "quereinstieg")
_AGENCY = BITS["zeitarbeit", "true"]
_EACH_BIT: Numbers = np.array(list(BITS.values()), np.int64)


@dataclass(frozen=True, slots=True)
class Kinds:
    """Jobs of several kinds: traits, Jobcenter (its place among `Counted.jobcenters`), and the number of each."""

    traits: Numbers
    jobcenter: Numbers
    number: Numbers

    def passing(self, query: JobQuery, jobcenters: Sequence[str], but: str = "") -> Flags:
        """Which pass the filters of a search, save one."""
        passing: Flags = np.ones(len(self.traits), np.bool_)
        for name in ("arbeitszeit", "befristung", "angebotsart"):
            if (codes := getattr(query, name)) and name != but:
                passing &= (self.traits & reduce(or_, (BITS[name, code] for code in codes))) != 0
        if query.jobcenter and but != "jobcenter":
            passing &= np.isin(self.jobcenter, [at for at, name in enumerate(jobcenters) if name in query.jobcenter])
        if query.zeitarbeit is False and but != "zeitarbeit":
            passing &= (self.traits & _AGENCY) == 0
        if query.berufsfeld and but != "berufsfeld":
            wide = [int(code) for code in query.berufsfeld if len(code) == 2]
            narrow = [int(code) for code in query.berufsfeld if len(code) == 3]
            passing &= np.isin(self.fields // 10, wide) | np.isin(self.fields, narrow)
        if query.quereinstieg and but != "quereinstieg":
            passing &= (self.traits & BITS["quereinstieg", "true"]) != 0
        return passing

    @property
    def fields(self) -> Numbers:
        """Occupational fields, three digits."""
        return self.traits // FIELD_UNIT


@dataclass(frozen=True, slots=True)
class Counted:
    """What the database counted of all jobs that fit words, place, day and employer, whatever the filters."""

    jobcenters: Sequence[str]
    jobs: Kinds
    members: Kinds
    cards: Numbers
    """Card of each member."""
    moment: str | None = None

    @property
    def looked_at(self) -> int:
        """How many jobs they are."""
        return int(self.jobs.number.sum())

    def total(self, query: JobQuery) -> int:
        """Cards that pass all filters of the search."""
        jobs, members = (kinds.passing(query, self.jobcenters) for kinds in self._both)
        theirs = self.cards[members]
        return int(self.jobs.number[jobs].sum()) - len(theirs) + len(np.unique(theirs))

    def facets(self, query: JobQuery) -> Facets:
        """Parameter -> code -> cards that choosing it would give; the other filters stay chosen."""
        found: Facets = {name: {} for name in _FLAGS}
        of_bits = {name: self._bits(query, name) for name in {"", *_chosen(query)}}
        for (name, code), number in zip(BITS, of_bits[""], strict=True):
            if name in _FLAGS:
                found[name][code] = int(number)
        for name in of_bits.keys() & {*_FLAGS}:
            own = dict(zip(BITS, of_bits[name], strict=True))
            found[name] = {code: int(own[name, code]) for code in found[name]}
        jobs, members = self._both
        with_agency = jobs.traits // _AGENCY % 2, members.traits // _AGENCY % 2
        agency = self._by(query, "zeitarbeit", with_agency, 2)
        found["zeitarbeit"] = {"true": int(agency[1]), "false": int(agency[0])}
        by_jobcenter = self._by(query, "jobcenter", (jobs.jobcenter, members.jobcenter), len(self.jobcenters))
        found["jobcenter"] = dict(zip(self.jobcenters, by_jobcenter.tolist(), strict=True))
        fields = jobs.fields // 10, members.fields // 10
        by_field = self._by(query, "berufsfeld", fields, NO_FIELD // 10 + 1)
        there = np.flatnonzero(np.bincount(fields[0])).tolist()
        found["berufsfeld"] = {f"{at:02}": int(by_field[at]) for at in there if at < NO_FIELD // 10}
        return found

    @property
    def _both(self) -> tuple[Kinds, Kinds]:
        return self.jobs, self.members

    def _bits(self, query: JobQuery, but: str) -> Numbers:
        """Cards that have each of the bits."""
        jobs, members = (kinds.passing(query, self.jobcenters, but) for kinds in self._both)
        numbers: Numbers = (self.jobs.number * jobs) @ ((self.jobs.traits[:, None] & _EACH_BIT) != 0)
        if members.any():
            theirs = (self.members.traits[members, None] & _EACH_BIT) != 0
            cards = [self.cards[members][has] for has in theirs.T]
            numbers = numbers - np.array([len(some) - len(np.unique(some)) for some in cards], np.int64)
        return numbers

    def _by(self, query: JobQuery, but: str, of: tuple[Numbers, Numbers], values: int) -> Numbers:
        """Cards for each of so many values; `of`: the one that each kind of job, and each member, has."""
        jobs, members = (kinds.passing(query, self.jobcenters, but) for kinds in self._both)
        numbers: Numbers = np.bincount(of[0], self.jobs.number * jobs, values).astype(np.int64)
        if members.any():
            theirs = of[1][members]
            once = np.unique(np.stack([theirs, self.cards[members]]), axis=1)[0]
            numbers += np.bincount(once, minlength=values) - np.bincount(theirs, minlength=values)
        return numbers


def counted(row: Mapping[str, Any], moment: str | None = None) -> Counted:
    """What the database said at a moment: arrays of equal length, or none where there was nothing to count."""
    names, theirs = row["jobcenters"] or [], row["their_jobcenters"] or []
    jobcenters = sorted(set(names))
    at = {name: place for place, name in enumerate(jobcenters)}
    jobs = Kinds(_numbers(row["traits"]), _numbers([at[name] for name in names]), _numbers(row["number"]))
    cards = _numbers(row["cards"])
    members = Kinds(_numbers(row["their_traits"]), _numbers([at[name] for name in theirs]), np.ones_like(cards))
    return Counted(jobcenters, jobs, members, cards, moment)


def _numbers(values: list[int] | None) -> Numbers:
    return np.array(values or [], np.int64)


def _chosen(query: JobQuery) -> list[str]:
    return [name for name in _FLAGS if getattr(query, name)]
