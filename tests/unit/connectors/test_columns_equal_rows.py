"""Files written in every way: by column and passed over, or row by row, the state is the same to the last byte."""

from __future__ import annotations

import csv
import hashlib
import io
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import cells, columns, event_wire, intake, marks, outgoing, rows
from connectors.compare import Outcome
from connectors.contract.lines import Unread
from connectors.events import Traces
from schemas.jobcenter import Jobcenter
from tests.support.deliveries import GOOD, HEADER, VACANCY_COLUMNS, connector, small_jobcenter
from tests.support.tries import tries
from tests.unit.connectors.test_fast_equals_plain import make_plain, same_every_time, tables

MORE = {
    "working_time": {"column": "Zeit", "codes": {"VZ": ["VOLLZEIT"], "TZ": ["TEILZEIT"]}},
    "employer.name": "Firma",
    "contact.phone": "Telefon",
    "pay.minimum": {"column": "von", "parse": "decimal_de"},
    "pay.maximum": {"column": "bis", "parse": "decimal_de"},
    "pay.period": {"column": "je", "codes": {"Std": "HOUR", "Mon": "MONTH"}},
    "published_until": {"column": "Ende", "parse": "date_de"},
}
ALL = [*HEADER, "Zeit", "Firma", "Telefon", "von", "bis", "je", "Ende", "Akte", "Hinweis"]
FULL = {**GOOD, "Zeit": "VZ", "Firma": "Bäckerei", "Telefon": "0251 1234", "von": "15,50", "bis": "17,00", "je": "Std"}
FULL |= {"Ende": "31.12.2026", "Akte": "x", "Hinweis": "h"}
CELLS = ["", "-", "k.A.", " x ", "0", "1", "1000000", "29222", "99999", "48143", "Münster", "A" * 301, "12345BG0001234"]
CELLS += ["DE89370400440532013000", "86095742719", "ä\u202eb", "Ã¼", "a\x01b", "\xa0", "17,00", "9", "Mon", "VZ", "3"]
CELLS += [
    "31.12.2026",
    "01.01.2030",
    "01.01.2020",
    "31.02.2026",
    "a;b",
    'say "x"',
    "two\nlines",
    "\x1f",
    "\ufeffx",
    "x\u0301",
]


def jobcenter_in(encoding: str) -> Jobcenter:
    columns_ = {**VACANCY_COLUMNS, "contract_term": {"column": "Hinweis", "codes": {"*": "UNKNOWN"}}, **MORE}
    return small_jobcenter(columns=columns_, options={"encoding": encoding, "delimiter": ";"})


def file_of(lines: list[dict[str, str]], encoding: str, ends: str, quoting: Any, mark: bool, blank: int) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, ALL, restval="", delimiter=";", lineterminator=ends, quoting=quoting)
    writer.writeheader()
    for at, line in enumerate(lines):
        if at == blank:
            text.write(ends)
        writer.writerow(line)
    return b"\xef\xbb\xbf" * mark + text.getvalue().encode(encoding, "replace")


def outcome(files: list[bytes], encoding: str, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    same_every_time(monkeypatch)
    with tempfile.TemporaryDirectory() as folder, connector(Path(folder), jobcenter_in(encoding)) as one:
        reports = []
        for day, content in enumerate(files, 20):
            one.write(f"stellen_2026-11-{day}.csv", content)
            reports += one.take()
        return [reports, *tables(one.state)]


def both(files: list[bytes], encoding: str, **broken: Any) -> tuple[list[Any], list[Any]]:
    with pytest.MonkeyPatch.context() as patch:
        for _, (owner, name, value) in broken.items():
            patch.setattr(owner, name, value)
        fast = outcome(files, encoding, patch)
    with pytest.MonkeyPatch.context() as patch:
        make_plain(patch)
        return fast, outcome(files, encoding, patch)


PLAINLY: tuple[str, str, int, bool, int] = ("utf-8", "\r\n", csv.QUOTE_MINIMAL, False, -1)
some_row = st.builds(
    lambda number, changes: {**FULL, "Nr": f"{number:04}", **changes},
    st.integers(1, 8),
    st.dictionaries(st.sampled_from(ALL), st.sampled_from(CELLS), max_size=2),
)


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[bytes], str]:
    """Three days of a source; each repeats some lines of the one before, as they were or written otherwise."""
    encoding = draw(st.sampled_from(["utf-8", "cp1252", "cp850"]))
    lines = draw(st.lists(some_row, min_size=1, max_size=8))
    files = []
    for _ in range(3):
        how = draw(st.sampled_from(["\r\n", "\n"])), draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
        content = file_of(lines, encoding, *how, draw(st.booleans()) and encoding == "utf-8", draw(st.integers(-1, 5)))
        damage = draw(
            st.none() | st.tuples(st.integers(0, len(content)), st.sampled_from([b'"', b";", b"\n", b"\xff", b"\0"]))
        )
        if damage is not None:
            content = content[: damage[0]] + damage[1] + content[damage[0] :]
        files.append(content)
        kept = [line for line in lines if draw(st.integers(0, 9))]
        lines = draw(st.permutations([*kept, *draw(st.lists(some_row | st.sampled_from(lines or [FULL]), max_size=3))]))
    return files, encoding


@settings(max_examples=tries(60))
@given(deliveries())
def test_whatever_stands_in_the_files_both_ways_lead_to_the_same(given_: tuple[list[bytes], str]) -> None:
    fast, plain = both(*given_)

    assert plain == fast


def planted() -> list[bytes]:
    """Two days with one row for each thing the fast way has to notice."""
    changes: list[dict[str, str]] = [{} for _ in range(12)]
    changes += [{"Text": "12345BG0001234"}, {"Titel": "ä\u202eb"}, {"Titel": "A" * 301}, {"Beginn": "01.01.2030"}]
    changes += [{"KldB": "99999"}, {"Ende": "01.01.2020"}, {"von": "18,00"}, {"PLZ": "4814"}, {"Anzahl": "0"}]
    changes += [{"Text": f"Text {number}"} for number in range(5)]
    first = [{**FULL, "Nr": f"{number:04}", **change} for number, change in enumerate(changes, 1)]
    second = [{**one, "Hinweis": "neu"} if one["Nr"] == "0002" else one for one in first if one["Nr"] != "0003"]
    second += [{**FULL, "Nr": "0001", "Text": "anders"}, {**FULL, "Nr": "0004"}]  # contradicts, repeats
    third = [{**one, "Text": one["Text"] + " neu"} if one["Nr"] == "0005" else one for one in first]
    third.insert(0, {**FULL, "Nr": "0006", "Text": "anders"})  # an unread row contradicts the one before it
    return [file_of(lines, "utf-8", "\r\n", csv.QUOTE_MINIMAL, False, -1) for lines in (first, second, third)]


def test_planted_rows_lead_to_the_same() -> None:
    fast, plain = both(planted(), "utf-8")

    assert plain == fast
    assert [13 + 4, 20] < [fast[0][0]["sent_new"], fast[0][0]["rows_read"]]
    assert fast[0][0]["rejected"]
    assert fast[0][1]["unchanged"]
    assert fast[0][2]["rejected"]


def test_planted_rows_in_small_batches_lead_to_the_same() -> None:
    fast, plain = both(planted(), "utf-8", small=(intake, "_BATCH", 3))

    assert plain == fast


_init, _of, _take = columns.Field.__init__, marks.Marks.of_all, rows.Rows.take
_many = cells.ParsedCell.many
_wires = event_wire.EventWire.wires
_send_first, _send_many = rows.Rows._send_first, outgoing.Outgoing.send_first


def _without_rule(self: Any, event: Any, part: Any, write: Any, rule: Any) -> None:
    _init(self, event, part, write, None)


def _blind_take(self: Any, batch: list[Any]) -> None:
    """Unread rows count as unchanged although their key stood in the file before."""
    for one in [one for one in batch if isinstance(one, Unread)]:
        for line, place in enumerate(one.places, one.line):
            self._settle._count(self.said.offered.keys[place], Outcome.UNCHANGED, None, line)
        self.tally.rows += len(one.marks)
    _take(self, [one for one in batch if not isinstance(one, Unread)])


def _last_cell_left_out(self: Any, raws: list[bytes]) -> list[bytes | None]:
    return _of(self, [raw.rpartition(b";")[0] + b";" for raw in raws])


def _other_line(self: Any, keys: Any, contents: Any, traces: Any) -> list[bytes]:
    lines = [8 if line == 7 else line for line in traces.lines]
    return _wires(self, keys, contents, Traces(traces.outcomes, lines, traces.versions, traces.previous))


def _backwards(self: Any, first: list[Any]) -> None:
    _send_first(self, first[::-1])
    first.clear()


def _one_line_further(self: Any, keys: Any, hashes: Any, bodies: Any, lines: Any, *others: Any) -> None:
    _send_many(self, keys, hashes, bodies, [line + 1 for line in lines], *others)


def _other_texts(self: Any, texts: list[str]) -> list[Any] | None:
    made = _many(self, texts)
    return made and [one and one.replace("Brot", "Brei") for one in made]


MUTANTS: list[tuple[str, Any, str, Any]] = [
    ("a field's own rules not asked", columns.Field, "_broken", lambda self, values: set()),
    ("what is more than a type not asked", columns.Field, "__init__", _without_rule),
    ("rules between fields not asked", columns.Between, "holds_for_one", lambda self, cells: True),
    ("leak guard not asked", columns, "leak_in", lambda text: None),
    ("turned marks not noticed", columns, "is_turned", lambda text: False),
    ("another status", columns, "content_of", lambda own, key, after: outgoing.content_of(own, key, b"\4" + after[1:])),
    ("another hash", outgoing, "content_hash", lambda body: hashlib.sha256(body + b"0").hexdigest()[:32]),
    ("last cell left out of the mark", marks.Marks, "of_all", _last_cell_left_out),
    ("headers of another line", event_wire.EventWire, "wires", _other_line),
    ("a key that stood in the file before not noticed", rows.Rows, "take", _blind_take),
    ("first events in another order", rows.Rows, "_send_first", _backwards),
    ("first events of another line", outgoing.Outgoing, "send_first", _one_line_further),
    ("texts made together made to others", cells.ParsedCell, "many", _other_texts),
]


@pytest.mark.parametrize(("owner", "name", "broken"), [one[1:] for one in MUTANTS], ids=[one[0] for one in MUTANTS])
def test_a_fast_way_that_is_laxer_is_found_out(owner: Any, name: str, broken: Any) -> None:
    fast, plain = both(planted(), "utf-8", mutant=(owner, name, broken))

    assert plain != fast


def test_a_first_event_forgotten_when_a_row_contradicts_it_is_found_out() -> None:
    """In a later batch the state knows what was sent, and would take it for what was there before."""

    def without(self: Any, first: list[Any]) -> None:
        before = dict(self._settle.before)
        _send_first(self, first)
        self._settle.before.clear()
        self._settle.before.update(before)

    files = [file_of([{**FULL, "Nr": str(number % 4), "Text": f"Text {number}"} for number in range(8)], *PLAINLY)]
    fast, plain = both(files, "utf-8", small=(intake, "_BATCH", 3))
    assert plain == fast

    fast, plain = both(files, "utf-8", small=(intake, "_BATCH", 3), mutant=(rows.Rows, "_send_first", without))
    assert plain != fast


def test_sound_rows_are_made_by_column(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "map_row", lambda mapping, one: one.made or pytest.fail("a sound row went the plain way"))

    outcome(
        [file_of([{**FULL, "Nr": "1"}, {**FULL, "Nr": "2"}], "utf-8", "\n", csv.QUOTE_MINIMAL, False, -1)],
        "utf-8",
        monkeypatch,
    )
