"""Finds client data in texts before they leave a Jobcenter, and once more in the hub.

Numbers only: names cannot be told from ordinary words. Patterns and check digits: § 51a SGB II
(customer number), § 139b AO (tax id), ISO 13616 (IBAN), VKVV (pension insurance number).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from stdnum import iban
from stdnum.de import idnr

from schemas.codes import Finding

CODES = frozenset({"E510", "E511", "E512", "E513", "E514"})
"""Codes that speak of client data. They outweigh every other finding, and no value is shown beside them."""

# Letters and digits must not touch a number, an underscore or a hyphen may. Patterns begin with a digit and look
# back from there, since so the search runs over ordinary text three times as fast.
_TOUCHING = r"[0-9A-Za-zÄÖÜäöüß]"
_GAP = r"[\s\-]{0,2}"  # \s is also the no-break space of a text copied from Word

# A small letter counts only between touching digits: "120 m 150000" is an ordinary text. A plus sign before an
# eleven-digit number makes it a telephone number. What is found is looked ahead at, not consumed, so that a
# candidate that is none does not swallow the beginning of a true one.
_NUMBER = re.compile(
    rf"[0-9](?<!{_TOUCHING}[0-9])(?="
    rf"(?P<E510>[0-9]{{4}}{_GAP}(?:[Bb][Gg]|//){_GAP}[0-9]{{7}}(?!{_TOUCHING}))"
    rf"|(?P<E511>[0-9]{{2}}(?:{_GAP}[A-Z]{_GAP}[0-9]{{3}}\s?[0-9]{{3}}|[a-z][0-9]{{6}})(?!{_TOUCHING}))"
    rf"|(?P<E513>[0-9]{_GAP}[0-3][0-9]\s?[01][0-9]\s?[0-9]{{2}}(?:{_GAP}[A-Z]{_GAP}|[a-z])[0-9]{{3}}(?!{_TOUCHING}))"
    rf"|(?<!\+[0-9])(?P<E514>[0-9](?:[\s./\-]?[0-9]{{3}}){{3}}(?!{_TOUCHING})))"
)
_IBAN = re.compile(
    rf"[0-9](?<=[A-Za-z]{{2}}[0-9])(?<!{_TOUCHING}[A-Za-z]{{2}}[0-9])(?=[0-9](?:[\s.\-]?[0-9A-Za-z]){{11,30}})"
)
_IBAN_PLACES_MOST = 34

_SEPARATOR = "\0"  # no number reaches across it

# What every number above has in it: nine digits, never more than 14 bytes apart (in an E510 two letters, and two blanks
# of up to three bytes on both sides), or an IBAN's first four places. Ordinary text is told from it in a third of the
# time: digits are one byte, letters another, so that a search runs from digit to digit.
DIGITS_LEAST, BYTES_BETWEEN_MOST = 9, 14
_KINDS = b"".join(
    b"0" if chr(byte) in "0123456789" else b"a" if byte < 0x80 and chr(byte).isalpha() else b"|" if byte == 0 else b" "
    for byte in range(256)
)
_HAS_PARTS = re.compile(rb"0(?:(?<=aa0)0|(?:[^0|]{0,%d}0){%d})" % (BYTES_BETWEEN_MOST, DIGITS_LEAST - 1))

# Contact of an employer: telephone numbers and addresses stand there by right.
_NOT_SEARCHED = frozenset({"contact.phone", "contact.email", "contact.website"})


def leak_in(text: str) -> str | None:
    """Code of the first client number found in a text, None if there is none."""
    if not may_hold_number(text):
        return None
    for found in _NUMBER.finditer(text):
        if found["E514"] is None or idnr.is_valid(found[0] + re.sub(r"[^0-9]", "", found["E514"])):
            return found.lastgroup
    return "E512" if any(_is_iban(text[found.start() - 2 :]) for found in _IBAN.finditer(text)) else None


def may_hold_number(text: str) -> bool:
    """Whether a text has digits as every client number has them. Most texts have not, and need no closer look."""
    return _HAS_PARTS.search(text.encode("utf-8", "surrogatepass").translate(_KINDS)) is not None


def leaks(record: Mapping[str, Any]) -> list[Finding]:
    """Findings for every text of a record, contact fields apart."""
    # Nearly every record is clean, and one search over all its texts costs a third of one for each.
    texts: list[str] = []
    _gather(record.values(), texts)
    if leak_in(_SEPARATOR.join(texts)) is None:
        return []
    found = ((leak_in(text), path) for path, text in _texts(dict(record), "") if path not in _NOT_SEARCHED)
    return [Finding(code, path) for code, path in found if code]


def searched_texts(value: Any, field: str) -> list[str]:
    """Every text in a field's value, contact fields apart."""
    if value.__class__ is str:
        return [value]
    return [text for path, text in _texts(value, field) if path not in _NOT_SEARCHED]


def _gather(values: Collection[Any], texts: list[str]) -> None:
    texts += [value for value in values if isinstance(value, str)]
    for value in values:
        if isinstance(value, dict):
            _gather(value.values(), texts)
        elif isinstance(value, list):
            _gather(value, texts)


def _is_iban(text: str) -> bool:
    """Whether a text begins with an IBAN. How long one is, its country says; what follows is not part of it."""
    compact = re.sub(r"[\s.\-]", "", text[: 2 * _IBAN_PLACES_MOST])
    return any(iban.is_valid(compact[:places]) for places in range(15, _IBAN_PLACES_MOST + 1))


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _texts(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, path)
