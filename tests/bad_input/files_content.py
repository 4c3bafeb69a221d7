"""Fixtures of classes 45 to 51: what somebody writes into a text to do harm, and what must not leave the house."""

# ruff: noqa: E501 - a table: one fixture is one line
from __future__ import annotations

from tests.bad_input.files_values import DELTA, VERSIONED
from tests.bad_input.fixture import BAD, BEFORE, FileFixture
from tests.bad_input.make import rejected, taken
from tests.bad_input.rows import csv, sound


def _kept(number: int, *texts: str, kind: str = "csv_file") -> list[FileFixture]:
    """Texts that are stored as they are."""
    return [taken(number, text[:24].strip(), {"description": text}, kind, Text=text) for text in texts]


_FORMULAS = _kept(45, "=1+cmd|' /C calc'!A0", "+49 251 000000", "-1+1", "@SUM(A1:A9)") + _kept(
    45, '=HYPERLINK("http://127.0.0.1","klick")', kind="excel_file"
)
_MARKUP = _kept(
    46,
    "<script>alert(1)</script>Brot",
    "<img src=x onerror=alert(2)>Brot",
    "<a href='javascript:alert(3)'>Brot</a>",
    "<svg onload=alert(4)><style>*{display:none}</style>Brot",
    "<iframe src=data:text/html,x></iframe>Brot",
)
_TEMPLATES = _kept(
    47, "{{7*7}}", "${jndi:ldap://127.0.0.1/x}", "{% include '/etc/passwd' %}", "[x](javascript:alert(5))"
)
_SQL = _kept(48, "x', DROP TABLE board.job --", "Robert'' OR 1=1", "\\'/**/UNION/**/SELECT/**/1", kind="sql_table")
_LOG_LINES = [
    taken(
        49, "line feed in a title", {"title": "Koch\n2026-11-22 ERROR forged"}, Titel='"Koch\n2026-11-22 ERROR forged"'
    ),
    taken(49, "JSON line in a text", {"description": 'a\n{"level":"error"}'}, "sql_table", Text='a\n{"level":"error"}'),
    rejected(49, "escape sequence", "E107", "Titel", Titel="Koch\x1b[31m"),
]
_CLIENT_DATA = [
    rejected(50, "benefit unit", "E510", "Text", Text="Bewerber 31701BG0012345 kommt"),
    rejected(50, "customer number", "E511", "Titel", Titel="Koch für 317B678114"),
    rejected(50, "bank account", "E512", "Text", "excel_file", Text="Lohn auf DE02 1203 0000 0000 2020 51"),
    rejected(50, "pension number", "E513", "Text", "hr_ba_xml", Text="RV 65 170839 J 003"),
    rejected(50, "tax number", "E514", "Betrieb", "sql_table", Betrieb="IdNr. 36 574 261 809"),
    rejected(50, "customer number as identifier", "E511", "Nr", cells={"Nr": "317B678114"}),
]
_PRIVATE = "erika.musterfrau@privat.example"
_ENDED = [sound("1", Version="1", Aktion="A"), sound("2", Version="1", Aktion="A", Mail=_PRIVATE)]
_CONTACTS = [
    taken(51, "anonymous offer", {"visibility": "ANONYMOUS", "contact.email": _PRIVATE}, Sicht="2", Mail=_PRIVATE),
    taken(51, "anonymous offer of a database", {"contact.email": _PRIVATE}, "sql_table", Sicht="2", Mail=_PRIVATE),
    FileFixture(
        51, "offer that ended", "OK",
        {f"{BEFORE}.csv": csv(_ENDED, VERSIONED), f"{BAD}.csv": csv([sound("3", Version="1", Aktion="A"), sound("2", Version="2", Aktion="L")], VERSIONED)},
        source=DELTA, absent=("2",), shown={"2": {"contact": None}},
    ),
]  # fmt: skip

FIXTURES = [*_FORMULAS, *_MARKUP, *_TEMPLATES, *_SQL, *_LOG_LINES, *_CLIENT_DATA, *_CONTACTS]
