"""Rows from a database view, read only and by column name: a column nobody mapped is never selected."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import sqlalchemy
from pydantic import Field, model_validator
from sqlalchemy.exc import DBAPIError, NoSuchTableError, SQLAlchemyError

from connectors.base import (
    Broken,
    Delivery,
    FileSource,
    Load,
    Row,
    SourceOptions,
    Wanted,
    heading,
    place_columns,
    regular_file,
    unmapped_columns,
)
from connectors.errors import Retry, Stop

_ROWS_AT_ONCE = 1000


class Options(SourceOptions):
    """Which database. `files` of the source names SQLite files, one a day; otherwise `url_env` names a variable."""

    view: str
    db_schema: str | None = Field(default=None, alias="schema")
    url_env: str | None = Field(
        default=None, description="variable that holds the SQLAlchemy URL, never the URL itself"
    )
    every_minutes: int = Field(default=60, ge=1, description="how often a database is asked")
    megabytes_max: int = Field(default=2000, ge=1)

    @model_validator(mode="after")
    def _name_of_a_variable(self) -> Self:
        if self.url_env and "/" in self.url_env:
            raise ValueError("url_env is the name of an environment variable, not a URL")
        return self


class Source(FileSource):
    """A view in a database, or in one SQLite file a day."""

    def __init__(self, name: str, options: Mapping[str, Any], wanted: Wanted, files: str | None, load: Load) -> None:
        super().__init__(name, wanted, files, load)
        self.options = Options.model_validate(dict(options))
        self._from_files = self.options.url_env is None

    def deliveries(self, folder: Path, until: date | None) -> list[Delivery]:
        """SQLite files; of a database one delivery for each period, named by its beginning."""
        if self._from_files:
            return super().deliveries(folder, until)
        now = datetime.now(UTC)
        period = timedelta(minutes=self.options.every_minutes)
        begin = datetime.fromtimestamp(now.timestamp() // period.total_seconds() * period.total_seconds(), UTC)
        moment = begin.strftime("%Y-%m-%dT%H-%M")
        return [Delivery(self.name, self.options.view, None, None, begin.date(), self.load, moment)]

    def read(self, delivery: Delivery) -> SqlReading:
        """Connect."""
        if self._from_files:
            path = regular_file(delivery, self.options.megabytes_max << 20)
            engine = sqlalchemy.create_engine("sqlite://", creator=lambda: _open_sqlite(path))
        else:
            variable = str(self.options.url_env)
            if variable not in os.environ:
                raise Stop("E404", f"the variable {variable} is not set")
            engine = sqlalchemy.create_engine(os.environ[variable])
        return SqlReading(delivery, engine, self.options, self.wanted, waits=not self._from_files)


class SqlReading:
    """One pass over the view."""

    def __init__(
        self, delivery: Delivery, engine: sqlalchemy.Engine, options: Options, wanted: Wanted, *, waits: bool
    ) -> None:
        self.load, self.complete, self.unmapped = delivery.load, False, list[str]()
        self.description = f"{engine.dialect.name}, {options.view}"
        self._file, self._engine, self._options, self._wanted, self._waits = (
            delivery.file,
            engine,
            options,
            wanted,
            waits,
        )

    def __iter__(self) -> Iterator[Row | Broken]:
        options = self._options
        try:
            names = [
                str(column["name"])
                for column in sqlalchemy.inspect(self._engine).get_columns(options.view, schema=options.db_schema)
            ]
            headings = [heading(name) for name in names]
            places = place_columns(headings, self._wanted, self._file)
            self.unmapped = unmapped_columns(headings, self._wanted)
            with self._engine.connect().execution_options(stream_results=True, yield_per=_ROWS_AT_ONCE) as connection:
                number = 0
                for number, cells in enumerate(connection.execute(self._statement(names, places)), start=1):
                    yield Row(number, dict(zip(places, cells, strict=True)))
                self.complete = number > 0
        except NoSuchTableError:
            raise Stop("E303", f"{self._file}: no view {options.view!r}") from None
        except SQLAlchemyError as error:
            # The driver's text may quote values or the URL; its kind says enough.
            self._failed(error)
        finally:
            self._engine.dispose()

    def _statement(self, names: list[str], places: dict[str, int]) -> sqlalchemy.Select[Any]:
        columns: dict[str, sqlalchemy.ColumnClause[Any]] = {
            name: sqlalchemy.column(names[at]) for name, at in places.items()
        }
        view = sqlalchemy.table(self._options.view, *columns.values(), schema=self._options.db_schema)
        # In a fixed order, so that a row keeps its number from one reading to the next.
        return (
            sqlalchemy.select(*columns.values())
            .select_from(view)
            .order_by(*(columns[name] for name in self._wanted.key))
        )

    def _failed(self, error: SQLAlchemyError) -> None:
        kind = type(error.orig).__name__ if isinstance(error, DBAPIError) and error.orig else type(error).__name__
        if self._waits:
            raise Retry("E404", f"database of {self._file}: {kind}") from None
        raise Stop("E304", f"{self._file} is not a readable database ({kind})") from None


def _open_sqlite(path: Path) -> sqlite3.Connection:
    """Open a file so that nothing can be written to it, not even a lock or a journal beside it."""
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
    # Text that is not UTF-8 rejects its row, not the whole delivery.
    connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
    connection.execute("PRAGMA query_only=ON")
    return connection
