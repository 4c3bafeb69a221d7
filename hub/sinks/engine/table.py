"""Reads what a table knows of some keys and writes winners: by binary COPY if all of them are new, otherwise by binary
COPY into a staging table and one guarded upsert.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from psycopg import AsyncConnection, sql
from psycopg.errors import UniqueViolation
from sqlalchemy import Column, Table
from sqlalchemy.dialects import postgresql

from hub.sinks.engine.progress import Fenced
from hub.sinks.engine.target import Item, Key, Row, State, Target, filled_later, written

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]
FORGOTTEN = -1
"""First part of the order of a row that binds nobody any more: whatever comes is newer."""

# Signature, flags, length of an extension; and a row of -1 cells. https://www.postgresql.org/docs/current/sql-copy.html
_COPY_BEGINS, _COPY_ENDS = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"


class TargetTable:
    """A target on one connection. `open` first; it makes the staging table, which lives as long as the connection.

    `server_works` is set when the server is given the statement that takes it long: time to read the next batch.
    """

    def __init__(self, target: Target, server_works: asyncio.Event) -> None:
        self.target, self.server_works = target, server_works
        self._columns = written(target.table)
        self._stage = sql.Identifier(f"stage_{target.table.schema}_{target.table.name}")
        self._select = _select(target)
        self._upsert = upsert(target, self._columns, self._stage)
        self._forget = _forget(target)
        self._types: dict[Table, list[int]] = {}

    async def open(self, connection: AsyncConnection) -> None:
        """Make the staging table, and ask the server for the types of all columns we copy into."""
        await connection.execute(
            sql.SQL("CREATE TEMP TABLE {} (LIKE {} INCLUDING STORAGE) ON COMMIT DELETE ROWS").format(
                self._stage, _name(self.target.table)
            )
        )
        for table in (self.target.table, *(child.table for child in self.target.children)):
            asked = await connection.execute(
                sql.SQL("SELECT {} FROM {} LIMIT 0").format(_names(written(table)), _name(table))
            )
            self._types[table] = [column.type_code for column in asked.description or ()]

    async def states(self, connection: AsyncConnection, keys: Sequence[Key]) -> dict[Key, State]:
        """What the table knows of the keys; a key it does not know is absent."""
        asked = list(dict.fromkeys(keys))
        if not asked:
            return {}
        found = await connection.execute(self._select, [list(parts) for parts in zip(*asked, strict=True)])
        ends = len(self.target.key), len(self.target.key) + len(self.target.order)
        return {
            tuple(row[: ends[0]]): State(tuple(row[ends[0] : ends[1]]), bytes(row[ends[1]]), row[ends[1] + 1])
            for row in await found.fetchall()
        }

    async def forget(self, connection: AsyncConnection, keys: Sequence[Key]) -> set[Key]:
        """Of these keys those whose rows tell of an end: from now on any version may replace them, but they stay.

        Figures are made of them, and whoever follows an old link reads that the job is gone.
        """
        if self._forget is None or not keys:
            return set()
        done = await connection.execute(self._forget, [list(parts) for parts in zip(*keys, strict=True)])
        return {tuple(row) for row in await done.fetchall()}

    async def write(self, connection: AsyncConnection, winners: Sequence[Item], *, all_new: bool) -> None:
        """Write one row for each winner, and its further rows. `all_new`: the table knows none of their keys.

        Raises:
            Fenced: a row was newer than we just read it: somebody else writes this table.
        """
        if not winners:
            return
        await (self._insert if all_new else self._replace)(connection, winners)
        for place, child in enumerate(self.target.children):
            if child.replaced_by is not None:
                shared = self.target.key.index(child.replaced_by)
                await connection.execute(
                    sql.SQL("DELETE FROM {} WHERE {} = ANY(%s)").format(
                        _name(child.table), sql.Identifier(child.replaced_by)
                    ),
                    ([item.key[shared] for item in winners],),
                )
            further = [row for item in winners for row in (item.rows[place] if item.rows else ())]
            packed = [item.packed[place + 1] for item in winners if item.packed is not None]
            await self._copy(connection, _name(child.table), child.table, packed, further)

    async def _insert(self, connection: AsyncConnection, winners: Sequence[Item]) -> None:
        """The quicker way, for first loads: no row is there that could be newer, and the key would tell."""
        self.server_works.set()
        try:
            await self._copy_winners(connection, _name(self.target.table), winners)
        except UniqueViolation as error:
            raise Fenced(f"{self.target.table.fullname}: a row that was not there is there") from error

    async def _replace(self, connection: AsyncConnection, winners: Sequence[Item]) -> None:
        await self._copy_winners(connection, self._stage, winners)
        self.server_works.set()
        done = await connection.execute(self._upsert)
        if done.rowcount != len(winners):
            raise Fenced(f"{self.target.table.fullname}: {done.rowcount} of {len(winners)} rows written")

    async def _copy_winners(self, connection: AsyncConnection, into: sql.Composable, winners: Sequence[Item]) -> None:
        order = self.target.order
        rows = [
            {**item.row, "fingerprint": item.fingerprint, **dict(zip(order, item.order or (), strict=True))}
            for item in winners
            if item.packed is None
        ]
        packed = [item.packed[0] for item in winners if item.packed is not None]
        await self._copy(connection, into, self.target.table, packed, rows)

    async def empty_stage(self, connection: AsyncConnection) -> None:
        """Forget what was staged; a commit does so by itself."""
        await connection.execute(sql.SQL("DELETE FROM {}").format(self._stage))

    async def _copy(
        self,
        connection: AsyncConnection,
        into: sql.Composable,
        table: Table,
        packed: Sequence[bytes],
        rows: Sequence[Row],
    ) -> None:
        """Two ways to the same end: bytes that are ready, and rows that psycopg makes bytes of."""
        columns = written(table)
        command = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(into, _names(columns))
        if packed:
            async with connection.cursor().copy(command) as copy:
                await copy.write(b"".join((_COPY_BEGINS, *packed, _COPY_ENDS)))
        if rows:
            names = [column.name for column in columns]
            async with connection.cursor().copy(command) as copy:
                copy.set_types(self._types[table])
                for row in rows:
                    await copy.write_row([row.get(name) for name in names])


def upsert(target: Target, columns: Sequence[Column[Any]], stage: sql.Composable) -> sql.Composed:
    """The statement that moves staged rows into the table, guarded so that nothing newer is overwritten."""
    head = sql.SQL("INSERT INTO {} AS present ({}) SELECT {} FROM {} ON CONFLICT ({}) ").format(
        _name(target.table), _names(columns), _names(columns), stage, _identifiers(target.key)
    )
    if not target.order:
        return head + sql.SQL("DO NOTHING")
    stays = {*target.key, *target.keep}
    given = [
        sql.SQL("{0} = excluded.{0}").format(sql.Identifier(column.name))
        for column in columns
        if column.name not in stays
    ]
    emptied = [sql.SQL("{} = NULL").format(sql.Identifier(column.name)) for column in filled_later(target.table)]
    changes = sql.SQL(", ").join((*given, *emptied))
    return head + sql.SQL("DO UPDATE SET {} WHERE ({}) < ({})").format(
        changes, _identifiers(target.order, "present"), _identifiers(target.order, "excluded")
    )


def _select(target: Target) -> sql.Composed:
    has_offset = "record_offset" in target.table.columns
    return sql.SQL("SELECT {}, {} FROM {} JOIN {} USING ({})").format(
        _identifiers((*target.key, *target.order, "fingerprint")),
        sql.SQL("record_offset" if has_offset else "0"),
        _name(target.table),
        _asked(target),
        _identifiers(target.key),
    )


def _forget(target: Target) -> sql.Composed | None:
    """None: nothing in this table ends."""
    if not target.order or "ended" not in target.table.columns:
        return None
    return sql.SQL("UPDATE {} AS known SET {} = {} FROM {} WHERE ({}) = ({}) AND ended RETURNING {}").format(
        _name(target.table),
        sql.Identifier(target.order[0]),
        sql.Literal(FORGOTTEN),
        _asked(target),
        _identifiers(target.key, "known"),
        _identifiers(target.key, "asked"),
        _identifiers(target.key, "known"),
    )


def _asked(target: Target) -> sql.Composed:
    key_types = [column.type.compile(dialect=_DIALECT) for column in target.table.primary_key.columns]
    columns = sql.SQL(", ").join(sql.SQL("%s::" + kind + "[]") for kind in key_types)
    return sql.SQL("unnest({}) AS asked ({})").format(columns, _identifiers(target.key))


def _name(table: Table) -> sql.Identifier:
    return sql.Identifier(str(table.schema), table.name)


def _names(columns: Sequence[Column[Any]]) -> sql.Composed:
    return _identifiers([column.name for column in columns])


def _identifiers(names: Sequence[str], of: str | None = None) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(of, name) if of else sql.Identifier(name) for name in names)
