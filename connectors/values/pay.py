"""Amounts of money, and what a job pays in which period."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from connectors.errors import BadRow
from connectors.values.numbers import decimal_de, decimal_point
from connectors.values.texts import text

_EURO = re.compile(r"(?:EUR|€)?\s*([0-9.,-]+)\s*(?:EUR|€)?", re.IGNORECASE)
_PAY_RANGE = re.compile(
    r"(-?[0-9]+(?:[.,][0-9]{1,2})?)(?:\s*(?:-|–|bis)\s*(-?[0-9]+(?:[.,][0-9]{1,2})?))?\s*(?:EUR|€)\s*(?:/|pro|je)?\s*(\w+)\.?"
)
_PAY_PERIODS = {
    "std": "HOUR",
    "stunde": "HOUR",
    "h": "HOUR",
    "tag": "DAY",
    "woche": "WEEK",
    "mon": "MONTH",
    "monat": "MONTH",
    "jahr": "YEAR",
}


def money(value: Any) -> Decimal:
    """An amount with at most two places, from a number or from text with a point."""
    amount = decimal_point(value)
    if amount != amount.quantize(Decimal("0.01")):
        raise BadRow("E103")
    return amount


def euro_de(value: Any) -> Decimal:
    """1.234,50 € or EUR 1.234,50; a number cell of a spreadsheet is taken as it is."""
    if not isinstance(value, str):
        return decimal_point(value)
    found = _EURO.fullmatch(text(value))
    if found is None:
        raise BadRow("E103")
    return decimal_de(found[1])


def pay_range(value: Any) -> dict[str, Any]:
    """15.75 - 17.75 EUR/Std: both bounds and the period."""
    found = _PAY_RANGE.fullmatch(text(value))
    period = _PAY_PERIODS.get(found[3].casefold()) if found else None
    if found is None or period is None:
        raise BadRow("E103")
    least = Decimal(found[1].replace(",", "."))
    most = Decimal(found[2].replace(",", ".")) if found[2] else least
    return {"minimum": least, "maximum": most, "period": period}
