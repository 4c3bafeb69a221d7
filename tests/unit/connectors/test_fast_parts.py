"""Parts of the fast way of lines, each against what it stands for."""

from __future__ import annotations

import re
from itertools import accumulate

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.fast import distinct
from connectors.fast.digits import with_digits
from connectors.fast.distinct import Cells
from connectors.fast.split import beginning, surely_decoded
from connectors.lines import Lines
from schemas import rules
from schemas.leak_guard import may_hold_number
from tests.support.tries import tries

some_text = st.lists(
    st.sampled_from(
        ["1", "22", "333", "BG", "DE", " ", "  ", "a", "ü", "-", "/", ".", "ein langer Text", "12345BG0001234"]
    ),
    max_size=14,
).map("".join)


def flagged(texts: list[str]) -> set[int]:
    data = [text.encode() for text in texts]
    ends = np.array([0, *accumulate(map(len, data))], np.int32)
    return set(with_digits(np.frombuffer(b"".join(data), np.uint8), ends).tolist())


@settings(max_examples=tries(300))
@given(st.lists(some_text, max_size=6))
def test_every_text_that_may_hold_a_number_is_named(texts: list[str]) -> None:
    assert {at for at, text in enumerate(texts) if may_hold_number(text)} <= flagged(texts)


def test_ordinary_texts_are_not_named() -> None:
    assert set() == flagged(["", "Stelle 12.", "Tel. auf Anfrage.", "", "40 Std.", "ab 15,50 EUR"])
    assert {1, 3} == flagged(["a", "12345BG0001234", "b", "DE89370400440532013000"])


CHARACTERS = [b"a", b";", b"\xe4", b"\xc3\xa4", b"\xc3", b"\xa4", b"\x84", b"\x96", b"\x81", b"\xff", b"\r", b" "]


@settings(max_examples=tries(300))
@given(
    lines=st.lists(st.lists(st.sampled_from(CHARACTERS), max_size=6).map(b"".join), min_size=1, max_size=5),
    encoding=st.sampled_from(["utf-8", "cp1252", "iso8859-1", "iso8859-15", "cp850"]),
    ends=st.booleans(),
)
def test_lines_decoded_together_say_what_each_says_by_itself(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], encoding: str, ends: bool
) -> None:
    raws = [line + b"\n" for line in lines]
    raws[-1] = raws[-1] if ends else lines[-1]
    path = tmp_path_factory.getbasetemp() / "empty.csv"
    path.write_bytes(b"")
    with Lines(path, encoding) as one:
        each = [one.decoded(raw) for raw in raws]

    together = surely_decoded(b"".join(raws), encoding)

    assert together is None or together == "".join(text if text is not None else "?!" for text in each)


@pytest.mark.parametrize(
    ("pattern", "begins"),
    [
        ("^Anzahl Datensätze: *(?P<count>[0-9]+)", "Anzahl Datensätz"),
        ("Summe", "Summ"),
        ("^x?Summe", ""),
        ("^Summe|^Ende", ""),
        ("(?i)summe", ""),
        ("[SE]umme", ""),
        ("^Ende*", "End"),
        ("", ""),
    ],
)
def test_what_a_pattern_matches_begins_with_what_is_seen_of_it(pattern: str, begins: str) -> None:
    compiled = re.compile(pattern)

    assert begins == beginning(compiled.pattern, compiled.flags)
    for text in ("Anzahl Datensätze: 5", "Summe", "xSumme", "Ende", "End", "summe", "Endee"):
        assert not compiled.match(text) or text.startswith(begins)


def test_a_pattern_that_minds_no_case_begins_with_nothing() -> None:
    compiled = re.compile("Summe", re.IGNORECASE)

    assert "" == beginning(compiled.pattern, compiled.flags)


def test_distinct_cells_stand_where_they_stood() -> None:
    columns = {
        "a": pa.array(["x", "y", "x", "x"]),
        "b": pa.array(["1", "1", "2", "1"]),
        "c": pa.array(["", "", "", "z"]),
    }
    cells = Cells(columns, 4)

    for names in (("a",), ("a", "b"), ("c", "b", "a"), ()):
        found = cells.of(names)
        rows = [found.cells[place] for place in found.places]
        expected = list(zip(*[columns[name].to_pylist() for name in names], strict=True)) if names else [()] * 4
        assert rows == ([one[0] for one in expected] if len(names) == 1 else expected)
        assert len(set(found.cells)) == len(found.cells)


def rows_of(columns: dict[str, pa.StringArray], names: tuple[str, ...]) -> list[object]:
    found = Cells(columns, len(columns[names[0]])).of(names)
    assert len(set(found.cells)) == len(found.cells)
    return [found.cells[place] for place in found.places]


def many_ways() -> tuple[dict[str, pa.StringArray], list[object]]:
    """Six columns, so many ways to combine their cells that no number of 64 bits tells them apart."""
    rows = np.random.default_rng(1).integers(0, 6_000, (6, 6_000))
    texts = [[*map(str, range(6_000)), *map(str, column)] for column in rows.tolist()]
    return {str(at): pa.array(column) for at, column in enumerate(texts)}, list(zip(*texts, strict=True))


@pytest.mark.parametrize("most", [1, 50, 2**62])
def test_cells_of_many_columns_stand_beside_each_other(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distinct, "_WAYS_MOST", most)
    columns, rows = many_ways()

    assert rows_of(columns, tuple(columns)) == rows


def test_numbers_of_cells_that_overflow_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distinct, "_WAYS_MOST", 2**200)
    wide = {str(at): pa.array([str(one) for one in range(2**11)] * 2) for at in range(6)}
    wide = {"first": pa.array(["a"] * 2**11 + ["b"] * 2**11), **wide}  # 2 ** 66 of the first are beyond the number

    assert rows_of(wide, tuple(wide)) != list(zip(*[column.to_pylist() for column in wide.values()], strict=True))


def test_only_of_texts_it_is_known_how_long_they_may_be() -> None:
    assert (300, 20_000) == (rules.longest_text("vacancy", "title"), rules.longest_text("vacancy", "description"))
    others = ("kldb2010", "visibility", "employer", "openings", "published_from", "organisational_unit")
    assert {None} == {rules.longest_text("vacancy", name) for name in others}


@pytest.mark.parametrize("name", ["title", "description"])
def test_a_printable_text_of_that_length_is_taken_and_no_longer_one(name: str) -> None:
    longest, adapter = rules.longest_text("vacancy", name), rules.field_adapter("vacancy", name)
    assert longest is not None
    adapter.validate_python(["x" * longest, "ä"], strict=True)
    with pytest.raises(ValueError, match="at most"):
        adapter.validate_python(["x" * (longest + 1)], strict=True)
