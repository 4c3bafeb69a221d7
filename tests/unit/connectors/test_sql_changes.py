"""A table read by its time of change: never past a row that was committed late, and in full often enough."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy
from sqlalchemy.dialects import oracle
from sqlalchemy.exc import DatabaseError, DataError, OperationalError, ProgrammingError

from connectors import watermark
from connectors.contract.delivery import Delivery
from connectors.contract.row import Row
from connectors.contract.source import Wanted
from connectors.contract.workplace import Workplace
from connectors.databases import away, shown_name
from connectors.errors import Retry, Stop
from connectors.sources import sql_table

WANTED = Wanted(columns=("id", "titel"), key=("id",), ignore=())
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.integration)])
def engine(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[sqlalchemy.Engine]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/vendor.sqlite"
    else:
        url = request.getfixturevalue("fresh_database")
    monkeypatch.setenv("TEST_URL", url)
    made = sqlalchemy.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    kind = "TIMESTAMP" if request.param == "postgresql" else "TEXT"
    with made.begin() as connection:
        connection.exec_driver_sql(f"CREATE TABLE t (id TEXT, titel TEXT, geheim TEXT, geaendert {kind})")
    yield made
    made.dispose()


def put(engine: sqlalchemy.Engine, key: str, at: str | None, title: str = "x") -> None:
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("DELETE FROM t WHERE id = :id"), {"id": key})
        connection.execute(
            sqlalchemy.text("INSERT INTO t VALUES (:id, :title, 'geheim', CAST(:at AS TIMESTAMP))")
            if engine.dialect.name == "postgresql"
            else sqlalchemy.text("INSERT INTO t VALUES (:id, :title, 'geheim', :at)"),
            {"id": key, "title": title, "at": at},
        )


class Office:
    def __init__(self, tmp_path: Path, **options: Any) -> None:
        self.tmp_path, self.options = tmp_path, options
        self.turn = 0
        self.start()

    def start(self) -> None:
        load = self.options.get("load", "delta")
        options = {name: value for name, value in self.options.items() if name != "load"}
        made = {"view": "t", "url_env": "TEST_URL", "changed": "geaendert", **options}
        self.source = sql_table.Source("s", made, WANTED, None, load)
        self.source.open(Workplace(self.tmp_path / "private", lambda rows: [None for _ in rows]))

    def read(self, *, settle: bool = True) -> tuple[str, list[str]]:
        """One reading: its load and the keys found."""
        self.turn += 1
        (listed,) = self.source.deliveries(self.tmp_path, None)
        delivery = Delivery("s", "t", None, None, date(2026, 11, 25), listed.load, str(self.turn))
        reading = self.source.read(delivery)
        keys = [str(row.values["id"]) for row in reading if isinstance(row, Row)]
        assert reading.complete is bool(keys) or not keys
        if settle:
            self.source.settled(delivery)
        return listed.load, keys


def test_only_what_changed_since_is_read_with_an_overlap(engine: sqlalchemy.Engine, tmp_path: Path) -> None:
    office = Office(tmp_path)
    put(engine, "1", "2026-11-25 08:00:00")
    put(engine, "2", "2026-11-25 09:00:00")
    assert ("delta", ["1", "2"]) == office.read()

    put(engine, "3", "2026-11-25 08:55:00")  # committed late: its time is earlier than that of 2
    put(engine, "4", None)
    assert ("delta", ["2", "3", "4"]) == office.read()

    office.start()
    put(engine, "5", "2026-11-25 10:00:00")
    assert ("delta", ["2", "3", "4", "5"]) == office.read()
    assert ("delta", ["4", "5"]) == office.read()


def test_without_an_overlap_the_late_row_would_be_lost(
    engine: sqlalchemy.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watermark, "begin", lambda known, overlap: known)
    office = Office(tmp_path)
    put(engine, "2", "2026-11-25 09:00:00")
    office.read()
    put(engine, "3", "2026-11-25 08:55:00")

    assert ("delta", ["2"]) == office.read()


def test_what_was_not_settled_is_read_again(engine: sqlalchemy.Engine, tmp_path: Path) -> None:
    office = Office(tmp_path)
    put(engine, "1", "2026-11-25 08:00:00")
    put(engine, "2", "2026-11-25 09:00:00")
    office.read(settle=False)
    office.start()

    assert ("delta", ["1", "2"]) == office.read()


def test_a_time_far_ahead_does_not_blind_the_reading(engine: sqlalchemy.Engine, tmp_path: Path) -> None:
    office = Office(tmp_path)
    put(engine, "1", "2026-11-25 08:00:00")
    put(engine, "2", "9999-12-31 00:00:00")
    office.read()
    put(engine, "3", "2026-11-25 08:30:00")

    assert ("delta", ["1", "2", "3"]) == office.read()


def test_full_readings_come_in_between_so_that_deletions_are_seen(engine: sqlalchemy.Engine, tmp_path: Path) -> None:
    office = Office(tmp_path, load="full", full_every_hours=24)
    put(engine, "1", "2026-11-25 08:00:00")
    put(engine, "2", "2026-11-25 09:00:00")
    assert [("full", ["1", "2"]), ("delta", ["2"])] == [office.read(), office.read()]

    memory = tmp_path / "private" / "memory.json"
    memory.write_text(memory.read_text("utf-8").replace('"full_at": "20', '"full_at": "19'), "utf-8")
    assert ("full", ["1", "2"]) == office.read()


def test_a_query_is_read_like_a_view(engine: sqlalchemy.Engine, tmp_path: Path) -> None:
    put(engine, "1", "2026-11-25 08:00:00", "a:b")
    put(engine, "2", "2026-11-25 09:00:00", "c")
    office = Office(tmp_path, view=None, query="SELECT id, titel, geaendert FROM t WHERE titel LIKE '%:%'")

    assert ("delta", ["1"]) == office.read()


@pytest.mark.parametrize(
    "options, says",
    [
        ({"view": None, "query": "DELETE FROM t"}, "one SELECT"),
        ({"view": None, "query": "SELECT 1; DROP TABLE t"}, "one SELECT"),
        ({"query": "SELECT 1"}, "either view or query"),
    ],
)
def test_a_query_is_one_select(options: dict[str, Any], says: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=says):
        Office(tmp_path, **options)


def test_nothing_can_be_written(engine: sqlalchemy.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql_table.SqlReading, "_statement", lambda *_: (sqlalchemy.text("DELETE FROM t"), False))
    put(engine, "1", "2026-11-25 08:00:00")
    with pytest.raises(Exception, match=r"E414|E404"):
        Office(tmp_path).read()
    with engine.connect() as connection:
        assert 1 == connection.exec_driver_sql("SELECT count(*) FROM t").scalar()


def test_a_column_that_holds_no_times_is_refused(engine: sqlalchemy.Engine, tmp_path: Path) -> None:
    put(engine, "1", "2026-11-25 08:00:00")

    with pytest.raises(Stop, match=r"E303.*|titel"):
        Office(tmp_path, changed="titel").read()


@pytest.mark.parametrize(
    "known, expected",
    [
        ("2026-11-25 08:00:00", "2026-11-25 07:50:00"),
        ("2026-11-25T08:00:00.500000", "2026-11-25T07:50:00.500000"),
        ("2026-11-25", "2026-11-23"),
        (date(2026, 11, 25), date(2026, 11, 24)),
        (NOW.replace(tzinfo=None), NOW.replace(tzinfo=None) - timedelta(minutes=10)),
        (NOW, NOW - timedelta(minutes=10)),
    ],
)
def test_the_overlap_keeps_type_and_notation(known: Any, expected: Any) -> None:
    assert expected == watermark.begin(known, timedelta(minutes=10))
    assert known == watermark.read(watermark.written(known))


def test_columns_of_oracle_are_named_as_its_tools_show_them() -> None:
    dialect: Any = oracle.dialect
    engine: Any = SimpleNamespace(dialect=dialect())

    assert ["STELLE_ID", "Titel"] == [shown_name(engine, "stelle_id"), shown_name(engine, "Titel")]


def test_a_permission_that_is_missing_is_told_from_a_database_that_is_away() -> None:
    denied: Any = type("Denied", (Exception,), {"sqlstate": "42501"})
    found = [
        away(ProgrammingError("SELECT geheim", {}, denied()), "t"),
        away(ProgrammingError("SELECT geheim", {}, Exception("geheim")), "t"),
        away(DataError("SELECT geheim", {}, Exception("geheim")), "t"),
        away(OperationalError("SELECT geheim", {}, Exception(207, "geheim")), "t"),
        away(OperationalError("SELECT geheim", {}, Exception("geheim")), "t"),
    ]

    assert [(Stop, "E403"), *[(Stop, "E414")] * 3, (Retry, "E404")] == [(type(error), error.code) for error in found]
    assert "geheim" not in " ".join(map(str, found))


def oracle_says(number: int) -> Exception:
    """As python-oracledb tells it."""
    return Exception(SimpleNamespace(code=number, full_code=f"ORA-{number:05}", message="geheim"))


@pytest.mark.parametrize(
    "origin, code",
    [
        (Exception(208, b"geheim"), "E414"),
        (Exception(8134, b"geheim"), "E414"),
        (Exception(229, b"geheim"), "E403"),
        (Exception(942, b"geheim"), "E404"),  # the database is offline
        (Exception(904, b"geheim"), "E404"),  # it is starting
        (Exception(1205, b"geheim"), "E404"),  # a deadlock
        (Exception((18456, b"geheim")), "E404"),  # no connection: it is told in a tuple
        (Exception((4413, b"geheim")), "E414"),
        (oracle_says(942), "E414"),
        (oracle_says(4063), "E414"),
        (oracle_says(1031), "E403"),
        (oracle_says(208), "E404"),
        (oracle_says(3113), "E404"),
        (Exception(), "E404"),
    ],
)
def test_numbers_mean_what_their_own_database_means_by_them(origin: Exception, code: str) -> None:
    found = away(DatabaseError("SELECT geheim", {}, origin), "t")

    assert (code, False) == (found.code, "geheim" in str(found))
