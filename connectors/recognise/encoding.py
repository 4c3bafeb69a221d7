"""Which character encoding a file is written in: a closed list, judged by how German text would read.

A one-byte encoding decodes anything, so decoding without an error proves nothing. Each candidate is asked how many
umlauts and how many oddities it would make of the same bytes. `latin-1` is never an answer: what it could mean is
said as cp1252 or iso-8859-15, with the reason beside it.
"""

from __future__ import annotations

import codecs
from collections import Counter
from dataclasses import dataclass

ONE_BYTE = ("cp1252", "iso-8859-15", "cp850", "mac_roman")
"""Candidates for what is neither UTF-8 nor UTF-16; of two that read equally well the first is taken."""

_LETTERS = frozenset("äöüÄÖÜß")
_SIGNS = frozenset("€–—„“”‚‘’…§°²³½·•éèáàêçÉñëïóíø«»\u00a0®©±×µ&")
_ASCII = bytes(range(128))
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_WINS, _TYPOGRAPHIC, _ODD = 10, 4, -12


@dataclass(frozen=True, slots=True)
class Encoding:
    """An encoding, why it is taken, and whether the bytes left no other choice."""

    name: str
    why_de: str
    why_en: str
    is_certain: bool = True
    is_harmless: bool = False
    """Not certain, but another choice would read the same characters."""


def encoding_of(raw: bytes) -> Encoding:
    """The encoding of a file's bytes (all of them, or whole lines from its beginning)."""
    for mark, name in _MARKS:
        if raw.startswith(mark):
            return Encoding(name, "am Kennzeichen (BOM) am Dateianfang erkannt", "known by the mark (BOM) at its start")
    if raw.count(0) > len(raw) // 4:
        name = "utf-16-le" if raw[1::2].count(0) > raw[::2].count(0) else "utf-16-be"
        return Encoding(name, "jedes zweite Byte ist null", "every second byte is zero", is_certain=False)
    if raw.isascii():
        return Encoding("utf-8", "nur ASCII-Zeichen", "ASCII characters only")
    good, bad = _lines_by_utf8(raw)
    if not bad:
        return Encoding("utf-8", "alle Umlaute sind gültiges UTF-8", "all umlauts are valid UTF-8")
    if good > bad:
        return Encoding(
            "utf-8",
            f"{good} Zeilen mit Umlauten sind gültiges UTF-8, {bad} nicht",
            f"{good} lines with umlauts are valid UTF-8, {bad} are not",
            is_certain=False,
        )
    return _one_byte(raw)


def _lines_by_utf8(raw: bytes) -> tuple[int, int]:
    """How many lines beyond ASCII are valid UTF-8, and how many are not."""
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        return 1, 0
    good = bad = 0
    for line in raw.splitlines():
        if line.isascii():
            continue
        try:
            line.decode("utf-8")
            good += 1
        except UnicodeDecodeError:
            bad += 1
    return good, bad


def _one_byte(raw: bytes) -> Encoding:
    counts = Counter(raw.translate(None, _ASCII))
    points = {name: _points(counts, name) for name in ONE_BYTE}
    best = max(points.values())
    equal = [name for name in ONE_BYTE if points[name] == best]
    taken = equal[0]
    umlauts = sum(count for byte, count in counts.items() if _char(byte, taken) in _LETTERS)
    if len(equal) > 1:
        others = ", ".join(equal[1:])
        return Encoding(
            taken,
            f"angenommen: {umlauts} Umlaute lesen sich richtig; {others} läse dieselben Zeichen",
            f"assumed: {umlauts} umlauts read well; {others} would read the same characters",
            is_certain=False,
            is_harmless=True,
        )
    return Encoding(
        taken,
        f"{umlauts} Umlaute und Zeichen wie € lesen sich nur so richtig",
        f"{umlauts} umlauts and signs such as € read well only like this",
        is_certain=best > 0,
    )


def _points(counts: Counter[int], name: str) -> int:
    return sum(count * _weight(_char(byte, name)) for byte, count in counts.items())


def _char(byte: int, name: str) -> str:
    return bytes([byte]).decode(name, "replace")


def _weight(char: str) -> int:
    if char in _LETTERS:
        return _WINS
    return _TYPOGRAPHIC if char in _SIGNS else _ODD
