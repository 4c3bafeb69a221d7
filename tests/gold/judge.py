"""What a query must find, worked out plainly from the judgement: kinds of work, and facts of the jobs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

import yaml

from hub.search.places import coordinates
from tests.gold.corpus import QUEREINSTIEG, Job, headings, jobs
from tests.support.web import TODAY

EARTH_KM = 6371.0
FILES = (
    "queries.yaml", "held_out.yaml", "held_out_2.yaml", "blind_a.yaml", "blind_b.yaml", "blind_c.yaml", "blind_d.yaml",
)  # fmt: skip
"""The first was tuned on; how the others were held out, and what they scored first, say they and docs/search.md."""


@dataclass(frozen=True, slots=True)
class Query:
    """A query and its judgement: ids that must be found, and ids that may be."""

    ask: dict[str, str]
    must: frozenset[str]
    may: frozenset[str]

    def __str__(self) -> str:
        return " ".join(f"{name}={value}" for name, value in self.ask.items())


@dataclass(frozen=True, slots=True)
class Score:
    """How well one query was answered."""

    query: Query
    found: frozenset[str]
    recall: float = field(init=False)
    precision: float = field(init=False)

    def __post_init__(self) -> None:
        right = len(self.found & self.query.must)
        wrong = len(self.found - self.query.must - self.query.may)
        object.__setattr__(self, "recall", right / len(self.query.must))
        # Who finds nothing says nothing wrong, but is of no use.
        object.__setattr__(self, "precision", right / (right + wrong) if right + wrong else 0.0)


def queries(name: str) -> list[Query]:
    """The judged queries of one file."""
    told = yaml.safe_load(Path(__file__).with_name(name).read_text(encoding="utf-8"))
    return [judged(one, jobs()) for one in told]


def judged(told: Mapping[str, Any], among: Iterable[Job]) -> Query:
    """A judgement made out among these jobs."""
    facts = [_FACTS[name](value) for name, value in told.get("only", {}).items()]
    fitting = [job for job in among if all(fact(job) for fact in facts)]
    must = _of(told["finds"], fitting)
    if not must:
        raise ValueError(f"{told['ask']} must find nothing, so it says nothing")
    return Query(told["ask"], must, _of(told.get("also", ()), fitting))


def _of(kinds: Iterable[str], fitting: list[Job]) -> frozenset[str]:
    known = {sense for sense, _, _ in headings()} | {"*"}
    found: set[str] = set()
    for kind in kinds:
        sense, _, word = kind.partition(":")
        if sense not in known:
            raise ValueError(f"no such kind of work: {sense}")
        found |= {job.id for job in fitting if sense in ("*", job.sense) and word in job.record["title"]}
    return frozenset(found)


def km(first: str, second: str) -> float:
    """Great-circle distance of two postcodes' middles (haversine), in kilometres."""
    (lat1, lon1), (lat2, lon2) = (
        map(math.radians, coordinates(plz) or (math.nan, math.nan)) for plz in (first, second)
    )
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(half))


Fact = Callable[[Job], bool]


def _within(value: tuple[str, int]) -> Fact:
    distance = cache(partial(km, value[0]))
    return lambda job: distance(job.record["workplace"]["plz"]) <= value[1]


def _welcomes(job: Job) -> bool:
    """Helper or semi-skilled by the KldB, or the text welcomes career changers (the first text of corpus.py)."""
    return job.record["kldb2010"].endswith("1") or QUEREINSTIEG[0] in job.record["description"]


_FACTS: dict[str, Callable[[Any], Fact]] = {
    "place": lambda value: lambda job: job.record["workplace"]["place"] == value,
    "plz": lambda value: lambda job: job.record["workplace"]["plz"].startswith(value),
    "within": _within,
    "time": lambda value: lambda job: value in job.record["working_time"],
    "offer": lambda value: lambda job: job.record["offer_type"] == value,
    "term": lambda value: lambda job: job.record["contract_term"] in value,
    "agency": lambda value: lambda job: job.record["temporary_agency_work"] == value,
    "jobcenter": lambda value: lambda job: job.record["jobcenter"] == value,
    "employer": lambda value: lambda job: job.record["employer"]["name"] == value,
    "days": lambda value: lambda job: (TODAY - job.record["published_from"]).days <= value,
    "career": lambda value: lambda job: _welcomes(job) == value,
}
"""Name of a fact in the files -> what it says of a job."""
