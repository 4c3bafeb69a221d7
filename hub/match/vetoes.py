"""What no score outweighs: pairs that are never folded automatically. Only a decision can, and not every one."""

from __future__ import annotations

from collections.abc import Iterator

from hub.match.job import Job

NEVER = frozenset({"visibility"})
"""Vetoes that hold against decisions too: beside its public twin a hidden employer would be hidden no longer."""


def vetoes(a: Job, b: Job) -> tuple[str, ...]:
    """Every reason against a pair; empty if there is none."""
    return tuple(_vetoes(a, b))


def _vetoes(a: Job, b: Job) -> Iterator[str]:
    if a.visibility != b.visibility:
        yield "visibility"
    if a.jobcenter == b.jobcenter:
        yield "same_jobcenter"
    if a.kldb2010[4:] != b.kldb2010[4:]:
        yield "level"
    if a.offer_type and b.offer_type and a.offer_type != b.offer_type:
        yield "offer_type"
    if _elsewhere(a, b):
        yield "workplace"


def _elsewhere(a: Job, b: Job) -> bool:
    """Two municipalities; without their keys two postcodes with two names."""
    kinds = [kind for kind in ("ags", "plz", "town") if a.in_town(kind) and b.in_town(kind)]
    different = [kind for kind in kinds if a.in_town(kind) != b.in_town(kind)]
    if "ags" in kinds:
        return "ags" in different
    return bool(kinds) and kinds == different
