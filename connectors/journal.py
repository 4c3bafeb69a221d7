"""How the state file keeps all or nothing: by a log beside it, or for a first load by what stood in it before.

Through the log each page is written twice, in exchange for others reading meanwhile. A first load writes nearly nothing
but new pages, and nobody has anything to read yet; so it goes straight into the file. If it is cut off, the few pages
that were there before are put back (https://www.sqlite.org/atomiccommit.html). Either is durable when it ends.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from sqlite3 import Connection

# Not DELETE: that the journal is gone would not be durable before its folder is.
_STRAIGHT = "TRUNCATE"
_LOG = "WAL"


def use_log(sql: Connection) -> None:
    """From now on, unless another program is at the file: then as it finds it, and whoever comes next asks again."""
    _use(sql, _LOG)


@contextmanager
def straight_into_empty(sql: Connection) -> Iterator[None]:
    """A transaction within this goes straight into the file if it holds no entity yet."""
    if sql.execute("SELECT EXISTS (SELECT 1 FROM entity)").fetchone()[0]:
        yield
        return
    _use(sql, _STRAIGHT)
    try:
        yield
    finally:
        # Whatever there was to say of the transaction is said already, and it holds with either.
        with suppress(sqlite3.Error):
            use_log(sql)


def _use(sql: Connection, journal: str) -> None:
    (waits,) = sql.execute("PRAGMA busy_timeout").fetchone()
    sql.execute("PRAGMA busy_timeout = 0")
    try:
        sql.execute(f"PRAGMA journal_mode = {journal}")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
            raise
    finally:
        sql.execute(f"PRAGMA busy_timeout = {waits}")
