"""Finds client data in texts before they leave a Jobcenter, and once more in the hub.

Numbers only: names cannot be told from ordinary words. Patterns and check digits: § 51a SGB II
(customer number), § 139b AO (tax id), ISO 13616 (IBAN), VKVV (pension insurance number).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from stdnum import iban
from stdnum.de import idnr

from schemas.codes import Finding

# Letters and digits must not touch the number, an underscore or a hyphen may.
_START, _END = r"(?<![0-9A-Za-zÄÖÜäöüß])", r"(?![0-9A-Za-zÄÖÜäöüß])"
_BENEFIT_UNIT = re.compile(_START + r"[0-9]{5}\s?(?:BG\s?|//)[0-9]{7}" + _END, re.IGNORECASE)
_CUSTOMER = re.compile(_START + r"[0-9]{3}\s?[A-Z]\s?[0-9]{6}" + _END)
_PENSION = re.compile(_START + r"[0-9]{2}\s?[0-3][0-9][01][0-9][0-9]{2}\s?[A-Z]\s?[0-9]{3}" + _END)
_IBAN = re.compile(_START + r"[A-Z]{2}[0-9]{2}(?:\s?[0-9A-Z]{4}){2,7}(?:\s?[0-9A-Z]{1,3})?" + _END)
_TAX = re.compile(_START + r"[1-9][0-9](?:\s?[0-9]{3}){3}" + _END)

# Contact of an employer: telephone numbers and addresses stand there by right.
_NOT_SEARCHED = frozenset({"contact.phone", "contact.email", "contact.website"})


def leak_in(text: str) -> str | None:
    """Code of the first kind of client number found in a text, None if there is none."""
    if _BENEFIT_UNIT.search(text):
        return "E510"
    if _CUSTOMER.search(text):
        return "E511"
    if any(iban.is_valid(_longest_iban(found[0])) for found in _IBAN.finditer(text)):
        return "E512"
    if _PENSION.search(text):
        return "E513"
    if any(idnr.is_valid(found[0]) for found in _TAX.finditer(text)):
        return "E514"
    return None


def leaks(record: Mapping[str, Any]) -> list[Finding]:
    """Findings for every text of a record, contact fields apart."""
    found = ((leak_in(text), path) for path, text in _texts(record, "") if path not in _NOT_SEARCHED)
    return [Finding(code, path) for code, path in found if code]


def _longest_iban(text: str) -> str:
    """A German IBAN has 22 places; what follows it in a sentence is not part of it."""
    compact = re.sub(r"\s", "", text)
    return compact[:22] if compact.startswith("DE") else compact


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _texts(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, path)
