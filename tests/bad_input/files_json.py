"""Fixtures of JSON files: class 43, and what JSON has in common with other formats."""

# ruff: noqa: E501 - a table: one fixture is one line
from __future__ import annotations

import json as json_text
from typing import Any

from tests.bad_input.fixture import AFTER, BAD, BEFORE, FileFixture
from tests.bad_input.make import refused, rejected, taken
from tests.bad_input.rows import json, sound

_KIND = "json_file"


def _item(change: str, **cells: Any) -> str:
    """Item 2, with something written into it that json.dumps would not write."""
    return json_text.dumps(sound("2", **cells))[:-1] + f", {change}}}"


def _odd(number: int, what: str, item: str, column: str | None, code: str = "E215", **how: Any) -> FileFixture:
    content = {f"{BAD}.json": json([sound("1"), item, sound("3")])}
    return FileFixture(number, what, "R", content, _KIND, code=code, line=2, column=column, absent=("2",), **how)


def _held(number: int, what: str, bad: bytes, code: str) -> FileFixture:
    files = {f"{BEFORE}.json": json([sound("1"), sound("4"), sound("5")]), f"{BAD}.json": bad}
    return FileFixture(number, what, "W", files, _KIND, code=code, arrive=("1", "4", "5"))


FIXTURES: list[FileFixture] = [
    refused(4, "JSON in UTF-16", "E305", json([sound("2")]).decode().encode("utf-16"), _KIND),
    refused(4, "JSON in cp1252", "E305", json([json_text.dumps(sound("2"), ensure_ascii=False)]).decode().encode("cp1252"), _KIND),
    rejected(7, "in JSON", "E108", "Titel", _KIND, Titel="Koch \ud800"),
    _odd(18, "NaN in JSON", _item('"Lohn": NaN').replace('"Lohn": "15,50", ', ""), "Lohn"),
    _odd(18, "Infinity in JSON", _item('"Lohn": -Infinity').replace('"Lohn": "15,50", ', ""), "Lohn"),
    _odd(18, "1e999 in JSON", _item('"Lohn": 1e999').replace('"Lohn": "15,50", ', ""), "Lohn", "E103"),
    _odd(20, "digits in JSON", _item('"Anzahl": ' + "9" * 5000).replace('"Anzahl": "1", ', ""), "Anzahl", "E103"),
    refused(35, "JSON", "E304", json([sound("2")])[:-20], _KIND),
    _held(35, "fewer items than told", json([sound("1"), sound("4")], total=3), "E502"),
    _held(36, "no item", json([]), "E306"),
    _held(36, "no byte of JSON", b"", "E306"),
    _odd(43, "a name twice", _item('"Titel": "Koch"'), "Titel"),
    _odd(43, "a name twice that nobody reads", _item('"x": 1, "x": 2'), None),
    _odd(43, "a name twice in another Unicode form", _item('"Träger": 1, "Tra\u0308ger": 2'), None),
    _odd(43, "an object for a text", _item('"Titel": {"de": "Koch"}').replace('"Titel": "B\\u00e4cker (m/w/d)", ', ""), "Titel"),
    _odd(43, "a list of lists", _item('"Titel": [["Koch"]]').replace('"Titel": "B\\u00e4cker (m/w/d)", ', ""), "Titel"),
    _odd(43, "no object", '"Koch"', None),
    _odd(43, "null", "null", None),
    refused(43, "nested deeply", "E304", b'{"stellen": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", _KIND),
    refused(43, "objects in objects", "E304", b'{"a":' * 5000 + b"1" + b"}" * 5000, _KIND),
    refused(43, "more behind the end", "E304", json([sound("2")]) + b" x", _KIND),
    refused(43, "two documents", "E304", json([sound("2")]) * 2, _KIND),
    refused(43, "no list", "E304", b'{"stellen": {"Nr": "2"}}', _KIND),
    refused(43, "a page of a browser", "E304", b"<!doctype html><html></html>", _KIND),
    refused(43, "comments and single quotes", "E304", b"{'stellen': [] /* */}", _KIND),
    taken(43, "a number for a number", {"openings": 2}, _KIND, Anzahl=2),
    FileFixture(43, "a mark in front", "OK", {f"{BEFORE}.json": json([sound("1")]), f"{BAD}.json": b"\xef\xbb\xbf" + json([sound("1"), sound("3")]), f"{AFTER}.json": json([sound("1"), sound("3")])}, _KIND),
]  # fmt: skip
