"""A moment of the database: as long as it is the same one, every search finds what it found.

It is the snapshot that PostgreSQL reads by: which transactions had ended. Whatever writes, be it a sink, the matcher or
somebody by hand, ends a transaction and so ends the moment; nobody has to raise a mark, so nobody can forget to.
A transaction that is under way belongs to the next moment, however long ago it wrote. Writing anywhere in the cluster
ends the moment too: it is shorter than it had to be, never longer.
"""

from __future__ import annotations

from typing import Any, LiteralString

from psycopg import AsyncConnection

# A standby does not tell all transactions that are under way, so there are no moments to be had of it.
MOMENT: LiteralString = "CASE WHEN NOT pg_is_in_recovery() THEN pg_current_snapshot()::text END"
"""The moment that the statement sees in which it stands; NULL if there is none to be had."""

_ASK: LiteralString = f"SELECT {MOMENT}"


async def moment_of(connection: AsyncConnection[Any]) -> str | None:
    """The moment it is now."""
    row = await (await connection.execute(_ASK)).fetchone()
    return row[0] if row else None
