"""An outbox table: every row once, none forgotten, marked only when it is safe here. The same on two databases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from sqlalchemy.dialects import mssql, oracle, postgresql, sqlite

from connectors.contract.source import Wanted
from connectors.errors import Retry, Stop
from connectors.sources import sql_outbox
from hub.settings import Settings
from schemas.jobcenter import ConfigurationError
from tests.support.deliveries import GOOD, VACANCY_COLUMNS, counts, small_jobcenter
from tests.support.sources import FetchingConnector, fetching

DDL = Settings().deploy_folder / "outbox"
OUTBOX: dict[str, Any] = {
    "type": "sql_outbox",
    "load": "delta",
    "files": None,
    "options": {"url_env": "TEST_OUTBOX_URL"},
    "key": "{source_id}",
    "version": "seq",
    "columns": VACANCY_COLUMNS,
}
INSERT = sqlalchemy.text("INSERT INTO jobhub_outbox (source_id, operation, payload) VALUES (:id, :operation, :payload)")


class Vendor:
    """A back office that writes into the table."""

    def __init__(self, engine: sqlalchemy.Engine) -> None:
        self.engine = engine

    def write(
        self, key: str, operation: str = "U", connection: sqlalchemy.Connection | None = None, **cells: str
    ) -> None:
        payload = json.dumps({**GOOD, **cells}) if operation == "U" else None
        values = {"id": key, "operation": operation, "payload": payload}
        if connection is not None:
            connection.execute(INSERT, values)
            return
        with self.engine.begin() as own:
            own.execute(INSERT, values)

    def unmarked(self) -> list[str]:
        statement = "SELECT source_id FROM jobhub_outbox WHERE published_at IS NULL ORDER BY seq"
        with self.engine.connect() as connection:
            return list(connection.execute(sqlalchemy.text(statement)).scalars())


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.integration)])
def vendor(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Vendor]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/vendor.sqlite"
    else:
        url = request.getfixturevalue("fresh_database")
    monkeypatch.setenv("TEST_OUTBOX_URL", url)
    engine = sqlalchemy.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        for statement in (DDL / f"{request.param}.sql").read_text("utf-8").split(";\n"):
            if any(line and not line.startswith("--") for line in statement.splitlines()):
                connection.exec_driver_sql(statement)
    yield Vendor(engine)
    engine.dispose()


@pytest.fixture
def one(vendor: Vendor, tmp_path: Path) -> Iterator[FetchingConnector]:
    with fetching(tmp_path, small_jobcenter(**OUTBOX)) as opened:
        yield opened


def test_states_and_ends_arrive_in_order_and_are_marked(one: FetchingConnector, vendor: Vendor) -> None:
    vendor.write("A")
    vendor.write("B")
    vendor.write("A", Titel="Koch")
    vendor.write("B", "E")
    (report,) = one.fetch()

    assert [("A", 1, "ACTIVE"), ("B", 2, "ACTIVE"), ("A", 3, "ACTIVE"), ("B", 3, "ENDED")] == [
        sent[:3] for sent in one.sent()
    ]
    assert ({"rows_read": 4, "sent_new": 2, "sent_changed": 1, "sent_ended": 1}, []) == (
        counts(report),
        vendor.unmarked(),
    )
    assert [] == one.fetch()


def test_rows_are_marked_only_when_they_are_safe_here(one: FetchingConnector, vendor: Vendor) -> None:
    vendor.write("A")
    (delivery,) = one.source.deliveries(one.folder, None)
    list(one.source.read(delivery))
    assert ["A"] == vendor.unmarked()

    one.fetch(settle=False)
    assert ["A"] == vendor.unmarked()

    one.restart()
    assert [] == one.fetch()
    assert ([], [("A", 1)]) == (vendor.unmarked(), [sent[:2] for sent in one.sent()])


def test_after_a_crash_new_rows_come_along_and_nothing_is_sent_as_new_twice(
    one: FetchingConnector, vendor: Vendor
) -> None:
    vendor.write("A")
    one.fetch(settle=False)
    one.restart()
    vendor.write("B")
    (report,) = one.fetch()

    assert ({"rows_read": 2, "sent_new": 1, "duplicate": 1}, []) == (counts(report), vendor.unmarked())


def _commit_late(one: FetchingConnector, vendor: Vendor) -> list[str]:
    """A gets the lower number, B is committed first."""
    if vendor.engine.dialect.name == "sqlite":
        # One writer at a time: the late row is written afterwards, with the number that was set aside for it.
        vendor.write("B")
        with vendor.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE jobhub_outbox SET seq = 2")
        one.fetch()
        with vendor.engine.begin() as connection:
            connection.exec_driver_sql(
                "INSERT INTO jobhub_outbox (seq, source_id, payload) VALUES (1, 'A', ?)", (json.dumps(GOOD),)
            )
    else:
        with vendor.engine.begin() as slow:
            vendor.write("A", connection=slow)
            vendor.write("B")
            one.fetch()
    one.fetch()
    return [sent[0] for sent in one.sent()]


def test_a_row_that_was_committed_late_is_not_lost(one: FetchingConnector, vendor: Vendor) -> None:
    assert ["B", "A"] == _commit_late(one, vendor)


def test_with_a_highest_number_remembered_it_would_be_lost(
    one: FetchingConnector, vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = sql_outbox.Source._unpublished
    seen = [0]

    def beyond_the_highest(self: sql_outbox.Source) -> list[int]:
        found = [number for number in asked(self) if number > seen[0]]
        seen[0] = max([seen[0], *found])
        return found

    monkeypatch.setattr(sql_outbox.Source, "_unpublished", beyond_the_highest)

    assert ["B"] == _commit_late(one, vendor)


def test_a_row_that_cannot_be_read_is_told_and_stops_nobody(one: FetchingConnector, vendor: Vendor) -> None:
    vendor.write("A")
    with vendor.engine.begin() as connection:
        connection.execute(INSERT, {"id": "B", "operation": "U", "payload": '{"Titel": "x", "Titel": "y"}'})
    vendor.write("C")
    (report,) = one.fetch()

    assert [{"code": "E215", "line": 2, "column": "Titel"}] == report["findings"]
    assert (["A", "C"], []) == ([sent[0] for sent in one.sent()], vendor.unmarked())


def test_many_rows_come_in_several_deliveries(vendor: Vendor, tmp_path: Path) -> None:
    options = {"url_env": "TEST_OUTBOX_URL", "rows_max": 2}
    for number in range(5):
        vendor.write(str(number))
    with fetching(tmp_path, small_jobcenter(**{**OUTBOX, "options": options})) as one:
        reports = [report for _ in range(4) for report in one.fetch()]

        assert [2, 2, 1] == [report["rows_read"] for report in reports]
        assert ["0", "1", "2", "3", "4"] == [sent[0] for sent in one.sent()]


def test_an_action_gives_ends_their_reason(vendor: Vendor, tmp_path: Path) -> None:
    action = {
        "column": "operation", "upsert": ["U"], "end": ["E"],
        "reason": {"column": "end_reason", "codes": {"besetzt": "FILLED"}, "otherwise": "UNKNOWN"},
    }  # fmt: skip
    vendor.write("A")
    vendor.write("A", "E")
    with vendor.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE jobhub_outbox SET end_reason = 'besetzt' WHERE operation = 'E'")
    with fetching(tmp_path, small_jobcenter(**OUTBOX, action=action)) as one:
        one.fetch()

        assert [("ACTIVE", None), ("ENDED", "FILLED")] == [(row["status"], row["end_reason"]) for row in one.outbox()]


def test_a_database_that_is_away_is_waited_for(
    vendor: Vendor, one: FetchingConnector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_OUTBOX_URL", "sqlite:////nowhere/at/all.sqlite")

    with pytest.raises(Retry, match="E404"):
        one.fetch()


@pytest.mark.parametrize("changes, says", [({"load": "full"}, "delta"), ({"version": None}, "version: seq")])
def test_what_would_lose_rows_is_refused_at_the_start(changes: dict[str, Any], says: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=says), fetching(tmp_path, small_jobcenter(**{**OUTBOX, **changes})):
        pass


@pytest.mark.parametrize(
    "url, says",
    [
        ("oracle://u:geheim@h/x", "pip install 'oracledb'"),
        ("mssql://u:geheim@h/x", "pip install 'pymssql'"),
        ("mysql://u:geheim@h/x", "known: postgresql"),
        ("geheim", "no database address"),
    ],
)
def test_a_missing_driver_is_named_and_the_address_is_not(
    url: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_OUTBOX_URL", url)

    with pytest.raises(Stop, match=says) as caught, fetching(tmp_path, small_jobcenter(**OUTBOX)):
        pass
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize(
    "dialect, expected",
    [
        (mssql.dialect, "TOP __[POSTCOMPILE_param_1] jobhub_outbox.seq FROM jobhub_outbox WITH (READPAST) WHERE"),
        (oracle.dialect, "FETCH FIRST __[POSTCOMPILE_param_1] ROWS ONLY"),
        (postgresql.dialect, "LIMIT %(param_1)s"),
        (sqlite.dialect, "LIMIT ?"),
    ],
    ids=["mssql", "oracle", "postgresql", "sqlite"],
)
def test_every_database_is_asked_in_its_own_words(dialect: Any, expected: str) -> None:
    wanted = Wanted(("seq", "source_id"), ("source_id",))
    statement = sql_outbox.Source("s", {"url_env": "X"}, wanted, None, "delta").listing()

    assert expected in " ".join(str(statement.compile(dialect=dialect())).split())


def test_every_database_has_its_table() -> None:
    assert ["oracle", "postgresql", "sqlite", "sqlserver"] == sorted(path.stem for path in DDL.glob("*.sql"))
    for path in DDL.glob("*.sql"):
        text = path.read_text("utf-8")
        assert [] == [
            name
            for name in ("seq", "source_id", "operation", "end_reason", "payload", "published_at")
            if name not in text
        ]
