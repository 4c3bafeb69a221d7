"""What of a value may be shown beside a finding: codes, numbers and days as they are, of all else only its shape."""

from __future__ import annotations

import re
from typing import Any

from connectors.mapping.row_mapping import RowMapping
from connectors.values.texts import number_text
from schemas.leak_guard import CODES, leak_in

_VALUE_MAX = 40
# Fields whose values may be shown. Titles, texts, names and addresses are not among them, nor is any key.
_SHOWN_FIELDS = """
    kldb2010 kldb3 ba_dkz_id plz ags kreis code version betriebsnummer instrument measure_number theme month subsidy
    placement_type weekly_hours openings openings_filled start_on end_on published_from published_until term_until
    visibility working_time employment_kind contract_term offer_type pay minimum maximum period
    seats seats_free entries exits early_exits employed_after_6_months
"""
_SHOWN = frozenset(_SHOWN_FIELDS.split())
# Codes about two fields that contradict each other: one of them alone says nothing.
_BOTH = {"E214": ("placement_type", "subsidy")}


def shown_value(mapping: RowMapping, values: Any, column: str | None, code: str | None) -> str | None:
    """The value behind a finding, if its column holds codes, numbers or days and it looks like nobody's number."""
    if column is None or values is None or code in CODES:
        return None
    fields = [path for path, entry in mapping.config.columns.items() if column in entry.names]
    if not fields or not all(path.rsplit(".", 1)[-1] in _SHOWN for path in fields):
        return None
    told = [mapping.column_of(field) or column for field in _BOTH.get(code or "", ())]
    texts = [_text(values, name) for name in dict.fromkeys(told or [column]) if name in values]
    return " + ".join(texts) if any(texts) and all(map(_is_harmless, texts)) else None


def _is_harmless(text: str) -> bool:
    return len(text) <= _VALUE_MAX and text.isprintable() and leak_in(text) is None


def masked_value(values: Any, column: str | None) -> str | None:
    """The shape of a value that is not shown: "Xxxxxx 999", or how long it is. None for an empty cell."""
    if column is None or values is None:
        return None
    text = _text(values, column).strip()
    if not text:
        return None
    if len(text) > _VALUE_MAX:
        return f"[{len(text)}]"
    shape = re.sub(r"[^\W\d_]", lambda found: "X" if found[0].isupper() else "x", re.sub(r"\d", "9", text))
    return "".join(char if char.isprintable() else "?" for char in shape)


def _text(values: Any, column: str) -> str:
    raw: Any = values.get(column)
    return number_text(raw[0] if isinstance(raw, list) and raw else raw)
