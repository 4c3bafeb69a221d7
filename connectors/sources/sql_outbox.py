"""Rows from an outbox table, which the vendor fills in the same transaction as the data (deploy/outbox/*.sql).

Each row holds the whole state of one entity as JSON, or says that it ended. A row is marked as published only when it
is durable here, and by its own number: a remembered highest number would lose the row that was committed late.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import sqlalchemy
from pydantic import Field
from sqlalchemy.exc import SQLAlchemyError

from connectors.contract.delivery import Delivery, Load
from connectors.contract.reading import Reading
from connectors.contract.row import Broken, Row
from connectors.contract.source import SourceOptions, Wanted
from connectors.contract.workplace import Workplace
from connectors.databases import away, open_database, read_only
from connectors.errors import Stop
from connectors.json_items import Unreadable, parse, row_of
from connectors.json_paths import Unmapped
from connectors.names import plain
from schemas.jobcenter import ConfigurationError

_AT_ONCE = 500  # Oracle takes at most 1000 values in a list
_OWN = ("seq", "source_id", "operation", "end_reason")


class Options(SourceOptions):
    """Which table."""

    url_env: str = Field(
        pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", description="variable that holds the SQLAlchemy URL, never the URL itself"
    )
    table: str = "jobhub_outbox"
    db_schema: str | None = Field(default=None, alias="schema")
    rows_max: int = Field(default=5000, ge=1, description="rows of one delivery")


class Source:
    """An outbox table in a database."""

    def __init__(self, name: str, options: Mapping[str, Any], wanted: Wanted, files: str | None, load: Load) -> None:
        self.name, self.wanted, self.load = name, wanted, load
        self.options = Options.model_validate(dict(options))
        if load != "delta":
            raise ConfigurationError(
                f"sources.{name}.load",
                "an outbox table tells changes: load must be delta",
                de="eine Outbox-Tabelle nennt Änderungen: load muss delta sein",
            )
        if "seq" not in wanted.columns:
            raise ConfigurationError(
                f"sources.{name}.version",
                "the table counts for you: say version: seq",
                de="die Tabelle zählt selbst: version: seq angeben",
            )
        columns: list[sqlalchemy.ColumnClause[Any]] = [
            sqlalchemy.column(name) for name in (*_OWN, "payload", "published_at")
        ]
        self._table = sqlalchemy.table(self.options.table, *columns, schema=self.options.db_schema)
        self._waiting: tuple[Delivery, list[int]] | None = None

    def open(self, workplace: Workplace) -> None:
        """See at the start whether variable and driver are there."""
        open_database(self.options.url_env).dispose()

    def close(self) -> None:
        """Nothing is held open."""

    def deliveries(self, folder: Path, until: date | None) -> list[Delivery]:
        """What is not marked as published yet, one delivery at a time."""
        if self._waiting is None:
            numbers = self._unpublished()
            if not numbers:
                return []
            # The same rows are the same delivery, after a crash too.
            digest = hashlib.sha256(repr(numbers).encode()).hexdigest()[:8]
            moment = f"{numbers[0]}-{numbers[-1]}-{digest}"
            today = datetime.now(UTC).date()
            self._waiting = (
                Delivery(self.name, self.options.table, None, None, today, self.load, moment),
                numbers,
            )
        return [self._waiting[0]]

    def read(self, delivery: Delivery) -> Reading:
        """The rows of a delivery that was listed."""
        if self._waiting is None or self._waiting[0].id != delivery.id:
            raise Stop("E304", f"{delivery.file} is a table, and no delivery of it waits")
        return OutboxReading(self, delivery, self._waiting[1])

    def settled(self, delivery: Delivery) -> None:
        """Mark its rows as published, each by its own number."""
        if self._waiting is None or self._waiting[0].id != delivery.id:
            return
        now = datetime.now(UTC)
        table = self._table
        engine = self.engine()
        try:
            with engine.begin() as connection:
                stamp = now.isoformat(" ", "seconds") if engine.dialect.name == "sqlite" else now
                for some in _in_lots(self._waiting[1]):
                    connection.execute(
                        sqlalchemy.update(table)
                        .values(published_at=stamp)
                        .where(table.c.seq.in_(some), table.c.published_at.is_(None))
                    )
        except SQLAlchemyError as error:
            raise away(error, self.options.table) from None
        finally:
            engine.dispose()
        self._waiting = None

    def engine(self) -> sqlalchemy.Engine:
        """The database, not yet connected."""
        return open_database(self.options.url_env)

    def rows(self, numbers: list[int]) -> Iterator[tuple[Any, ...]]:
        """Own columns and payload of these rows, in the order of their numbers."""
        table, engine = self._table, self.engine()
        columns = [table.c[name] for name in (*_OWN, "payload")]
        try:
            with engine.connect() as opened:
                connection = read_only(opened)
                for some in _in_lots(numbers):
                    statement = sqlalchemy.select(*columns).where(table.c.seq.in_(some)).order_by(table.c.seq)
                    yield from (tuple(row) for row in connection.execute(statement).all())
        except SQLAlchemyError as error:
            raise away(error, self.options.table) from None
        finally:
            engine.dispose()

    def listing(self) -> sqlalchemy.Select[Any]:
        """The statement that lists what waits."""
        table = self._table
        return (
            sqlalchemy.select(table.c.seq)
            # SQL Server would wait for rows whose transaction is still open; they are listed when it is over.
            .with_hint(table, "WITH (READPAST)", "mssql")
            .where(table.c.published_at.is_(None))
            .order_by(table.c.seq)
            .limit(self.options.rows_max)
        )

    def _unpublished(self) -> list[int]:
        engine = self.engine()
        try:
            with engine.connect() as opened:
                return [int(number) for number in read_only(opened).execute(self.listing()).scalars()]
        except SQLAlchemyError as error:
            raise away(error, self.options.table) from None
        finally:
            engine.dispose()


class OutboxReading:
    """One delivery of the table being read. A row's line is its place in the delivery."""

    def __init__(self, source: Source, delivery: Delivery, numbers: list[int]) -> None:
        self.load, self.complete, self.unmapped = delivery.load, False, list[str]()
        self.description = f"outbox, {source.options.table}"
        self._source, self._numbers = source, numbers

    def __iter__(self) -> Iterator[Row | Broken]:
        wanted = self._source.wanted
        unmapped = Unmapped(wanted)
        # A mapping with an action of its own judges the ends itself, with their reason.
        judges = "operation" in wanted.columns
        for line, (*own, payload) in enumerate(self._source.rows(self._numbers), start=1):
            told = dict(zip(_OWN, own, strict=True))
            told["operation"] = str(told["operation"]).strip()
            ends = told["operation"] == "E"
            yield _row(line, told, payload, wanted, unmapped, ends=ends and not judges)
        self.unmapped = [plain(name) for name in unmapped.names()]
        self.complete = True


def _row(
    line: int, told: dict[str, Any], payload: Any, wanted: Wanted, unmapped: Unmapped, *, ends: bool
) -> Row | Broken:
    own = {name: told[name] for name in _OWN if name in wanted.columns}
    if payload is None or not str(payload).strip():
        return Row(line, {**dict.fromkeys(wanted.columns), **own}, ends)
    try:
        item = parse(payload if isinstance(payload, bytes) else str(payload).encode("utf-8", "surrogateescape"))
    except Unreadable as error:
        return _broken(line, "E108" if error.code == "E305" else "E215", None, own, wanted)
    unmapped.note(item)
    found = row_of(line, item, wanted)
    if isinstance(found, Broken):
        return _broken(line, found.code, found.column, own, wanted)
    return Row(line, {**found.values, **own}, ends)


def _broken(line: int, code: str, column: str | None, own: dict[str, Any], wanted: Wanted) -> Broken:
    key = {name: own[name] for name in wanted.key if name in own}
    return Broken(line, code, column, key if len(key) == len(wanted.key) else None)


def _in_lots(numbers: list[int]) -> Iterator[list[int]]:
    for begin in range(0, len(numbers), _AT_ONCE):
        yield numbers[begin : begin + _AT_ONCE]
