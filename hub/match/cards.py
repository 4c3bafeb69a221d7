"""From pairs to cards: jobs that are one, and which of them leads. The order in which they came plays no part."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import product

from hub.match.job import Job
from hub.match.ladder import Rule
from hub.match.vetoes import NEVER, vetoes

MARGIN = 0.05
"""Of two partners at one Jobcenter the better must be better by this much: otherwise it is not known which it is."""

_CARDS = uuid.UUID("5f7a1c1e-6d0c-5f0b-9a56-0f2f3f1f7b11")

Pair = tuple[str, str]


class Decided(StrEnum):
    """What an operator said of a pair."""

    JOIN = "JOIN"
    SPLIT = "SPLIT"


@dataclass(frozen=True, slots=True)
class Edge:
    """A pair the ladder would fold; `a` comes before `b`."""

    a: str
    b: str
    rule: Rule
    score: float

    @property
    def pair(self) -> Pair:
        """Both entities, in order."""
        return self.a, self.b

    @property
    def referred(self) -> bool:
        """Whether a number names the very vacancy."""
        return self.rule >= Rule.REFERENCE


@dataclass(frozen=True, slots=True)
class Card:
    """Several jobs that are one. `members`: the one that leads first, then the others by the same precedence."""

    id: str
    members: tuple[str, ...]

    @property
    def lead(self) -> str:
        """The job that stands for all."""
        return self.members[0]


@dataclass(frozen=True, slots=True)
class Folded:
    """Cards of two jobs or more, and the pairs that were not folded although the ladder would have."""

    cards: tuple[Card, ...]
    doubtful: tuple[Edge, ...]


def pair_of(one: str, other: str) -> Pair:
    """Two entities in the order in which a pair names them."""
    return (one, other) if one <= other else (other, one)


def fold_cards(
    jobs: Mapping[str, Job],
    edges: Iterable[Edge],
    decisions: Mapping[Pair, Decided],
    kreise: Mapping[str, str] | None = None,
) -> Folded:
    """Cards of the open jobs.

    Decisions win, then the surest pairs. A job joins a card only if no pair within it is forbidden, so a chain of
    likenesses never brings together what must stay apart.

    Args:
        jobs: open jobs by entity; edges and decisions that name others are passed over.
        edges: pairs the ladder folds.
        decisions: by pair.
        kreise: Kreis of each Jobcenter, five digits, for the precedence of the one where the workplace lies.
    """
    groups: dict[str, set[str]] = {}
    for pair, decided in sorted(decisions.items()):
        if decided is Decided.JOIN and pair[0] in jobs and pair[1] in jobs:
            _merge(groups, pair, jobs, decisions)
    possible = [edge for edge in edges if edge.a in jobs and edge.b in jobs and edge.pair not in decisions]
    unclear = _unclear(possible, jobs)
    doubtful = []
    for edge in sorted(possible, key=lambda edge: (-edge.rule, -edge.score, edge.a, edge.b)):
        if edge.pair in unclear or not _merge(groups, edge.pair, jobs, decisions):
            doubtful.append(edge)
    cards = [_card(group, jobs, kreise or {}) for group in {id(group): group for group in groups.values()}.values()]
    return Folded(
        tuple(sorted(cards, key=lambda card: card.members)),
        tuple(edge for edge in doubtful if edge.b not in groups.get(edge.a, ())),
    )


def _unclear(edges: Sequence[Edge], jobs: Mapping[str, Job]) -> set[Pair]:
    """Pairs of a job with several at one Jobcenter, none of which is clearly the one."""
    partners: dict[tuple[str, str], list[Edge]] = defaultdict(list)
    for edge in edges:
        partners[edge.a, jobs[edge.b].jobcenter].append(edge)
        partners[edge.b, jobs[edge.a].jobcenter].append(edge)
    found: set[Pair] = set()
    for group in partners.values():
        best = max(group, key=lambda edge: (edge.referred, edge.score, edge.pair))
        others = [edge for edge in group if edge is not best]
        found |= {edge.pair for edge in others}
        if any(edge.referred == best.referred and edge.score > best.score - MARGIN for edge in others):
            found.add(best.pair)
    return found


def _merge(groups: dict[str, set[str]], pair: Pair, jobs: Mapping[str, Job], decisions: Mapping[Pair, Decided]) -> bool:
    """Bring two groups together unless a pair across them is forbidden; whether they are one now."""
    left, right = (groups.get(entity, {entity}) for entity in pair)
    if left is right or pair[1] in left:
        return True
    if any(_forbidden(one, other, jobs, decisions) for one, other in product(left, right)):
        return False
    merged = left | right
    for entity in merged:
        groups[entity] = merged
    return True


def _forbidden(one: str, other: str, jobs: Mapping[str, Job], decisions: Mapping[Pair, Decided]) -> bool:
    decided = decisions.get(pair_of(one, other))
    against = set(vetoes(jobs[one], jobs[other]))
    return decided is Decided.SPLIT or bool(against & NEVER if decided is Decided.JOIN else against)


def _card(group: Iterable[str], jobs: Mapping[str, Job], kreise: Mapping[str, str]) -> Card:
    def precedence(entity: str) -> tuple[bool, str, str]:
        job = jobs[entity]
        kreis = kreise.get(job.jobcenter)
        here = kreis is not None and (job.in_town("ags") or "").removeprefix("ags:").startswith(kreis)
        return not here, job.published_from.isoformat(), entity

    members = sorted(group, key=precedence)
    return Card(str(uuid.uuid5(_CARDS, min(members))), tuple(members))
