"""Whatever is remembered of cells, or written sooner, leads to the same state, outbox, fates and reports."""

from __future__ import annotations

import hashlib
import random
import secrets
from collections.abc import Iterator
from datetime import date, datetime, tzinfo
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from connectors import cells, intake, outgoing, report, rows
from connectors.offered import Offered
from connectors.state import State
from schemas import codelists, writer
from schemas.codec import Codec
from tests.support import outbox
from tests.support.deliveries import DELIVERIES, connector, jobcenter_of

SOURCES = [
    (name, source)
    for name in ("borken", "coesfeld", "muenster", "steinfurt", "warendorf")
    for source, config in jobcenter_of(name).sources.items()
    if config.type == "csv_file"
]
JUNK = ["", "-", "k.A.", " x ", "0", "1", "-5", "9" * 12, "J", "VZ", "1,234", "1.234,50", "99999", "1000000", "48143"]
JUNK += ["Münster", "31.12.9999", "31.02.2026", "24.11.2026", "2026-11-24", "2026-13-01", "A" * 40, "A" * 41, "B" * 400]
JUNK += ["12345BG0001234", "123A456789", "DE89370400440532013000", "86095742719", "ä\u202eb", "Ã¼", "a\x01b", "\xa0"]
ROWS_MOST, DAYS = 60, 3


class StoppedClock(datetime):
    """So that both ways write the same times."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Any:
        return datetime(2026, 11, 25, 10, 0, 0, 123456, tzinfo=tz)


@pytest.fixture
def _same_every_time(monkeypatch: pytest.MonkeyPatch) -> None:
    same_every_time(monkeypatch)


def same_every_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop the clock, and take what is drawn by lot in turn."""
    numbers = count()
    monkeypatch.setattr(
        secrets, "token_hex", lambda size: hashlib.sha256(b"%d" % next(numbers)).hexdigest()[: 2 * size]
    )
    for module in (outgoing, report, intake):
        monkeypatch.setattr(module, "datetime", StoppedClock)


def written(folder: Path, name: str, source: str) -> Iterator[list[bytes]]:
    """Days of a source: the demo's rows, more and more of them changed, repeated or gone."""
    config, pick = jobcenter_of(name).sources[source], random.Random(f"{name} {source}")
    encoding, delimiter = config.options["encoding"], config.options["delimiter"]
    top, whole = config.options.get("header_row", 1), "footer" not in config.options
    lines = max(folder.glob(str(config.files)), key=lambda path: path.stat().st_size).read_bytes().splitlines(True)
    head, body = lines[:top], lines[top : top + ROWS_MOST]
    for _ in range(DAYS):
        end = [] if whole else [f"Anzahl Datensätze: {len(body)}\r\n".encode(encoding)]
        yield [*head, *body, *end]
        body = [_mutated(row, pick, encoding, delimiter) for row in body if pick.random() > 0.03]
        body.insert(pick.randrange(len(body)), pick.choice(body))


def _mutated(row: bytes, pick: random.Random, encoding: str, delimiter: str) -> bytes:
    if pick.random() < 0.5:
        return row
    values = row.decode(encoding, "replace").rstrip("\r\n").split(delimiter)
    for _ in range(pick.choice([1, 1, 1, 2, 4])):
        values[pick.randrange(1, len(values))] = pick.choice(JUNK)
    return delimiter.join(values).encode(encoding, "replace") + b"\r\n"


def outcome(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, source: str) -> list[Any]:
    """Every row of the state file, and the reports."""
    same_every_time(monkeypatch)
    folder = tmp_path / "in" / name
    with connector(tmp_path, jobcenter_of(name)) as one:
        for lookup in one.jobcenter.lookups.values():
            one.write(lookup.file, (DELIVERIES / name / lookup.file).read_bytes())
        reports = []
        for day, lines in enumerate(written(DELIVERIES / name, name, source), 20):
            pattern = str(one.jobcenter.sources[source].files)
            (folder / pattern.replace("*", str(date(2026, 11, day)))).write_bytes(b"".join(lines))
            reports += one.take(source)
            if day % 2:
                one.acknowledge()
        return [reports, *tables(one.state)]


def tables(state: State) -> list[list[Any]]:
    """Every row of a state file."""
    return [
        *([*state.sql.execute(f"SELECT * FROM {table}")] for table in ("entity", "fate", "delivery", "held")),
        [one for one in outbox.entries(state.sql) if one.partition is not None],
        [one for one in outbox.entries(state.sql) if one.partition is None],
    ]


def make_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Row by row, nothing is passed over or remembered, fastavro writes, and each record goes to the state at once."""
    monkeypatch.setattr(rows, "_columns", lambda mapping: None)
    pass_over = rows.Rows.pass_over
    monkeypatch.setattr(rows.Rows, "pass_over", lambda self, reading, _: pass_over(self, reading, Offered([], b"")))
    monkeypatch.setattr(cells, "_REPEATS_LENGTH", -1)
    monkeypatch.setattr(Codec, "body_fast", Codec.body)
    monkeypatch.setattr(codelists, "_NAME_LENGTH", -1)
    for name in ("send", "remember", "note"):
        monkeypatch.setattr(outgoing.Outgoing, name, _flushed(getattr(outgoing.Outgoing, name)))


def _flushed(call: Any) -> Any:
    def at_once(self: outgoing.Outgoing, *args: Any, **kwargs: Any) -> Any:
        # `send` notes and remembers inside; only the outermost call may flush, when the event is put as well.
        inside = getattr(self.state, "inside", False)
        self.state.__dict__["inside"] = True
        try:
            return call(self, *args, **kwargs)
        finally:
            self.state.__dict__["inside"] = inside
            if not inside:
                self.flush()

    return at_once


@pytest.mark.usefixtures("_same_every_time")
@pytest.mark.parametrize("name, source", SOURCES)
def test_both_ways_lead_to_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, source: str) -> None:
    fast = outcome(tmp_path / "fast", monkeypatch, name, source)
    make_plain(monkeypatch)

    assert outcome(tmp_path / "plain", monkeypatch, name, source) == fast
    assert fast[5], "no record was sent"
    assert any(report["rejected"] for report in fast[0])


def _shared(self: Any, row: Any) -> Any:
    raw = row.get(self._names[0])
    return self._known.setdefault(raw[:3] if isinstance(raw, str) else raw, self._made(raw))


MUTANTS = [
    ("cells remembered by their beginning", cells.ParsedCell, "__call__", _shared),
    ("days a day off", writer, "_EPOCH", writer._EPOCH + 1),
    ("events without the one before", outgoing.Outgoing, "send", None),
]


@pytest.mark.usefixtures("_same_every_time")
@pytest.mark.parametrize(
    "owner, attribute, broken", [mutant[1:] for mutant in MUTANTS], ids=[one[0] for one in MUTANTS]
)
def test_a_fast_way_that_is_wrong_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, owner: Any, attribute: str, broken: Any
) -> None:
    right = getattr(owner, attribute)
    if broken is None:
        broken = lambda self, *args, **kwargs: right(self, *args, **{**kwargs, "last": None})  # noqa: E731
    with monkeypatch.context() as patch:
        patch.setattr(owner, attribute, broken)
        fast = outcome(tmp_path / "fast", patch, "borken", "stellen")
    make_plain(monkeypatch)

    assert outcome(tmp_path / "plain", monkeypatch, "borken", "stellen") != fast
