"""The rules in their order: the first that applies decides. Every verdict says which rule, how sure, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from hub.match.compare import Comparison, compare
from hub.match.job import Job
from hub.match.vetoes import vetoes

AUTO_MIN = 0.75
"""t1: from this score on a pair is folded. See docs/adr/0009 for the figure this was read from."""
SUGGEST_MIN = 0.60
"""t0: from this score on a pair is suggested to the operators."""

EDITION = 1
"""Edition of everything that judges a pair. Raise it when one of these changes: all is judged anew."""

_MONTH = "%Y-%m"


class Rule(IntEnum):
    """Rules of the ladder; a greater one outweighs a smaller."""

    NONE = 0
    SCORED = 1
    STRONG_KEY = 2
    REFERENCE = 3
    EXACT = 4


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the ladder says of a pair. `fold`: these two are one job, as far as the two alone can tell."""

    rule: Rule
    score: float
    fold: bool
    suggest: bool
    vetoes: tuple[str, ...]
    comparison: Comparison

    def why(self) -> dict[str, Any]:
        """The reasons as JSON: degrees by part, what contradicts, what forbids."""
        return {
            "parts": self.comparison.parts,
            "employer": self.comparison.employer,
            "contradictions": list(self.comparison.contradictions),
            "vetoes": list(self.vetoes),
        }


def judge(a: Job, b: Job) -> Verdict:
    """The verdict on two jobs, the same whichever comes first."""
    compared = compare(a, b)
    against = vetoes(a, b)
    rule = _rule(a, b, compared)
    score = 1.0 if rule >= Rule.REFERENCE else compared.score
    if rule is Rule.EXACT:
        return Verdict(rule, score, fold=True, suggest=False, vetoes=(), comparison=compared)
    fold = rule > Rule.NONE and not against
    suggest = not fold and not against and len(compared.contradictions) <= 1 and _worth_a_look(compared)
    return Verdict(rule, score, fold, suggest, against, compared)


def _rule(a: Job, b: Job, compared: Comparison) -> Rule:
    if a.entity == b.entity:
        return Rule.EXACT
    if a.references & b.references:
        return Rule.REFERENCE
    if compared.contradictions:
        return Rule.NONE
    if _strong_key(a) is not None and _strong_key(a) == _strong_key(b) and compared.score >= SUGGEST_MIN:
        return Rule.STRONG_KEY
    # Without an employer both hide, or one lost, the texts themselves must agree almost to the letter.
    if compared.score >= AUTO_MIN and (compared.one_employer or _same_text(compared)):
        return Rule.SCORED
    return Rule.NONE


def _strong_key(job: Job) -> tuple[str, ...] | None:
    """Establishment, occupation to four digits, workplace and month of the start; None if one is not known."""
    town = job.in_town("ags") or job.in_town("plz")
    if not (job.betriebsnummer and town and job.start_on):
        return None
    return job.betriebsnummer, job.kldb2010[:4], town, job.start_on.strftime(_MONTH)


def _same_text(compared: Comparison) -> bool:
    return compared.employer is None and (compared.parts["description"] or 0.0) >= 0.95 and compared.score >= 0.9


def _worth_a_look(compared: Comparison) -> bool:
    known = compared.one_employer or compared.employer is None
    return known and compared.score >= SUGGEST_MIN
