"""Numbers. Only the digits 0 to 9 are digits: Python's own int() also takes 1_000, +5 and Arabic digits."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from connectors.errors import BadRow
from connectors.values.texts import text

_DECIMAL_DE = re.compile(r"-?(?:[0-9]{1,12}|[0-9]{1,3}(?:\.[0-9]{3}){1,3})(?:,[0-9]{1,9})?")
_DECIMAL_POINT = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,9})?")
# Programs that know no gaps among whole numbers write 1.0; no notation of thousands has a single digit there.
_INTEGER = re.compile(r"-?[0-9]{1,18}(?:\.0)?")


def decimal_de(value: Any) -> Decimal:
    """1.234,50."""
    bare = text(value)
    if not _DECIMAL_DE.fullmatch(bare):
        raise BadRow("E103")
    return Decimal(bare.replace(".", "").replace(",", "."))


def decimal_point(value: Any) -> Decimal:
    """1234.50, or a number of a database or spreadsheet."""
    if isinstance(value, bool):
        raise BadRow("E103")
    # A database that keeps 21.85 as a binary number gives 21.849999999999998.
    bare = f"{value:.9f}".rstrip("0").rstrip(".") if isinstance(value, float) else text(value)
    if not _DECIMAL_POINT.fullmatch(bare):
        raise BadRow("E103")
    return Decimal(bare)


def decimal_excel(value: Any) -> Decimal:
    """A number cell; a text cell is written with a comma."""
    return decimal_de(value) if isinstance(value, str) else decimal_point(value)


def integer(value: Any) -> int:
    """A whole number; 1.0 is one."""
    if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
        raise BadRow("E103")
    bare = text(value)
    if not _INTEGER.fullmatch(bare):
        raise BadRow("E103")
    return int(bare.removesuffix(".0"))
