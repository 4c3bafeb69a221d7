"""Rows from a database view or query, read only and by column name: a column nobody mapped is never selected."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import sqlalchemy
from pydantic import Field, model_validator
from sqlalchemy.exc import NoSuchTableError, SQLAlchemyError

from connectors import watermark
from connectors.contract.delivery import Delivery, Load
from connectors.contract.row import Broken, Row
from connectors.contract.source import SourceOptions, Wanted
from connectors.contract.workplace import Workplace
from connectors.databases import away, open_database, read_only, shown_name
from connectors.errors import Stop
from connectors.file_source import FileSource
from connectors.header import place_columns, unmapped_columns
from connectors.names import heading
from connectors.regular_file import regular_file
from connectors.spool import Spool
from schemas.faults import Wrong

_ROWS_AT_ONCE = 1000
_ONE_SELECT = re.compile(r"\s*SELECT\b[^;]*", re.IGNORECASE)


class Options(SourceOptions):
    """Which database. `files` of the source names SQLite files, one a day; otherwise `url_env` names a variable."""

    view: str | None = None
    query: str | None = Field(default=None, description="one SELECT without ORDER BY, in place of a view")
    db_schema: str | None = Field(default=None, alias="schema")
    url_env: str | None = Field(
        default=None, description="variable that holds the SQLAlchemy URL, never the URL itself"
    )
    every_minutes: int = Field(default=60, ge=1, description="how often a database is asked")
    changed: str | None = Field(default=None, description="column with the time of the last change of a row")
    overlap_minutes: int = Field(default=10, ge=1, description="how far back before the latest time seen")
    full_every_hours: int = Field(default=24, ge=1, description="load: full with `changed`: how often all is compared")
    megabytes_max: int = Field(default=2000, ge=1)

    @model_validator(mode="after")
    def _hold_together(self) -> Self:
        if self.url_env and "/" in self.url_env:
            raise Wrong(
                "url_env is the name of an environment variable, not a URL",
                de="url_env ist der Name einer Umgebungsvariablen, keine URL",
            )
        if (self.view is None) == (self.query is None):
            raise Wrong("give either view or query", de="entweder view oder query angeben")
        if self.query is not None and not _ONE_SELECT.fullmatch(self.query):
            raise Wrong(
                "query must be one SELECT without a semicolon", de="query muss ein einzelnes SELECT ohne Semikolon sein"
            )
        if self.changed and not self.url_env:
            raise Wrong(
                "changed needs url_env: a file is read as a whole",
                de="changed braucht url_env: eine Datei wird ganz gelesen",
            )
        return self

    @property
    def title(self) -> str:
        """What is read, in a word."""
        return self.view or "query"


class Source(FileSource):
    """A view in a database, or in one SQLite file a day."""

    def __init__(self, name: str, options: Mapping[str, Any], wanted: Wanted, files: str | None, load: Load) -> None:
        super().__init__(name, wanted, files, load)
        self.options = Options.model_validate(dict(options))
        self._from_files = self.options.url_env is None
        self._memory: Spool | None = None
        self._reading: tuple[str, SqlReading] | None = None

    def open(self, workplace: Workplace) -> None:
        """See at the start whether variable and driver are there."""
        super().open(workplace)
        self._memory = Spool(workplace.private)
        if not self._from_files:
            open_database(str(self.options.url_env)).dispose()

    def deliveries(self, folder: Path, until: date | None) -> list[Delivery]:
        """SQLite files; of a database one delivery for each period, named by its beginning."""
        if self._from_files:
            return super().deliveries(folder, until)
        now = datetime.now(UTC)
        period = timedelta(minutes=self.options.every_minutes)
        begin = datetime.fromtimestamp(now.timestamp() // period.total_seconds() * period.total_seconds(), UTC)
        moment = begin.strftime("%Y-%m-%dT%H-%M")
        return [Delivery(self.name, self.options.title, None, None, begin.date(), self._load(now), moment)]

    def read(self, delivery: Delivery) -> SqlReading:
        """Connect."""
        if self._from_files:
            path = regular_file(delivery, self.options.megabytes_max << 20)
            engine = sqlalchemy.create_engine("sqlite://", creator=lambda: _open_sqlite(path))
        else:
            engine = open_database(str(self.options.url_env))
        since = self._latest() if delivery.load == "delta" else None
        reading = SqlReading(delivery, engine, self.options, self.wanted, since, waits=not self._from_files)
        self._reading = (delivery.id, reading)
        return reading

    def settled(self, delivery: Delivery) -> None:
        """What was read is durable: only now the next reading may begin later."""
        if self._memory is None or self.options.changed is None or self._reading is None:
            return
        of, reading = self._reading
        if of != delivery.id:
            return  # taken by a process that is no more; read once more from the earlier time
        facts = self._memory.recall()
        if reading.latest is not None:
            facts["latest"] = watermark.written(reading.latest)
        if reading.since is None:
            facts["full_at"] = datetime.now(UTC).isoformat()
        self._memory.remember(facts)

    def _latest(self) -> watermark.Stamp | None:
        facts = self._memory.recall() if self._memory and self.options.changed else {}
        return watermark.read(facts["latest"]) if "latest" in facts else None

    def _load(self, now: datetime) -> Load:
        if self.options.changed is None or self._latest() is None or self._memory is None:
            return self.load
        full_at = datetime.fromisoformat(self._memory.recall().get("full_at", "1970-01-01T00:00:00+00:00"))
        is_due = now - full_at >= timedelta(hours=self.options.full_every_hours)
        return "full" if self.load == "full" and is_due else "delta"


class SqlReading:
    """One pass over the view."""

    def __init__(
        self,
        delivery: Delivery,
        engine: sqlalchemy.Engine,
        options: Options,
        wanted: Wanted,
        since: watermark.Stamp | None,
        *,
        waits: bool,
    ) -> None:
        self.load, self.complete, self.unmapped = delivery.load, False, list[str]()
        self.description = f"{engine.dialect.name}, {options.title}"
        self.since = self.latest = since
        self._file, self._engine, self._options, self._wanted, self._waits = (
            delivery.file,
            engine,
            options,
            wanted,
            waits,
        )

    def __iter__(self) -> Iterator[Row | Broken]:
        try:
            with self._engine.connect() as opened:
                connection = read_only(opened).execution_options(stream_results=True, yield_per=_ROWS_AT_ONCE)
                names = _names(connection, self._options)
                headings = [heading(shown_name(self._engine, name)) for name in names]
                places = place_columns(headings, self._wanted, self._file)
                self.unmapped = [
                    name
                    for name in unmapped_columns(headings, self._wanted)
                    if name != heading(self._options.changed or "")
                ]
                number, now = 0, datetime.now(UTC)
                statement, is_changed = self._statement(names, headings, places)
                with connection.execute(statement) as result:
                    for number, cells in enumerate(result, start=1):
                        if is_changed:
                            self.latest = watermark.later(self.latest, cells[-1], now)
                        # The time of change, if any, comes behind the others and is not handed out.
                        yield Row(number, dict(zip(places, cells, strict=False)))
                self.complete = number > 0 or self.since is not None
        except NoSuchTableError:
            raise Stop("E303", f"{self._file}: no view {self._options.view!r}") from None
        except ValueError:
            raise Stop("E303", f"{self._file}: {self._options.changed!r} holds no times") from None
        except SQLAlchemyError as error:
            self._failed(error)
        finally:
            self._engine.dispose()

    def _statement(
        self, names: list[str], headings: list[str], places: dict[str, int]
    ) -> tuple[sqlalchemy.Select[Any], bool]:
        columns: dict[str, sqlalchemy.ColumnClause[Any]] = {
            name: sqlalchemy.column(names[at]) for name, at in places.items()
        }
        options = self._options
        origin: sqlalchemy.FromClause
        if options.view is not None:
            origin = sqlalchemy.table(options.view, *columns.values(), schema=options.db_schema)
        else:
            origin = _subquery(options)
        statement = sqlalchemy.select(*columns.values()).select_from(origin)
        if options.changed is not None:
            stamp = heading(options.changed)
            if stamp not in headings:
                raise Stop("E303", f"{self._file}: no column {options.changed!r}")
            changed: sqlalchemy.ColumnClause[Any] = sqlalchemy.column(names[headings.index(stamp)])
            statement = statement.add_columns(changed.label("jobhub_changed"))
            if self.since is not None:
                begin = watermark.begin(self.since, timedelta(minutes=options.overlap_minutes))
                # Not later than the latest, but not earlier either: equal times and late commits are read again.
                statement = statement.where(sqlalchemy.or_(changed >= begin, changed.is_(None)))
        # In a fixed order, so that a row keeps its number from one reading to the next.
        return statement.order_by(*(columns[name] for name in self._wanted.key)), options.changed is not None

    def _failed(self, error: SQLAlchemyError) -> None:
        if self._waits:
            raise away(error, self._file) from None
        kind = type(getattr(error, "orig", None) or error).__name__
        raise Stop("E304", f"{self._file} is not a readable database ({kind})") from None


def columns_of(options: Options) -> list[str]:
    """Columns of the view or query in a database, as its own tools show them.

    Raises:
        Stop: E303 there is no such view, E403 it may not be read, E701 or E404 the variable is not as it should be.
        Retry: E404 the database is away.
    """
    engine = open_database(str(options.url_env))
    try:
        with engine.connect() as connection:
            return [heading(shown_name(engine, name)) for name in _names(read_only(connection), options)]
    except NoSuchTableError:
        raise Stop("E303", f"there is no view {options.view!r}") from None
    except SQLAlchemyError as error:
        raise away(error, options.title) from None
    finally:
        engine.dispose()


def _names(connection: sqlalchemy.Connection, options: Options) -> list[str]:
    """Names of the columns, as SQLAlchemy knows them."""
    if options.view is not None:
        found = sqlalchemy.inspect(connection).get_columns(options.view, schema=options.db_schema)
        return [str(column["name"]) for column in found]
    nothing = sqlalchemy.select(sqlalchemy.text("*")).select_from(_subquery(options)).where(sqlalchemy.text("1=0"))
    with connection.execute(nothing) as result:
        return list(result.keys())


def _subquery(options: Options) -> sqlalchemy.FromClause:
    # A colon in the query is a colon, not a parameter of ours.
    text = sqlalchemy.text(str(options.query).replace(":", r"\:"))
    return text.columns().subquery("jobhub_query")


def _open_sqlite(path: Path) -> sqlite3.Connection:
    """Open a file so that nothing can be written to it, not even a lock or a journal beside it."""
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
    # Text that is not UTF-8 rejects its row, not the whole delivery.
    connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
    connection.execute("PRAGMA query_only=ON")
    return connection
