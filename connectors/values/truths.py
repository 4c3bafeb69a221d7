"""Truth values as databases, spreadsheets and people write them."""

from __future__ import annotations

from typing import Any

from connectors.errors import BadRow
from connectors.values.texts import text

_BOOLEANS = dict.fromkeys(("j", "ja", "1", "true", "t", "y", "yes", "wahr"), True) | dict.fromkeys(
    ("n", "nein", "0", "false", "f", "no", "falsch"), False
)


def boolean_de(value: Any) -> bool:
    """J/N, ja/nein, 1/0, and what databases and spreadsheets write: t/f, true/false, yes/no, WAHR/FALSCH."""
    try:
        return value if isinstance(value, bool) else _BOOLEANS[text(value).casefold()]
    except KeyError:
        raise BadRow("E105") from None
