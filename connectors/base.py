"""What a source of rows promises. The words here are the contract; each source type is one file in sources/."""

from __future__ import annotations

import os
import re
import stat
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date
from operator import itemgetter
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict

from connectors.errors import Retry, Stop
from connectors.file_hashes import FileHashes

Load = Literal["full", "delta"]
_DAY = re.compile(r"(?<![0-9])(20[0-9]{2})(-?)([0-9]{2})\2([0-9]{2})(?![0-9])")
FOLDER_AGAIN_SECONDS = 30.0


class SourceOptions(BaseModel):
    """Options of a source type. An option nobody knows is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(slots=True)  # not frozen: of these there are millions, and frozen ones take thrice as long to make
class Row:
    """One row: the values of the mapped columns only, as the format gives them, and its place.

    `line` counts from 1 as a person does who opens the file: the physical line, the spreadsheet row, the
    number of the record. `ends` marks a row that only says that the entity is gone. `mark` is a fingerprint of all
    that is said here and of how it is read, if the source has a cheaper one than that of the values.
    """

    line: int
    values: Mapping[str, Any]
    ends: bool = False
    mark: bytes | None = None


class Cells(Mapping[str, Any]):
    """Cells of a row by the names of their columns. Most rows are looked at by column, and need no dictionary."""

    __slots__ = ("cells", "places")

    def __init__(self, places: Mapping[str, int], cells: Sequence[Any]) -> None:
        """`places` is where in `cells` a column's cell stands, the same object for all rows of a file."""
        self.places, self.cells = places, cells

    def __getitem__(self, name: str) -> Any:
        return self.cells[self.places[name]]

    def __iter__(self) -> Iterator[str]:
        return iter(self.places)

    def __len__(self) -> int:
        return len(self.places)


@dataclass(slots=True)
class Unread:
    """Rows in lines that follow each other and whose marks are known: they say what they said before.

    One is read after all where that does not settle it.
    """

    line: int
    """Of the first one."""
    raws: Sequence[bytes]
    marks: Sequence[bytes]


@dataclass(slots=True)
class SplitLines:
    """Rows in lines that follow each other, split into columns all at once and not read one by one.

    One is read after all where the fast way is in doubt about it.
    """

    line: int
    """Of the first one."""
    raws: Sequence[bytes]
    marks: Sequence[bytes]
    columns: Mapping[str, Any]
    """Cells by the name of their column (`pyarrow.StringArray`)."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A row that could not be read. `values` holds the key columns that were readable all the same.

    `bounds_known` is False when something else may be hidden in it; such a delivery is not complete.
    """

    line: int
    code: str
    column: str | None = None
    values: Mapping[str, Any] | None = None
    bounds_known: bool = True


@dataclass(frozen=True, slots=True)
class Delivery:
    """A file (or a database view at a moment) that waits to be read."""

    source: str
    file: str
    path: Path | None
    sha256: str | None
    day: date | None
    load: Load
    moment: str | None = None

    @property
    def id(self) -> str:
        """Identifier within the Jobcenter; other content under the same name is another delivery."""
        return f"{self.source}/{self.file}/{self.moment or (self.sha256 or '')[:8]}"

    @property
    def order(self) -> tuple[date, str]:
        """Deliveries are read by day; a file without a date in its name counts as the first day."""
        return (self.day or date.min, self.file)


class Reading(Protocol):
    """A delivery being read. Iterated once; what it says about the whole holds after the last row."""

    complete: bool
    """The end of the file was there and agrees with what was read. Only then may absence mean an end."""
    load: Load
    """Kind of delivery; a file that says so itself overrules the configuration."""
    unmapped: list[str]
    """Columns nobody mapped. Nothing below their header was looked at."""
    description: str
    """Format in a few words, for `jobhub check`."""

    def __iter__(self) -> Iterator[Row | Broken | Unread | SplitLines]: ...


@runtime_checkable
class HashesItself(Protocol):
    """A reading that hashes the very bytes it reads."""

    sha256: str | None
    """Of the whole delivery, after the last row; None if that is not known."""


@runtime_checkable
class PassesOver(Protocol):
    """A reading that need not read what it knows by its mark."""

    def pass_over(self, known: Set[bytes], meaning: bytes) -> None:
        """Hand out rows as `Unread` if their mark is known. Called before the first row.

        Args:
            known: marks of rows.
            meaning: fingerprint of everything outside the file that a row's meaning depends on.
        """

    def read_after_all(self, line: int, raw: bytes, mark: bytes) -> Row | Broken:
        """The row of a line that was handed out unread, or split with others."""


@runtime_checkable
class SplitsLines(Protocol):
    """A reading that passes over what it knows, and can split many lines at once."""

    def split_lines(self) -> None:
        """Hand out lines as `SplitLines` where that can be done. Called after `pass_over`."""


@runtime_checkable
class CountsItems(Protocol):
    """A reading that may number rows by item, since its format has no lines by which a person would find them."""

    counts_items: bool
    """Whether `Row.line` is such a number."""


Examine = Callable[[Sequence["Row | Broken"]], "list[tuple[str, str | None] | None]"]
"""Tells of each row the code and column it would be refused with, or None. Nothing is remembered of it."""


@dataclass(frozen=True, slots=True)
class Workplace:
    """What the runner lends a source while it runs."""

    private: Path
    """A folder of this source alone, beside the state file and kept between runs. It need not exist yet."""
    examine: Examine
    hashes: FileHashes = field(default_factory=FileHashes)
    """What the files of this source hash to."""
    listens: bool = True
    """False in a dry run: no port is opened."""


class Source(Protocol):
    """Rows from one kind of delivery.

    The runner calls `deliveries` again and again; it lists what lies there and reads no row. Each delivery not
    yet done goes to `read`, oldest day first. A row that cannot be read is handed out as `Broken`, never raised.
    `read` and the iteration may raise `Stop` (the file is refused as a whole, nothing of it is kept) or `Retry`
    (the other side is away; the same delivery is asked for again). A source knows no Kafka and no state.

    A source that fetches from elsewhere is told more. `open` comes once before all else when the connector runs;
    it raises `Stop` for what can be known at the start (no password, no driver). `deliveries` may fetch, and may raise
    `Retry` or `Stop`, which stops no other source. `settled` is called when all a delivery leads to is durable
    here, and again after a crash or a `Retry` in between: only now the other side may forget it. `close` comes last.
    `jobhub check` calls none of them, only `read`.
    """

    def __init__(
        self, name: str, options: Mapping[str, Any], wanted: Wanted, files: str | None, load: Load
    ) -> None: ...

    def deliveries(self, folder: Path, until: date | None) -> list[Delivery]: ...

    def read(self, delivery: Delivery) -> Reading: ...

    def open(self, workplace: Workplace) -> None: ...

    def settled(self, delivery: Delivery) -> None: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """The allow-list: which columns are read at all, which of them make the key, which are left out on purpose."""

    columns: tuple[str, ...]
    key: tuple[str, ...]
    ignore: tuple[str, ...] = ()


class FileSource:
    """What all sources that read files from a folder have in common: finding them."""

    def __init__(self, name: str, wanted: Wanted, files: str | None, load: Load) -> None:
        self.name, self.wanted, self.files, self.load = name, wanted, files or "*", load
        self._hashes = FileHashes()

    def open(self, workplace: Workplace) -> None:
        """From now on files that were read before a restart are known. Otherwise they lie in the folder, as they do."""
        self._hashes = workplace.hashes

    def settled(self, delivery: Delivery) -> None:
        """Nothing to tell: a file stays where it is."""

    def close(self) -> None:
        """Nothing is held open."""

    def deliveries(self, folder: Path, until: date | None) -> list[Delivery]:
        """Files of the folder that fit the pattern, oldest day first.

        A link or device fits too and is refused when it is read, so that somebody hears of it.

        Raises:
            Retry: E713 the folder cannot be looked into: a share that is away, or a right that is missing.
        """
        try:
            with os.scandir(folder) as entries:  # glob keeps silent about it, and nothing lying there looks the same
                next(entries, None)
        except OSError as error:
            raise Retry("E713", f"{folder}: {error.strerror or type(error).__name__}", FOLDER_AGAIN_SECONDS) from None
        found, names = [], set[str]()
        for path in sorted(folder.glob(self.files)):
            name = path.relative_to(folder).as_posix()
            names.add(name)
            day = day_of(path.name)
            is_folder = path.is_dir() and not path.is_symlink()
            if is_folder or path.name.startswith((".", "~$")) or (until and day and day > until):
                continue
            found.append(Delivery(self.name, plain(path.name), path, self._hashes.of(path, name), day, self.load))
        self._hashes.keep_only(names)
        return sorted(found, key=lambda delivery: delivery.order)


def day_of(name: str) -> date | None:
    """Date in a file name, written YYYY-MM-DD or YYYYMMDD."""
    for year, _, month, day in _DAY.findall(name):
        try:
            return date(int(year), int(month), int(day))
        except ValueError:
            continue
    return None


def regular_file(delivery: Delivery, limit_bytes: int) -> Path:
    """The path of a delivery, if it is an ordinary file of a sensible size.

    Raises:
        Stop: E307 link, device or pipe; E308 too large; E304 gone; E312 a name that can forge a log line.
        OSError: it cannot be opened, since another program holds it or a right is missing.
    """
    path = delivery.path
    if path is None:
        raise Stop("E304", f"{delivery.file} has no path")
    if not path.name.isprintable():
        raise Stop("E312", f"{delivery.file}: a name with control characters")
    try:
        status = path.lstat()
    except OSError as error:
        raise Stop("E304", f"{delivery.file}: {error.strerror or 'cannot be opened'}") from None
    if not stat.S_ISREG(status.st_mode):
        raise Stop("E307", f"{delivery.file} is a link or a device")
    if status.st_size > limit_bytes:
        raise Stop("E308", f"{delivery.file} has {status.st_size:,} bytes; the limit is {limit_bytes:,}")
    path.open("rb").close()  # some readers of formats take a locked file for a damaged one
    return path


def heading(text: Any) -> str:
    """A column header in the one form names are compared in: NFC, no blanks around, single blanks inside."""
    return " ".join(unicodedata.normalize("NFC", "" if text is None else str(text)).replace("\ufeff", "").split())


def plain(text: str) -> str:
    """A name without control characters, so that it can neither forge a log line nor a header."""
    return "".join(char if char.isprintable() else "?" for char in unicodedata.normalize("NFC", text))


def place_columns(header: list[str], wanted: Wanted, file: str, ignored: Collection[str] = ()) -> dict[str, int]:
    """Where the wanted columns stand in a header row.

    Raises:
        Stop: E310 a header occurs twice, E303 a wanted column is missing.
    """
    names = [name for name in header if name]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise Stop("E310", f"{file}: column {twice[0]!r} occurs {names.count(twice[0])} times")
    missing = [name for name in wanted.columns if name not in names and name not in ignored]
    if missing:
        there = ", ".join(names[:8]) + (" …" if len(names) > 8 else "")
        raise Stop("E303", f"{file}: no column {missing[0]!r}; the header has: {there}")
    return {name: header.index(name) for name in wanted.columns if name in names}


def unmapped_columns(header: list[str], wanted: Wanted) -> list[str]:
    """Columns that are neither mapped nor left out on purpose."""
    known = {*wanted.columns, *wanted.ignore}
    return [name for name in header if name and name not in known]


def picker(places: Sequence[Any]) -> Callable[[Any], tuple[Any, ...]]:
    """What stands at these places of a list or mapping, in this order."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda cells: tuple(cells[at] for at in places)
