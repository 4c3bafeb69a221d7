"""The matcher's answer to a set of jobs, and how often it is right. What it folds that no label calls one is wrong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from psycopg.types.json import Jsonb

from hub.match.block import keys
from hub.match.cards import Edge, fold_cards, pair_of
from hub.match.job import Job, job_of
from hub.match.ladder import judge
from hub.sinks.board import JOB, JOB_DOC
from hub.steps.fan_out import public_vacancy
from hub.store.made import row_of
from tests.match.writer import Case

Record = Mapping[str, Any]
Pairs = set[tuple[str, str]]


@dataclass
class Score:
    """Counts of pairs."""

    right: int = 0
    wrong: int = 0
    missed: int = 0
    suggested: int = 0
    """Of those missed, how many an operator is shown."""
    pairs: int = 0
    kinds: dict[str, list[int]] = field(default_factory=dict)
    """Kind of case -> pairs, pairs that are one, folded ones."""

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0


def public_jobs(records: Iterable[Record]) -> dict[str, Job]:
    """The records as the matcher meets them: through the public view, as rows of the board."""
    found = {}
    for record in records:
        view = public_vacancy(record, had_public_view=True)
        if view is None:
            continue
        entity = f"{view['jobcenter']}:{view['source_id']}"
        row = {"entity": entity, "jobcenter": view["jobcenter"], **row_of(JOB, view), **row_of(JOB_DOC, view)}
        found[entity] = job_of({name: value.obj if isinstance(value, Jsonb) else value for name, value in row.items()})
    return found


def fold(jobs: Mapping[str, Job]) -> tuple[Pairs, Pairs]:
    """Pairs the matcher folds, and pairs it suggests."""
    blocks: dict[str, list[str]] = defaultdict(list)
    for job in jobs.values():
        for key in keys(job):
            blocks[key].append(job.entity)
    candidates = {pair_of(*pair) for block in blocks.values() for pair in combinations(block, 2)}
    verdicts = {pair: judge(jobs[pair[0]], jobs[pair[1]]) for pair in candidates}
    edges = [Edge(*pair, found.rule, found.score) for pair, found in verdicts.items() if found.fold]
    folded = fold_cards(jobs, edges, {})
    suggested = {pair for pair, found in verdicts.items() if found.suggest} | {edge.pair for edge in folded.doubtful}
    return {pair_of(*pair) for card in folded.cards for pair in combinations(card.members, 2)}, suggested


def score(cases: Iterable[Case]) -> Score:
    """How right the matcher is on labelled cases that are all in one world."""
    cases = list(cases)
    folded, suggested = fold(public_jobs(job for case in cases for job in case.jobs))
    found, truth = Score(), set()
    for case in cases:
        for one, other, same in case.pairs():
            pair = pair_of(one, other)
            of_kind = found.kinds.setdefault(case.kind, [0, 0, 0])
            found.pairs += 1
            of_kind[0] += 1
            of_kind[1] += same
            of_kind[2] += pair in folded
            if same:
                truth.add(pair)
    return _count(found, truth, folded, suggested)


def score_pairs(records: Iterable[Record], truth: Pairs) -> Score:
    """The same for jobs whose true pairs are known."""
    folded, suggested = fold(public_jobs(records))
    return _count(Score(pairs=len(truth)), truth, folded, suggested)


def _count(found: Score, truth: Pairs, folded: Pairs, suggested: Pairs) -> Score:
    found.right, found.wrong, found.missed = len(truth & folded), len(folded - truth), len(truth - folded)
    found.suggested = len((truth - folded) & suggested)
    return found
