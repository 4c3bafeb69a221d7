"""The state in numbers: its tables and how many rows they have, and of each delivery counts and codes. Read only."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from importlib import resources
from pathlib import Path
from typing import Any

from connectors.report import Tally

_DELIVERIES_MOST = 200
_SECONDS = 10
_CODE = re.compile(r"[EW][1-9][0-9]{2}\Z")
_STATES = frozenset({"BEGUN", "READ", "COMPLETED", "HELD", "REFUSED"})
_COUNTS = tuple(name for name, value in Tally().values().items() if isinstance(value, int))
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")


def state_of(path: Path) -> dict[str, Any]:
    """Size, tables and row counts of a state file."""
    if not path.exists():
        return {"exists": False}
    try:
        with closing(_opened(path)) as sql:
            return {"exists": True, "bytes": path.stat().st_size, **_tables(sql)}
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", None) or type(error).__name__
        return {"exists": True, "bytes": path.stat().st_size, "error": name}


def deliveries_of(path: Path) -> list[dict[str, Any]]:
    """The latest deliveries, counts and codes only: no file name, no line, no key."""
    if not path.exists():
        return []
    try:
        with closing(_opened(path)) as sql:
            rows = sql.execute(
                "SELECT seq, event, source, day, state, reason, begun_at, report FROM delivery"
                " ORDER BY seq DESC LIMIT ?",
                (_DELIVERIES_MOST,),
            ).fetchall()
    except sqlite3.Error:
        return []
    return [_delivery(*row) for row in rows]


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=_SECONDS)


def _tables(sql: sqlite3.Connection) -> dict[str, Any]:
    expected = _expected()
    there = dict(sql.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall())
    return {
        # Ours are told as they are; of a table that somebody else made not even the name.
        "tables": {
            name: {
                "rows": sql.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0],  # noqa: S608 - a name of ours
                "schema": there[name] if there[name] == expected[name] else "<differs>",
            }
            for name in sorted(expected)
            if name in there
        },
        "missing": sorted(expected.keys() - there.keys()),
        "others": sum(not name.startswith("sqlite_") for name in there.keys() - expected.keys()),
        "waiting": sql.execute("SELECT coalesce(sum(waiting), 0) FROM parcel WHERE waiting > 0").fetchone()[0],
        "journal_mode": sql.execute("PRAGMA journal_mode").fetchone()[0],
        "quick_check": sql.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok",
    }


def _expected() -> dict[str, str]:
    """Table → the statement that makes it, as SQLite writes it down."""
    with closing(sqlite3.connect(":memory:")) as sql:
        sql.executescript((resources.files("connectors") / "state.sql").read_text(encoding="utf-8"))
        made = sql.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        return dict(made.fetchall())


def _delivery(
    seq: int,
    event: str,
    source: str,
    day: str | None,
    state: str,
    reason: str | None,
    begun_at: str,
    report: str,
) -> dict[str, Any]:
    told = json.loads(report)
    counts = {name: told[name] for name in _COUNTS if isinstance(told.get(name), int)}
    codes = {
        entry["code"]: entry["count"]
        for entry in told.get("rejected_by_code", ())
        if _CODE.match(str(entry.get("code"))) and isinstance(entry.get("count"), int)
    }
    return {
        "seq": seq,
        "event": event,
        "source": source,
        "day": day if day and _DAY.match(day) else None,
        "state": state if state in _STATES else None,
        "reason": reason if reason and _CODE.match(reason) else None,
        "begun_at": begun_at,
        "complete": bool(told.get("complete")),
        **counts,
        "rejected_by_code": codes,
        "unmapped_columns": len(told.get("unmapped_columns", ())),
    }
