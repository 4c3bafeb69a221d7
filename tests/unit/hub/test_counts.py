"""Counting by numbers gives what counting job by job gives: cards that pass, for every filter and all others."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.search.counts import Counted, counted
from hub.search.query import CONTRACT_TERM, OFFER_TYPE, WORKING_TIME, JobQuery
from hub.search.traits import BITS, FIELD_UNIT

_JOBCENTERS = ("borken", "coesfeld", "muenster")
_FIELDS = (101, 102, 721)

Job = tuple[int, str, int]
"""Traits, Jobcenter, card."""

_jobs = st.lists(
    st.tuples(
        st.builds(
            lambda bits, field: sum(bits) + field * FIELD_UNIT,
            st.sets(st.sampled_from(sorted(BITS.values()))),
            st.sampled_from(_FIELDS),
        ),
        st.sampled_from(_JOBCENTERS),
        st.integers(0, 6),
    ),
    max_size=20,
)


def _some(codes: Any) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(sorted(codes)), max_size=2, unique=True).map(tuple)


_queries = st.builds(
    JobQuery,
    arbeitszeit=_some(WORKING_TIME),
    befristung=_some(CONTRACT_TERM),
    angebotsart=_some(OFFER_TYPE),
    jobcenter=_some(_JOBCENTERS),
    berufsfeld=_some(("10", "102", "72")),
    zeitarbeit=st.sampled_from([None, False]),
    quereinstieg=st.booleans(),
)


def _counted(jobs: list[Job]) -> Counted:
    """As the database groups: each kind once with its number, and members of cards of two jobs or more apart."""
    alike = [(kind, len(list(some))) for kind, some in groupby(sorted(job[:2] for job in jobs))]
    members = [job for job in jobs if sum(job[2] == other[2] for other in jobs) > 1]
    return counted(
        {
            "traits": [traits for (traits, _), _ in alike],
            "jobcenters": [jobcenter for (_, jobcenter), _ in alike],
            "number": [number for _, number in alike],
            "cards": [card for _, _, card in members],
            "their_traits": [traits for traits, _, _ in members],
            "their_jobcenters": [jobcenter for _, jobcenter, _ in members],
        }
    )


def _passes(job: Job, query: JobQuery) -> bool:
    traits, jobcenter, _ = job
    field = str(traits // FIELD_UNIT)
    return all(
        (
            *(
                not getattr(query, name) or any(traits & BITS[name, code] for code in getattr(query, name))
                for name in ("arbeitszeit", "befristung", "angebotsart")
            ),
            not query.jobcenter or jobcenter in query.jobcenter,
            not query.berufsfeld or field.startswith(query.berufsfeld),
            query.zeitarbeit is None or not traits & BITS["zeitarbeit", "true"],
            not query.quereinstieg or traits & BITS["quereinstieg", "true"],
        )
    )


def _cards(jobs: list[Job], query: JobQuery) -> int:
    return len({card for *_, card in (job for job in jobs if _passes(job, query))})


@given(_jobs, _queries)
def test_total_and_every_facet_are_the_cards_that_pass(jobs: list[Job], query: JobQuery) -> None:
    found = _counted(jobs)
    facets = found.facets(query)

    assert found.total(query) == _cards(jobs, query)
    for name, counts in facets.items():
        for code, number in counts.items():
            if name == "zeitarbeit" and code == "true":
                continue  # "with temporary agency work only" cannot be searched for
            value: Any = {"zeitarbeit": False, "quereinstieg": True}.get(name, (code,))
            assert number == _cards(jobs, query.but(**{name: value})), (name, code)


def test_without_the_cards_a_job_of_two_jobcenters_would_count_twice() -> None:
    both = [(101 * FIELD_UNIT, "borken", 1), (101 * FIELD_UNIT + 1, "coesfeld", 1)]

    assert _counted(both).total(JobQuery()) == 1
    assert counted({**_row(both), "cards": None, "their_traits": None, "their_jobcenters": None}).total(JobQuery()) == 2


def _row(jobs: list[Job]) -> dict[str, Any]:
    return {
        "traits": [traits for traits, _, _ in jobs],
        "jobcenters": [jobcenter for _, jobcenter, _ in jobs],
        "number": [1] * len(jobs),
    }


def test_where_there_is_nothing_every_code_has_none() -> None:
    nothing = _counted([])

    assert nothing.total(JobQuery()) == nothing.looked_at == 0
    assert nothing.facets(JobQuery())["arbeitszeit"] == dict.fromkeys(WORKING_TIME, 0)
    assert nothing.facets(JobQuery())["zeitarbeit"] == {"true": 0, "false": 0}


@pytest.mark.parametrize("name", ["jobcenter", "berufsfeld"])
def test_values_that_no_hit_has_are_named_with_none(name: str) -> None:
    jobs = [(101 * FIELD_UNIT + BITS["arbeitszeit", "vz"], "borken", 1), (721 * FIELD_UNIT, "coesfeld", 2)]
    facets = _counted(jobs).facets(JobQuery(arbeitszeit=("vz",)))

    assert sorted(facets[name].values()) == [0, 1]
