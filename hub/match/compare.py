"""How alike two jobs are: texts by rapidfuzz, facts by equality. What only one of them says counts for neither."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from rapidfuzz import fuzz

from hub.match.job import Job

UNKNOWN = 0.5
"""What a part counts if one side says nothing of it."""

WEIGHTS = {
    "title": 0.25,
    "description": 0.20,
    "start": 0.15,
    "pay": 0.12,
    "hours": 0.10,
    "working_time": 0.06,
    "term": 0.05,
    "until": 0.04,
    "openings": 0.03,
}
"""Shares of the parts in the score. Chosen on the tuning set of tests/match."""

_SAME_OCCUPATION = 0.8
_SAME_GROUP = 0.4
_SAME_WORDS = 0.7
_EMPLOYER_ALIKE = 0.88
_HOURS_APART = 1.0


@dataclass(frozen=True, slots=True)
class Comparison:
    """Degrees from 0 to 1 by part, None where one side says nothing, and what contradicts itself."""

    parts: dict[str, float | None]
    employer: float | None
    contradictions: tuple[str, ...] = field(default=())

    @property
    def score(self) -> float:
        """Weighted mean of the parts, 0 to 1."""
        return round(
            sum(weight * (UNKNOWN if (part := self.parts[name]) is None else part) for name, weight in WEIGHTS.items()),
            4,
        )

    @property
    def one_employer(self) -> bool:
        """Whether both name the same employer."""
        return self.employer is not None and self.employer >= _EMPLOYER_ALIKE


def compare(a: Job, b: Job) -> Comparison:
    """Compare two jobs, the same whichever comes first."""
    parts = {
        "title": _title(a, b),
        "description": _ratio(a.description, b.description),
        "start": _start(a, b),
        "pay": _pay(a, b),
        "hours": _hours(a, b),
        "working_time": _overlap(a.working_time, b.working_time),
        "term": _equal(a.term, b.term) if a.term_until == b.term_until or not (a.term_until and b.term_until) else 0.0,
        "until": _equal(a.published_until, b.published_until),
        "openings": 1.0 if a.openings == b.openings else 0.0,
    }
    return Comparison(parts, employer_alike(a, b), tuple(_contradictions(a, b, parts)))


def employer_alike(a: Job, b: Job) -> float | None:
    """1 for one establishment number; otherwise how alike the names are, a shared contact speaking for them."""
    if a.betriebsnummer and a.betriebsnummer == b.betriebsnummer:
        return 1.0
    if not a.employer or not b.employer:
        return None
    names = max(
        fuzz.token_sort_ratio(a.employer, b.employer),
        fuzz.ratio(a.employer.replace(" ", ""), b.employer.replace(" ", "")),
    )
    # A branch office of the same name answers the same telephone: half of the name is enough then.
    within = fuzz.token_set_ratio(a.employer, b.employer) if a.contacts & b.contacts else 0.0
    return round(max(names, within) / 100, 4)


def _title(a: Job, b: Job) -> float:
    """Titles that say one occupation in other words have its code in common."""
    coded = _SAME_OCCUPATION if a.kldb2010 == b.kldb2010 else 0.0
    if not coded and a.kldb2010[:3] == b.kldb2010[:3]:
        coded = _SAME_GROUP
    return round(max(_written(a, b), coded), 4)


def _written(a: Job, b: Job) -> float:
    return max(fuzz.token_sort_ratio(a.title, b.title), 0.95 * fuzz.token_set_ratio(a.title, b.title)) / 100


def _ratio(a: str, b: str) -> float | None:
    """Descriptions by their words in order, or by their common words: sentences are moved about and left out."""
    if not a or not b:
        return None
    return round(max(fuzz.ratio(a, b), fuzz.token_set_ratio(a, b) * 0.95, fuzz.token_sort_ratio(a, b)) / 100, 4)


def _start(a: Job, b: Job) -> float | None:
    if a.start_on is None or b.start_on is None:
        return None
    if a.start_on == b.start_on:
        return 1.0
    return 0.5 if (a.start_on.year, a.start_on.month) == (b.start_on.year, b.start_on.month) else 0.0


def _pay(a: Job, b: Job) -> float | None:
    if a.pay is None or b.pay is None or a.pay.unit != b.pay.unit:
        return None
    if a.pay == b.pay:
        return 1.0
    return 0.5 if a.pay.low <= b.pay.high and b.pay.low <= a.pay.high else 0.0


def _hours(a: Job, b: Job) -> float | None:
    if a.weekly_hours is None or b.weekly_hours is None:
        return None
    apart = abs(a.weekly_hours - b.weekly_hours)
    return 1.0 if apart < 0.1 else 0.5 if apart <= _HOURS_APART else 0.0


def _overlap(a: frozenset[str], b: frozenset[str]) -> float | None:
    return len(a & b) / min(len(a), len(b)) if a and b else None


def _equal(a: object, b: object) -> float | None:
    return None if a is None or b is None else float(a == b)


def _contradictions(a: Job, b: Job, parts: dict[str, float | None]) -> Iterator[str]:
    """What hardly two offices write of one job. One of these keeps a pair from being folded by its score."""
    for name in ("start", "pay", "hours"):
        if parts[name] == 0.0:
            yield name
    if ("MINIJOB" in a.working_time) != ("MINIJOB" in b.working_time) and a.working_time and b.working_time:
        yield "minijob"
    elif a.working_time and b.working_time and _times(a) and _times(b) and not _times(a) & _times(b):
        yield "working_time"
    if a.shifts and b.shifts and not a.shifts & b.shifts:
        yield "shift"
    if a.street and b.street and fuzz.ratio(a.street, b.street) < 80:
        yield "street"
    if a.betriebsnummer and b.betriebsnummer and a.betriebsnummer != b.betriebsnummer:
        yield "betriebsnummer"
    if a.term_until and b.term_until and a.term_until != b.term_until:
        yield "term_until"
    if a.kldb2010[:3] != b.kldb2010[:3] and _written(a, b) < _SAME_WORDS:
        yield "occupation"


def _times(job: Job) -> frozenset[str]:
    return job.working_time & {"VOLLZEIT", "TEILZEIT"}
