"""Exports that know no quotes are recognised by what the two ways of reading them make of it."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from connectors.recognise.encoding import encoding_of
from connectors.recognise.text_sample import text_sample

HEADER = "Nr\tTitel\tFirma\tOrt"
PLAIN = ["1\tKoch\tMuster GmbH\tAhaus", "2\tKoch\tMuster GmbH\tAhaus"]


def quotes(lines: list[str]) -> str | None:
    text = "\n".join([HEADER, *lines, ""])
    sample = text_sample(Path("x.txt"), text, encoding_of(text.encode()), text.encode())
    found: str | None = sample.options.get("quotes")
    return found


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (PLAIN, None),
        ([*PLAIN, '3\tKoch\t"Zum Anker" Gaststätten GmbH\tAhaus'], "none"),
        ([*PLAIN, '3\tKoch\t"Zum Anker\tAhaus'], None),  # never closed
        ([*PLAIN, '3\tKoch\tBistro 7" und mehr\tAhaus'], None),  # both ways lead to the same
        ([*PLAIN, '3\t"Koch"\t"Muster; GmbH"\tAhaus'], None),
        ([*PLAIN, '3\t"Koch\tund mehr"\tMuster GmbH\tAhaus', '4\tKoch\t"Zum Anker" GmbH\tAhaus'], None),
    ],
)
def test_only_where_all_lines_are_rows_without_quotes_and_not_with_them(lines: list[str], expected: str | None) -> None:
    assert expected == quotes(lines)


def test_what_is_in_quotes_is_shown_as_it_stands() -> None:
    text = "\n".join([HEADER, *PLAIN, '3\tKoch\t"Zum Anker" GmbH\tAhaus', ""])
    sample = text_sample(Path("x.txt"), text, encoding_of(text.encode()), text.encode())

    assert ("3", "Koch", '"Zum Anker" GmbH', "Ahaus") == sample.rows[2]
    with pytest.raises(csv.Error):
        next(csv.reader(['"Zum Anker" GmbH\tAhaus'], delimiter="\t", strict=True))
