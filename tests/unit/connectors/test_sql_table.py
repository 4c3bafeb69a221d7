import sqlite3
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy

from connectors.contract.delivery import Delivery
from connectors.contract.row import Row
from connectors.contract.source import Wanted
from connectors.errors import Retry, Stop
from connectors.sources import sql_table
from tests.support.deliveries import DELIVERIES

WANTED = Wanted(columns=("ID", "TITEL"), key=("ID",), ignore=("SACHB",))


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "db_2026-11-22.sqlite"
    with sqlite3.connect(path) as connection:
        connection.executescript(
            "CREATE TABLE t (ID INTEGER, TITEL TEXT, SACHB TEXT, GEHEIM TEXT);"
            "INSERT INTO t VALUES (2, 'b', 'x', 'y'), (1, 'ä', 'x', 'y');"
            "INSERT INTO t VALUES (3, CAST(x'4dfc' AS TEXT), 'x', 'y');"
            "CREATE VIEW v AS SELECT * FROM t;"
        )
    connection.close()
    return path


def source(**options: Any) -> sql_table.Source:
    return sql_table.Source("s", {"view": "v", **options}, WANTED, "*.sqlite", "full")


def delivery(path: Path) -> Delivery:
    return Delivery("s", path.name, path, "", None, "full")


def test_rows_come_in_the_order_of_the_key_with_the_wanted_columns_only(database: Path) -> None:
    reading = source().read(delivery(database))

    assert [
        Row(1, {"ID": 1, "TITEL": "ä"}),
        Row(2, {"ID": 2, "TITEL": "b"}),
        Row(3, {"ID": 3, "TITEL": "M\udcfc"}),
    ] == list(reading)
    assert (True, ["GEHEIM"]) == (reading.complete, reading.unmapped)


def test_columns_nobody_mapped_are_never_selected(database: Path) -> None:
    statements: list[str] = []
    reading = source().read(delivery(database))
    sqlalchemy.event.listen(
        reading._engine, "before_cursor_execute", lambda *arguments: statements.append(arguments[2])
    )
    list(reading)

    assert ['SELECT v."ID", v."TITEL" \nFROM v ORDER BY v."ID"'] == [
        one for one in statements if "SELECT" in one and "FROM v" in one
    ]
    assert not [one for one in statements if "SACHB" in one or "GEHEIM" in one or "*" in one]


def test_nothing_is_written_to_the_database_or_beside_it(database: Path) -> None:
    before = database.read_bytes()
    database.chmod(0o444)
    list(source().read(delivery(database)))

    assert (before, ["db_2026-11-22.sqlite"]) == (
        database.read_bytes(),
        [path.name for path in database.parent.iterdir()],
    )


@pytest.mark.parametrize("options, code", [({"view": "fehlt"}, "E303")])
def test_a_missing_view_is_refused(database: Path, options: dict[str, Any], code: str) -> None:
    with pytest.raises(Stop, match=code):
        list(source(**options).read(delivery(database)))


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.sqlite"
    path.write_bytes(b"kein SQLite" * 100)

    with pytest.raises(Stop, match="E304"):
        list(source().read(delivery(path)))


def test_a_database_by_address_is_one_delivery_for_each_period(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with sqlite3.connect(database) as connection:
        connection.execute("DELETE FROM t WHERE ID = 3")
    connection.close()
    monkeypatch.setenv("TEST_URL", f"sqlite:///{database}")
    one = source(url_env="TEST_URL", every_minutes=60 * 24 * 365)
    (first,), (second,) = one.deliveries(database.parent, None), one.deliveries(database.parent, None)

    assert (first.id, "v") == (second.id, first.file)
    assert [1, 2] == [row.values["ID"] for row in one.read(first) if isinstance(row, Row)]


def test_a_database_that_is_away_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_URL", f"sqlite:///{tmp_path}/missing/x.sqlite")
    one = source(url_env="TEST_URL")

    with pytest.raises(Retry, match="E404"):
        list(one.read(one.deliveries(tmp_path, None)[0]))


def test_of_muensters_database_no_other_table_is_touched() -> None:
    path = DELIVERIES / "muenster" / "fachverfahren_2026-11-22.sqlite"
    touched: set[str] = set()
    wanted = Wanted(columns=("STELLE_ID",), key=("STELLE_ID",))
    reading = sql_table.Source("s", {"view": "V_HUB_STELLEN"}, wanted, "*", "full").read(delivery(path))

    def note(action: int, table: str, *_: Any) -> int:
        if action == sqlite3.SQLITE_READ:
            touched.add(table)
        return sqlite3.SQLITE_OK

    def watch(connection: Any, *_: Any) -> None:
        connection.set_authorizer(note)

    sqlalchemy.event.listen(reading._engine, "connect", watch)
    assert 666 == len(list(reading))
    assert {"V_HUB_STELLEN", "T_STELLE", "T_ARBEITGEBER"} == {
        place for place in touched if not place.startswith("sqlite_")
    }
