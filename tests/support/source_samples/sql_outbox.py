"""An outbox table."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from connectors.conformance import Sample
from connectors.contract.source import Wanted
from connectors.sources import sql_outbox
from hub.settings import Settings
from tests.support.source_samples.content import CANARY, COLUMNS, FULL_ROWS, ROWS, WANTED

_VARIABLE = "TEST_SAMPLE_OUTBOX_URL"


@contextmanager
def sample(tmp_path: Path) -> Iterator[Sample]:
    """A table; then a row that is no JSON, and a database that is away."""
    path = tmp_path / "vendor.sqlite"
    wanted = Wanted((*COLUMNS, "seq"), WANTED.key)

    def run(statement: str, *values: str) -> None:
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute(statement, values)

    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((Settings().deploy_folder / "outbox" / "sqlite.sql").read_text("utf-8"))
    for row in FULL_ROWS:
        run("INSERT INTO jobhub_outbox (source_id, payload) VALUES (?, ?)", row["Nr"], json.dumps(row))
    (tmp_path / "in").mkdir()

    def no_json() -> None:
        run("INSERT INTO jobhub_outbox (source_id, payload) VALUES (?, ?)", "x", f'{{"Nr": "{CANARY}", "Nr": "x"}}')

    os.environ[_VARIABLE] = f"sqlite:///{path}"
    try:
        yield Sample(
            lambda: sql_outbox.Source("s", {"url_env": _VARIABLE}, wanted, None, "delta"),
            tmp_path / "in", wanted.columns, [{**row, "seq": seq} for seq, row in enumerate(ROWS, start=1)], CANARY,
            spoil=(no_json, path.unlink),
        )  # fmt: skip
    finally:
        os.environ.pop(_VARIABLE)
