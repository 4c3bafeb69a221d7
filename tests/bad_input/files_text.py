"""Fixtures of classes 1 to 15: encodings, characters, and where a row begins and ends."""

# ruff: noqa: E501 - a table: one fixture is one line
from __future__ import annotations

from tests.bad_input.fixture import BAD, FileFixture
from tests.bad_input.make import of_lines, refused, rejected, repaired
from tests.bad_input.rows import HEADER, around, csv, excel, line_of, point, sound
from tests.bad_input.rows import xml as xml_of

_NAME = f"{BAD}.csv"
_THREE = around(sound("2"))
_ALL = ("1", "2", "3")


def _file(number: int, what: str, outcome: str, content: bytes, **how: object) -> FileFixture:
    return FileFixture(number, what, outcome, files={_NAME: content}, **how)  # type: ignore[arg-type]


def _foreign(row: str, encoding: str = "cp1252") -> bytes:
    """Row 2 in another encoding than its neighbours."""
    return csv([sound("1")]) + (row + "\r\n").encode(encoding) + csv([sound("3")]).split(b"\r\n", 1)[1]


_MARK = [
    _file(1, "before the header", "F", csv(_THREE, encoding="utf-8-sig"), arrive=_ALL),
    _file(1, "before a quoted header", "F", b"\xef\xbb\xbf" + csv(_THREE).replace(b"Nr;", b'"Nr";', 1), arrive=_ALL),
    _file(
        1, "before a title line", "F", b"\xef\xbb\xbfStellen vom 22.11.;;\r\n" + csv(_THREE),
        arrive=_ALL, source={"options": {"header_row": 2}},
    ),
    FileFixture(1, "before XML", "F", {f"{BAD}.xml": b"\xef\xbb\xbf" + xml_of(around(point("2"), point))}, "hr_ba_xml", arrive=_ALL),
]  # fmt: skip
_WRONG_ENCODING = [
    _file(2, "place in cp1252", "R", _foreign(line_of(Titel="Koch", Text="x", Betrieb="x")), code="E108", line=3, column="Ort", absent=("2",)),
    _file(2, "title in cp850", "R", _foreign(line_of(Text="x", Ort="x", Betrieb="x"), "cp850"), code="E108", line=3, column="Titel", absent=("2",)),
    rejected(2, "bytes in a database", "E108", "Ort", "sql_table", Ort="Münster".encode("cp1252")),
    refused(2, "whole file in cp1252", "E305", csv([sound(str(n)) for n in range(4, 60)], encoding="cp1252")),
    refused(2, "UTF-8 declared cp1252", "E305", csv([sound("2")]), source={"options": {"encoding": "cp1252"}}, arrive=()),
]  # fmt: skip
_TWICE = [
    rejected(3, "place", "E108", "Ort", Ort="MÃ¼nster"),
    rejected(3, "text", "E108", "Text", Text="StraÃŸe und BrÃ¶tchen"),
    rejected(3, "typographic quote", "E108", "Titel", Titel="KÃ¶chin â€žGartenâ€œ"),
    rejected(3, "in a workbook", "E108", "Betrieb", "excel_file", Betrieb="BÃ¤ckerei"),
]
_ALIEN = [
    refused(4, "UTF-16 with mark", "E305", csv([sound("2")], encoding="utf-16")),
    refused(4, "UTF-16 without mark", "E305", csv([sound("2")], encoding="utf-16-le")),
    refused(4, "UTF-32", "E305", csv([sound("2")], encoding="utf-32")),
    refused(4, "EBCDIC", "E305", csv([sound("2")], encoding="cp500")),
    refused(
        4, "two encodings in turns", "E305",
        csv([]) + b"".join((line_of(Nr=str(n)) + "\r\n").encode("cp1252" if n % 2 else "utf-8") for n in range(4, 20)),
    ),
]  # fmt: skip
_NUL = [
    rejected(5, "in a text", "E107", "Text", Text="M\0ll"),
    rejected(5, "in the identifier", "E107", "Nr", cells={"Nr": "2\0"}),
    rejected(5, "in a database", "E107", "Titel", "sql_table", Titel="Ba\0cker"),
    rejected(5, "in a column nobody reads", "E107", None, Stand="\0", source={"modified": None}),
]
_CONTROLS = [
    rejected(6, "C0 in a title", "E107", "Titel", Titel="Koch\x07"),
    rejected(6, "C1 in a text", "E107", "Text", Text="Koch\x85in"),
    rejected(6, "direction turned in an identifier", "E109", "Nr", cells={"Nr": "2\u202e"}),
    rejected(6, "private use in an identifier", "E109", "Nr", cells={"Nr": "2\ue000"}),
    repaired(6, "zero width in a title", {"title": "Bäcker"}, Titel="Bä\u200bcker\ufeff"),
    repaired(6, "direction turned in a title", {"title": "Koch exe"}, Titel="Koch \u202eexe\u202c", code="W107", column="Titel", line=3),
    repaired(6, "direction turned in a text", {"description": "abc def"}, Text="abc \u2067def\u2069", code="W107", column="Text", line=3),
    repaired(6, "private use in a title", {"title": "Koch"}, Titel="\uf0b7 Koch"),
    repaired(6, "non-character in a name", {"employer.name": "Muster GmbH"}, Betrieb="Muster\ufffe GmbH\U0001ffff"),
]  # fmt: skip
_HALF = [
    _file(7, "in UTF-8", "R", _foreign(line_of(Titel="#")).replace(b"#", b"\xed\xa0\x80"), code="E108", line=3, absent=("2",), column="Titel"),
    rejected(7, "in a database", "E108", "Titel", "sql_table", Titel=b"Koch \xed\xb0\x80"),
    rejected(7, "pair written as two", "E108", "Text", "sql_table", Text=b"\xed\xa0\xbd\xed\xb8\x80"),
]  # fmt: skip
_DECOMPOSED = [
    repaired(8, "place", {"workplace.place": "Münster"}, Ort="Mu\u0308nster"),
    repaired(8, "title of a workbook", {"title": "Bäcker"}, "excel_file", Titel="Ba\u0308cker"),
    repaired(8, "postings", {"description": "Brötchen"}, "hr_ba_xml", Text="Bro\u0308tchen"),
    _file(
        8, "header", "F", csv(_THREE).replace(b"Betrieb", "Tra\u0308ger".encode()), arrive=_ALL,
        source={"columns": {"employer.name": "Träger"}},
    ),
]  # fmt: skip
_DELIMITER = [
    refused(9, "comma", "E303", csv([sound("2", Lohn="15", LohnBis="17", Stunden="38")], delimiter=","), says="','"),
    refused(9, "tab", "E303", csv([sound("2")], delimiter="\t"), says="'\\t'"),
    refused(9, "bar", "E303", csv([sound("2")], delimiter="|"), says="'|'"),
]
_QUOTE = [
    of_lines(10, "never closed", "R", sound("1"), line_of(Titel='"Koch'), sound("3"), code="E207", line=3, absent=("2",)),
    of_lines(10, "in the last column", "R", sound("1"), line_of(Stand='"2026'), sound("3"), code="E207", line=3, absent=("2",)),
    of_lines(10, "closed in the middle", "R", sound("1"), line_of(Text='"a" b"'), sound("3"), code="E207", line=3, absent=("2",)),
    of_lines(
        10, "open before a text of several lines", "R", sound("1"), line_of(Text='"offen'), line_of(Nr="3", Text='"eins\r\nzwei"'),
        code="E207", line=3, absent=("2",),
    ),
]  # fmt: skip
_WIDTH = [
    of_lines(11, "one too few", "R", sound("1"), line_of().rpartition(";")[0], sound("3"), code="E207", line=3, absent=("2",)),
    of_lines(11, "one too many", "R", sound("1"), line_of() + ";zuviel", sound("3"), code="E207", line=3, absent=("2",)),
    of_lines(11, "delimiter in a text", "R", sound("1"), line_of(Text="a; b"), sound("3"), code="E207", line=3, absent=("2",)),
    of_lines(11, "identifier alone", "R", sound("1"), "2", sound("3"), code="E207", line=3, absent=("2",)),
]  # fmt: skip
_COLUMNS = [
    refused(12, "twice", "E310", csv([sound("2")], (*HEADER, "Titel")), says="'Titel'"),
    refused(12, "missing", "E303", csv([sound("2")], HEADER[:-1]), says="'Stand'"),
    refused(12, "missing in a workbook", "E303", excel([sound("2")], HEADER[1:]), "excel_file", says="'Nr'"),
    _file(12, "unknown", "OK", csv(around(sound("2", Geheim="x")), (*HEADER, "Geheim")), arrive=_ALL),
]
_ORDER = [
    _file(13, "turned round", "OK", csv(_THREE, HEADER[::-1]), arrive=_ALL),
    _file(13, "one moved", "OK", csv(_THREE, (*HEADER[1:], "Nr")), arrive=_ALL),
    FileFixture(13, "workbook", "OK", {f"{BAD}.xlsx": excel(_THREE, sorted(HEADER))}, "excel_file", arrive=_ALL),
]
_HUGE_CELL = [
    rejected(14, "text", "E106", "Text", Text="x" * 140_000),
    of_lines(14, "quoted text", "R", sound("1"), line_of(Text='"' + "x" * 140_000 + '"'), sound("3"), code="E106", line=3, absent=("2",)),
    rejected(14, "title of a database", "E106", "Titel", "sql_table", Titel="x" * 140_000),
]  # fmt: skip
_HUGE_ROW = [
    rejected(15, "text", "E106", "Text", Text="wort " * 300_000),
    of_lines(15, "many lines in quotes", "R", sound("1"), line_of(Text='"' + "zeile\r\n" * 200_000 + '"'), sound("3"), code="E207", line=3, absent=("2",)),
    of_lines(15, "line without end", "R", sound("1"), line_of(Stand="x" * (6 << 20)), sound("3"), code="E106", line=3, absent=("2",)),
    rejected(15, "posting", "E106", "Text", "hr_ba_xml", Text="wort " * 300_000),
]  # fmt: skip

FIXTURES = [
    *_MARK, *_WRONG_ENCODING, *_TWICE, *_ALIEN, *_NUL, *_CONTROLS, *_HALF, *_DECOMPOSED, *_DELIMITER, *_QUOTE, *_WIDTH,
    *_COLUMNS, *_ORDER, *_HUGE_CELL, *_HUGE_ROW,
]  # fmt: skip
