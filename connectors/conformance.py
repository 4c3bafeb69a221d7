"""Tries a source type against its contract (connectors/contract). Ours in the tests, a vendor's own on the desk.

A module that can be tried has, beside its `Source`, a function `sample(folder)`: it prepares a delivery and says what
is in it. `jobhub test --source FILE.py` runs `try_source` on it and tells what does not hold.
"""

from __future__ import annotations

import ast
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import structlog

from connectors.contract.row import Broken, Row
from connectors.contract.source import Source
from connectors.contract.workplace import Workplace
from connectors.errors import BadRow, Retry, Stop

_REACTIONS = (Retry, Stop, BadRow)
# What a connector on Windows has not.
_POSIX_MODULES = frozenset(
    {"fcntl", "grp", "pwd", "pty", "termios", "tty", "resource", "posix", "syslog", "curses", "uvloop", "crypt", "spwd"}
)
_POSIX_NAMES = frozenset(
    {
        "fork", "getuid", "geteuid", "setuid", "chown", "mkfifo", "O_NOFOLLOW", "O_NONBLOCK", "SIGKILL", "SIGHUP",
        "SIGUSR1", "add_signal_handler", "AF_UNIX", "open_unix_connection", "start_unix_server", "sched_getaffinity",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sample:
    """A source that sees one known delivery.

    `make` builds the source anew, as after a restart; `options` must not change from one call to the next. Each value
    of `rows` should hold `canary`, a word that must turn up in no message.
    """

    make: Callable[[], Source]
    folder: Path
    columns: Sequence[str]
    rows: Sequence[Mapping[str, Any]]
    canary: str
    is_whole: bool = True
    """What `complete` must be in the end."""
    spoil: Sequence[Callable[[], None]] = ()
    """Each makes what is to be read unreadable, or the other side go away. Run one after the other."""
    module: Path | None = None
    """The source's file, looked through for what only POSIX has."""
    private: Path | None = None
    """Folder for what it remembers; by default beside `folder`."""


@dataclass(slots=True)
class Tried:
    """What was found."""

    failures: list[str] = field(default_factory=list)
    checked: list[str] = field(default_factory=list)

    def expect(self, rule: str, holds: bool, what: str = "") -> None:
        """Note a rule and whether it holds."""
        if rule not in self.checked:
            self.checked.append(rule)
        if not holds:
            self.failures.append(f"{rule}: {what}" if what else rule)


def try_source(sample: Sample) -> Tried:
    """Try everything; an empty list of failures means that the source keeps its contract."""
    tried, heard = Tried(), list[str]()
    with _listening(heard):
        whole = _read_whole(sample, tried)
        if whole:
            _restart(sample, tried)
            _settle(sample, tried)
        for spoil in sample.spoil:
            spoil()
            _unreadable(sample, tried, heard)
    tried.expect("no value is told in a log or an error", not any(sample.canary in line for line in heard))
    if sample.module is not None:
        found = posix_only(sample.module.read_text(encoding="utf-8"))
        tried.expect("it runs on Windows", not found, ", ".join(found))
    return tried


def posix_only(text: str) -> list[str]:
    """Names in a module's text that Windows does not have."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {name.name.partition(".")[0] for name in node.names} & _POSIX_MODULES
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module.partition(".")[0]} & _POSIX_MODULES
        elif isinstance(node, ast.Attribute) and node.attr in _POSIX_NAMES:
            found.add(node.attr)
    return sorted(found)


# ------------------------------------------------------------------------------------------------------------ rules


def _read_whole(sample: Sample, tried: Tried) -> bool:
    with _opened(sample) as source:
        first, second = source.deliveries(sample.folder, None), source.deliveries(sample.folder, None)
        tried.expect("it lists the delivery", len(first) == 1, f"{len(first)} deliveries")
        tried.expect(
            "looking twice finds the same", [one.id for one in first] == [one.id for one in second], "other identifiers"
        )
        if len(first) != 1:
            return False
        reading = source.read(first[0])
        found = list(_watched(reading, tried))
        rows = [one for one in found if isinstance(one, Row)]
        tried.expect("all rows come in their order", [dict(row.values) for row in rows] == list(sample.rows))
        tried.expect("no row is broken", len(rows) == len(found))
        lines = [one.line for one in found]
        tried.expect("places count upwards from 1", lines == sorted(lines) and all(line >= 1 for line in lines))
        strangers = {name for row in rows for name in row.values} - set(sample.columns)
        tried.expect("only wanted columns are handed out", not strangers, ", ".join(sorted(strangers)))
        tried.expect("complete is said of what is whole", reading.complete is sample.is_whole)
        tried.expect("it says full or delta", reading.load in ("full", "delta"))
        tried.expect("it describes its format", bool(reading.description))
    return True


def _watched(reading: Any, tried: Tried) -> Iterator[Row | Broken]:
    for number, one in enumerate(reading):
        if number == 0:
            tried.expect("complete is not said before the end", reading.complete is False)
        yield one


def _restart(sample: Sample, tried: Tried) -> None:
    """Killed in the middle, begun anew."""
    with _opened(sample) as source:
        (delivery,) = source.deliveries(sample.folder, None)
        half = source.read(delivery)
        list(islice(iter(half), 1))
        if len(sample.rows) > 1:
            tried.expect("half a reading is not complete", half.complete is False)
    with _opened(sample) as source:
        listed = source.deliveries(sample.folder, None)
        tried.expect("after a restart the delivery is the same", [one.id for one in listed] == [delivery.id])
        for again in listed[:1]:
            rows = [dict(row.values) for row in source.read(again) if isinstance(row, Row)]
            tried.expect("after a restart all rows come again", rows == list(sample.rows))


def _settle(sample: Sample, tried: Tried) -> None:
    with _opened(sample) as source:
        (delivery,) = source.deliveries(sample.folder, None)
        before = list(source.read(delivery))
        try:
            source.settled(delivery)
            source.settled(delivery)
            settled = True
        except Exception:
            settled = False
        tried.expect("settled may be said twice", settled and bool(before))


def _unreadable(sample: Sample, tried: Tried, heard: list[str]) -> None:
    rule = "what cannot be read is Retry, Stop or broken rows, and never complete"
    try:
        with _opened(sample) as source:
            for delivery in source.deliveries(sample.folder, None):
                reading = source.read(delivery)
                found = list(reading)
                whole = reading.complete and not any(isinstance(one, Broken) for one in found)
                tried.expect(rule, not whole, "it was handed out as whole")
            tried.expect(rule, True)
    except _REACTIONS as error:
        tried.expect(rule, True)
        heard.append(str(error))
    except Exception as error:
        tried.expect(rule, False, type(error).__name__)
        heard.append(str(error))


# ------------------------------------------------------------------------------------------------------------ around


@contextmanager
def _opened(sample: Sample) -> Iterator[Source]:
    source = sample.make()
    source.open(Workplace(sample.private or sample.folder.parent / "private", lambda rows: [None for _ in rows]))
    try:
        yield source
    finally:
        source.close()


@contextmanager
def _listening(heard: list[str]) -> Iterator[None]:
    """Hear all that is logged, by the standard library or by structlog, at every level."""

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard.append(record.getMessage() + str(record.exc_info or ""))

    ear, root = Ear(level=1), logging.getLogger()
    level = root.level
    root.addHandler(ear)
    root.setLevel(1)
    try:
        with structlog.testing.capture_logs() as told:
            yield
        heard.extend(str(entry) for entry in told)
    finally:
        root.setLevel(level)
        root.removeHandler(ear)
