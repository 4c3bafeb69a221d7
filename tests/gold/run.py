"""Asks the board, over its JSON interface, what the gold set asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi.testclient import TestClient

from tests.gold.corpus import jobs
from tests.gold.judge import Query, Score
from tests.support.board_rows import fill


@dataclass(frozen=True, slots=True)
class Result:
    """Scores of some queries; averages over the queries, each counting the same."""

    scores: Sequence[Score]

    @property
    def recall(self) -> float:
        """Macro average."""
        return sum(score.recall for score in self.scores) / len(self.scores)

    @property
    def precision(self) -> float:
        """Macro average."""
        return sum(score.precision for score in self.scores) / len(self.scores)

    def worst(self, count: int = 10) -> list[Score]:
        """The worst queries that are not perfect."""
        ordered = sorted(self.scores, key=lambda score: score.recall + score.precision)
        return [score for score in ordered if score.recall + score.precision < 2][:count]


def fill_corpus(database_url: str) -> None:
    """Put the corpus on a board."""
    fill(database_url, *(job.record for job in jobs()))


def ask(client: TestClient, queries: Sequence[Query]) -> Result:
    """Ask everything; all hits count, not only the first page."""
    return Result([Score(query, _found(client, query)) for query in queries])


def _found(client: TestClient, query: Query) -> frozenset[str]:
    found, page = set[str](), 1
    while True:
        answer = client.get("/api/v1/jobs", params={**query.ask, "size": "100", "page": str(page)})
        answer.raise_for_status()
        told = answer.json()
        found |= {job["id"] for job in told["jobs"]}
        if len(found) >= told["total"]:
            return frozenset(found)
        page += 1
