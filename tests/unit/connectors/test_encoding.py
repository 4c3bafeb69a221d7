"""The encoding of a file is told from its bytes, and what is assumed is said to be."""

from __future__ import annotations

import pytest

from connectors.recognise.encoding import encoding_of

TEXT = "Nr;Titel;Ort\r\n1;Bäcker für Brötchen;Münster\r\n2;Küchenhilfe, 14 € je Stunde – sofort;Südlohn\r\n"


@pytest.mark.parametrize("name", ["utf-8", "cp1252", "cp850"])
def test_german_text_tells_its_encoding(name: str) -> None:
    text = TEXT if name != "cp850" else TEXT.replace("€", "EUR").replace("–", "-")

    assert name == encoding_of(text.encode(name)).name


def test_iso_8859_15_is_known_by_its_euro_sign() -> None:
    assert "iso-8859-15" == encoding_of(TEXT.replace("–", "-").encode("iso-8859-15")).name


def test_mac_roman_is_known_by_its_umlauts() -> None:
    assert "mac_roman" == encoding_of(TEXT.encode("mac_roman")).name


@pytest.mark.parametrize(("name", "told"), [("utf-8-sig", "utf-8"), ("utf-16", "utf-16")])
def test_a_mark_at_the_start_is_believed(name: str, told: str) -> None:
    assert told == encoding_of(TEXT.encode(name)).name


def test_utf_16_without_a_mark_is_recognised() -> None:
    assert "utf-16-le" == encoding_of("Nr;Ort\r\n1;Borken\r\n".encode("utf-16-le")).name


def test_an_assumption_says_what_else_would_do_and_latin_1_is_never_an_answer() -> None:
    found = encoding_of("Münster".encode("latin-1"))

    assert ("cp1252", False) == (found.name, found.is_certain)
    assert "iso-8859-15" in found.why_de
    assert "iso-8859-15" in found.why_en


def test_a_few_broken_lines_do_not_change_the_encoding_of_a_file() -> None:
    lines = [f"{number};Münster\n".encode() for number in range(50)] + ["99;Größe\n".encode("cp1252")]
    found = encoding_of(b"".join(lines))

    assert ("utf-8", False) == (found.name, found.is_certain)
