"""`python -m tests.gold`: recall and precision of the search on the gold set, and the queries it does worst on."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from fastapi.testclient import TestClient
from rich.console import Console
from rich.table import Table

from hub.embedded import Services
from tests.gold.judge import FILES, Query, Score, queries
from tests.gold.run import Result, ask, fill_corpus
from tests.support.web import board_app

NEEDED = 0.9


def main() -> int:
    """Exit code 1 if recall or precision over all queries is below what is needed."""
    files: dict[str, list[Query]] = {name: queries(name) for name in FILES}
    with (
        tempfile.TemporaryDirectory(prefix="jobhub-gold-") as folder,
        Services(Path(folder), kafka=False) as services,
    ):
        fill_corpus(services.database_url)
        with TestClient(board_app(services.database_url)) as client:
            results = {name: ask(client, asked) for name, asked in files.items()}
    results["all"] = Result([score for result in results.values() for score in result.scores])
    Console().print(_figures(results))
    Console().print(_worst(results["all"].worst(25)))
    return int(min(results["all"].recall, results["all"].precision) < NEEDED)


def _figures(results: dict[str, Result]) -> Table:
    table = Table("", "queries", "recall", "precision", title="Gold set", title_justify="left")
    for name, result in results.items():
        table.add_row(name, str(len(result.scores)), f"{result.recall:.3f}", f"{result.precision:.3f}")
    return table


def _worst(scores: list[Score]) -> Table:
    table = Table("query", "recall", "precision", "missing", "wrong", title="Worst", title_justify="left")
    for score in scores:
        missing = sorted(score.query.must - score.found)
        wrong = sorted(score.found - score.query.must - score.query.may)
        table.add_row(str(score.query), f"{score.recall:.2f}", f"{score.precision:.2f}", _some(missing), _some(wrong))
    return table


def _some(ids: list[str]) -> str:
    return " ".join(ids[:5]) + (f" … {len(ids)}" if len(ids) > 5 else "")


if __name__ == "__main__":
    sys.exit(main())
