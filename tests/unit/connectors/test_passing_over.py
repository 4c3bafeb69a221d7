"""A line that says what it said before is not read; everything that could make it say something else is noticed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors import rows as rows_module
from connectors.marks import Marks, can_be_cut
from connectors.offered import Offered
from connectors.sources import csv_file
from connectors.state import State
from tests.support.deliveries import (
    HEADER,
    VACANCY_COLUMNS,
    Connector,
    connector,
    counts,
    csv_text,
    row,
    small_jobcenter,
)

NOTHING = Offered([], b"")
DAY = "stellen_2026-11-{:02}.csv"
TEN = [row(Nr=str(number), Text=f"Text {number}") for number in range(1, 11)]


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Connector]:
    with connector(tmp_path, small_jobcenter()) as found:
        yield found


def in_turn(one: Connector, *files: str) -> list[dict[str, int]]:
    return [counts(one.take_file(DAY.format(day), content)) for day, content in enumerate(files, 1)]


def test_an_unchanged_line_is_neither_split_nor_mapped(full: Connector, monkeypatch: pytest.MonkeyPatch) -> None:
    full.take_file(DAY.format(1), csv_text(TEN))
    monkeypatch.setattr(csv_file.CsvReading, "_row", lambda *_: pytest.fail("a line was split"))

    assert {"rows_read": 10, "unchanged": 10} == counts(full.take_file(DAY.format(2), csv_text(TEN)))


def test_a_column_that_is_not_mapped_changes_nothing_and_leaves_no_trace(full: Connector) -> None:
    header = [*HEADER[:4], "Kundennummer", *HEADER[4:]]
    first = csv_text([{**one, "Kundennummer": "123A456789"} for one in TEN], header)
    second = csv_text([{**one, "Kundennummer": "987B654321"} for one in TEN], header)

    assert {"rows_read": 10, "unchanged": 10} == in_turn(full, first, second)[1]
    assert b"123A456789" not in full.bytes_on_disk()
    assert 1 == len({Marks(NOTHING, b"m", ["a", "b"], [0], b";").of(raw) for raw in (b"1;123A456789", b"1;x")})


def other_meaning(tmp_path: Path) -> dict[str, int]:
    """The same file once more, but code 1 stands for another visibility now."""
    columns: Any = {**VACANCY_COLUMNS, "visibility": {"column": "Sicht", "codes": {"1": "INTERNAL"}}}
    with connector(tmp_path, small_jobcenter()) as one:
        one.take_file(DAY.format(1), csv_text(TEN))
        one.jobcenter = small_jobcenter(columns=columns)
        return counts(one.take_file(DAY.format(2), csv_text(TEN)))


def test_another_mapping_makes_known_lines_new(tmp_path: Path) -> None:
    assert {"rows_read": 10, "sent_changed": 10} == other_meaning(tmp_path)


def test_a_mark_without_the_mapping_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def without(self: Marks, known: Any, meaning: bytes, *others: Any) -> None:
        original(self, known, b"", *others)

    original = Marks.__init__
    monkeypatch.setattr(Marks, "__init__", without)

    assert {"rows_read": 10, "unchanged": 10} == other_meaning(tmp_path)


def test_another_order_of_the_columns_makes_known_lines_new(full: Connector) -> None:
    swapped = csv_text(TEN).replace("Titel;Text;", "Text;Titel;", 1)

    assert {"rows_read": 10, "sent_changed": 10} == in_turn(full, csv_text(TEN), swapped)[1]


def last_cell_changed(one: Connector) -> dict[str, int]:
    changed = [TEN[0] | {"Ab": "21.11.2026"}, *TEN[1:]]
    return in_turn(one, csv_text(TEN), csv_text(changed))[1]


def test_the_last_cell_counts(full: Connector) -> None:
    assert {"rows_read": 10, "sent_changed": 1, "unchanged": 9} == last_cell_changed(full)


def test_a_mark_without_the_last_cell_is_found_out(full: Connector, monkeypatch: pytest.MonkeyPatch) -> None:
    of_all = Marks.of_all
    monkeypatch.setattr(Marks, "of_all", lambda self, raws: of_all(self, [raw.rpartition(b";")[0] for raw in raws]))

    assert {"rows_read": 10, "unchanged": 10} == last_cell_changed(full)


def ended_and_back(one: Connector) -> dict[str, int]:
    return in_turn(one, csv_text(TEN), csv_text(TEN[1:]), csv_text(TEN))[2]


def test_an_ended_entity_comes_back_with_the_same_line(full: Connector) -> None:
    assert {"rows_read": 10, "sent_new": 1, "unchanged": 9} == ended_and_back(full)


def test_an_ended_entity_taken_for_unchanged_is_found_out(full: Connector, monkeypatch: pytest.MonkeyPatch) -> None:
    def ended_too(self: State, event: str, source: str, epoch: int) -> Offered:
        found = dict(self.sql.execute("SELECT key, row_hash FROM entity ORDER BY key"))
        return Offered([*found], b"".join(found.values()))

    def remembers(self: State, rows: list[tuple[Any, ...]]) -> None:
        known = {one[1]: one[7] for one in self.sql.execute("SELECT * FROM entity")}
        remember(self, [(*one[:7], one[7] or known.get(one[1]), *one[8:]) for one in rows])

    remember = State.remember
    monkeypatch.setattr(State, "remember", remembers)
    monkeypatch.setattr(State, "offered", ended_too)

    assert {"rows_read": 10, "unchanged": 10} == ended_and_back(full)


def test_a_row_that_was_refused_is_refused_again(full: Connector) -> None:
    bad = csv_text([*TEN, row(Nr="11", KldB="99999")])

    assert [{"rows_read": 11, "unchanged": 10, "rejected": 1}] == in_turn(full, bad, bad)[1:]


def test_a_refused_change_leaves_what_was_sent_but_its_old_line_is_known(full: Connector) -> None:
    bad = csv_text([TEN[0] | {"KldB": "99999"}, *TEN[1:]])

    found = in_turn(full, csv_text(TEN), bad, csv_text(TEN))

    assert [{"rows_read": 10, "unchanged": 9, "rejected": 1}, {"rows_read": 10, "unchanged": 10}] == found[1:]


def test_a_known_line_twice_is_a_repeat_and_beside_another_a_contradiction(full: Connector) -> None:
    other = TEN[0] | {"Text": "anders"}

    found = in_turn(full, csv_text(TEN), csv_text([*TEN, TEN[0]]), csv_text([*TEN, other]), csv_text([other, *TEN]))

    assert {"rows_read": 11, "unchanged": 10, "duplicate": 1} == found[1]
    assert found[2] == found[3] == {"rows_read": 11, "unchanged": 9, "rejected": 2}


def test_after_a_raised_epoch_everything_is_sent_once_more(full: Connector) -> None:
    full.take_file(DAY.format(1), csv_text(TEN))
    full.jobcenter = small_jobcenter(epoch=1)

    assert {"rows_read": 10, "sent_changed": 10} == counts(full.take_file(DAY.format(2), csv_text(TEN)))


def test_a_line_of_too_few_cells_or_with_foreign_bytes_where_nothing_is_read_has_no_mark() -> None:
    found = Marks(NOTHING, b"m", ["a", "b", "c"], [0, 2], b";")

    assert None is found.of(b"1") is found.of(b"1;\xe4;3") is found.of(b"1;\0;3")
    assert found.of(b"1;x;3") == found.of(b"1;y;3") != found.of(b"1;x;4")
    assert found.of(b"1;x;3") != found.of(b"1;x;y;3")


@pytest.mark.parametrize("dropped", [{0}, {5}, {4}, {4, 5}, {3, 5}, {0, 5}, {1, 2}, set()])
def test_a_mark_covers_all_cells_but_those_not_mapped(dropped: set[int]) -> None:
    cells = [b"a", b"b", b"c", b"d", b"e", b"f"]
    found = Marks(NOTHING, b"m", ["h"] * 6, set(range(6)) - dropped, b";")
    marks = [found.of(b";".join([*cells[:at], b"x", *cells[at + 1 :]])) for at in range(6)]

    assert dropped == {at for at, mark in enumerate(marks) if mark == found.of(b";".join(cells))}
    # With more or fewer cells it is another line.
    others = [*(cells[at:] for at in range(1, 6)), *(cells[:at] for at in range(1, 6)), [b"x", *cells]]
    assert found.of(b";".join(cells)) not in [found.of(b";".join(other)) for other in others]
    assert not dropped or found.of(b";".join([b"\xe4" if at in dropped else cells[at] for at in range(6)])) is None


def test_only_where_a_delimiter_is_one_everywhere_lines_are_cut() -> None:
    assert [True, True, True, False, False] == [
        can_be_cut(one) for one in ("utf-8", "cp1252", "cp850", "shift_jis", "utf-16")
    ]


def test_a_fingerprint_of_cells_knows_where_they_end() -> None:
    one, other = ["x\x1fy", "z"], ["x", "y\x1fz"]

    assert rows_module.fingerprint(one, b"m") != rows_module.fingerprint(other, b"m")
    assert rows_module.fingerprint(["1"], b"m") != rows_module.fingerprint([1], b"m")
    assert rows_module.fingerprint(one, b"m") != rows_module.fingerprint(one, b"n")
