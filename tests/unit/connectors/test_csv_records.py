import csv
import io
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from connectors import lines as lines_module
from connectors.csv_records import CsvRecord, csv_records
from connectors.lines import Lines

FOOTER = re.compile(r"^Anzahl: (?P<count>[0-9]+)")


def read(
    path: Path, content: str | bytes, *, width: int = 4, encoding: str = "utf-8", delimiter: str = ";"
) -> list[CsvRecord]:
    path.write_bytes(content.encode(encoding) if isinstance(content, str) else content)
    with Lines(path, encoding) as lines:
        return [one for one in csv_records(lines, delimiter, width, FOOTER) if isinstance(one, CsvRecord)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "x.csv"


def outcome(records: list[CsvRecord]) -> list[tuple[int, str]]:
    return [(record.line, record.code or record.cells[0]) for record in records if record.footer is None]


def test_line_breaks_in_quotes_keep_physical_line_numbers(file: Path) -> None:
    found = read(file, 'a;1;"eins\r\nzwei; drei";x\r\n\r\nb;2;3;x\r\nAnzahl: 2;;;\r\n')

    assert [(1, "a"), (4, "b")] == outcome(found)
    assert "eins\r\nzwei; drei" == found[0].cells[2]
    assert 2 == found[-1].footer


def test_where_an_export_knows_no_quotes_they_are_characters(file: Path) -> None:
    file.write_bytes(b'1;"Zum Anker" GmbH;x\r\n2;7" breit;y\r\n3;"offen;z\r\n')
    with Lines(file, "utf-8") as lines:
        found = [one for one in csv_records(lines, ";", 3, None, has_quotes=False) if isinstance(one, CsvRecord)]

    assert [None] * 3 == [one.code for one in found]
    assert ['"Zum Anker" GmbH', '7" breit', '"offen'] == [one.cells[1] for one in found]


def test_an_unclosed_quote_costs_its_own_row_only(file: Path) -> None:
    found = read(file, 'a;1;2;3\nb;"offen;2;3\nc;1;2;3\nd;1;"zu";3\ne;1;2;3\n')

    assert [(1, "a"), (2, "E207"), (3, "c"), (4, "d"), (5, "e")] == outcome(found)
    assert "b" == found[1].cells[0]


def test_an_unclosed_quote_before_rows_of_several_lines_costs_its_own_row_only(file: Path) -> None:
    found = read(file, 'a;1;"offen;3\nb;1;"eins\nzwei";3\nc;1;2;3\n')

    assert [(1, "E207"), (2, "b"), (4, "c")] == outcome(found)


def test_the_rest_of_a_broken_text_is_no_row(file: Path) -> None:
    found = read(file, 'a;1;"offen" nicht;3\nRest des Textes\nb;1;2;3\n')

    assert [(1, "E207"), (3, "b")] == outcome(found)


def test_too_few_and_too_many_columns_keep_the_key(file: Path) -> None:
    found = read(file, "a;1\nb;1;2;3;4\nc;1;2;3\n")

    assert [(1, "E207"), (2, "E207"), (3, "c")] == outcome(found)
    assert ["a", "b"] == [found[0].cells[0], found[1].cells[0]]
    assert not found[0].cut


def test_a_row_at_the_end_without_a_line_break_is_cut(file: Path) -> None:
    assert read(file, "a;1;2;3\nb;1")[1].cut


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_quotes_inside_a_cell_without_quotes_are_text(file: Path, delimiter: str) -> None:
    found = read(file, delimiter.join(["a", 'Rohr 5" lang', "2", "3"]) + "\n", delimiter=delimiter)

    assert [None] == [record.code for record in found]
    assert 'Rohr 5" lang' == found[0].cells[1]


def test_bytes_of_another_encoding_reject_their_row_only(file: Path) -> None:
    found = read(file, "a;ü;2;3\n".encode() + "b;ü;2;3\n".encode("cp1252") + "c;ü;2;3\n".encode())

    assert [(1, "a"), (2, "E108"), (3, "c")] == outcome(found)


@pytest.mark.parametrize("encoding", ["cp1252", "iso8859-15", "cp850"])
def test_utf8_in_a_one_byte_file_is_noticed(file: Path, encoding: str) -> None:
    found = read(file, "a;ü;2;3\n".encode(encoding) + "b;ü;2;3\n".encode(), encoding=encoding)

    assert [(1, "a"), (2, "E108")] == outcome(found)


def test_zero_bytes_reject_their_row_and_padding_is_a_cut(file: Path) -> None:
    found = read(file, b"a;1\x00;2;3\nb;1;2;3\n" + b"\x00" * 500)

    assert [(1, "E107"), (2, "b"), (3, "E107")] == outcome(found)
    assert [False, False, True] == [record.cut for record in found]


def test_a_field_beyond_all_limits_rejects_its_row_only(file: Path) -> None:
    found = read(file, 'a;1;"' + "x" * 200_000 + '";3\nb;1;2;3\n')

    assert [(1, "E106"), (2, "b")] == outcome(found)


CELL = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from('\n";'), max_size=12)
ROWS = st.lists(
    st.lists(CELL, min_size=4, max_size=4).filter(lambda cells: any(cell.strip() for cell in cells)), max_size=8
)


@given(ROWS)
@example([["", "\n;0", "", ""]])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_quoted_properly_is_read_as_the_csv_module_reads_it(file: Path, rows: list[list[str]]) -> None:
    rows = [["k", *cells[1:]] for cells in rows]
    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator="\n").writerows(rows)
    found = read(file, out.getvalue().encode())
    inner_rows = [cells for cells in rows if any(line.count(";") >= 3 for cell in cells for line in cell.split("\n"))]

    if not inner_rows:  # a text that holds a whole row of the file is taken for one on purpose
        assert rows == [record.cells for record in found if record.code is None]


@given(
    st.lists(st.sampled_from(['x;"offen;2;3', "x;1", "x;1;2;3;4;5", 'x;"a"b;2;3', 'x;1;"']), max_size=4),
    st.integers(0, 4),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_rubbish_never_takes_a_valid_neighbour_with_it(file: Path, rubbish: list[str], place: int) -> None:
    good = [f"g{number};1;2;3" for number in range(4)]
    lines = good[:place] + rubbish + good[place:]
    found = read(file, "\n".join(lines) + "\n")

    assert [line.split(";")[0] for line in good] == [record.cells[0] for record in found if record.code is None]


@given(st.binary(max_size=300))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_read_to_the_end(file: Path, content: bytes) -> None:
    found = read(file, content)

    assert all(record.line >= 1 for record in found)
    assert sorted(record.line for record in found) == [record.line for record in found]


@pytest.mark.parametrize("block", [1, 2, 7, 64])
def test_lines_do_not_depend_on_the_blocks_they_are_read_in(
    file: Path, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = 'a;1;2;3\n\r\nb;"x\r\ny";2;3\r\nc;"offen;2;3\nd;1;2;3\re;1;2;3\nf;1;2;3'
    whole = read(file, content)
    monkeypatch.setattr(lines_module, "_BLOCK_BYTES", block)

    assert whole == read(file, content)
    assert 5 == len(whole)


def test_a_line_without_end_is_cut_and_the_next_one_is_read(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines_module, "_BLOCK_BYTES", 16)
    monkeypatch.setattr(Lines, "bytes_max", 64)

    assert [(1, "E106"), (2, "b")] == outcome(read(file, "a;" + "x" * 1000 + "\nb;1;2;3\n"))


TEXT_ENCODINGS = ["cp1252", "iso8859-1", "iso8859-15", "cp850", "cp437", "mac_roman", "cp037", "shift_jis", "gbk", "hz"]
TEXT_ENCODINGS += ["iso2022_jp", "utf-8", "ascii"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(raw=st.binary() | st.text("aäöüß€–Ã~{é").map(lambda text: text.encode("cp1252")))
@pytest.mark.parametrize("encoding", TEXT_ENCODINGS)
def test_bytes_are_decoded_as_python_decodes_them(encoding: str, raw: bytes, file: Path) -> None:
    file.write_bytes(b"")
    with Lines(file, encoding) as lines:
        found = lines.decoded(raw)
    is_utf8 = not raw.isascii() and plainly(raw, "utf-8") is not None
    if found is not None:
        assert found == plainly(raw, encoding)
        assert encoding == "utf-8" or not is_utf8
    elif (text := plainly(raw, encoding)) is not None:
        assert is_utf8 or any("\x80" <= sign < "\xa0" for sign in text)


def plainly(raw: bytes, encoding: str) -> str | None:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return None
