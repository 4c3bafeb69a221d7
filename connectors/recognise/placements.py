"""Placements whose kind says only that they are subject to social insurance: whether subsidised, their subsidy says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schemas.rules import SUBSIDIES

OPEN = "SVB"
"""Stands in a proposal for a kind that is one of several, by its subsidy. Never in a Jobcenter's file."""
_KINDS = ("SVB_UNGEFOERDERT", "SVB_GEFOERDERT", "OEFF_GEF")
_KIND_OF = {subsidy: kind for kind in _KINDS for subsidy in SUBSIDIES[kind]}


def paired(columns: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a source, with the kind made of both columns where one does not tell it.

    A pair that there is not keeps its kind, so that the rule about both refuses it (E214) and names them.
    """
    kind, subsidy = columns.get("placement_type"), columns.get("subsidy")
    if not isinstance(kind, dict) or OPEN not in kind.get("codes", {}).values():
        return dict(columns)
    known = {value: told for value, told in kind["codes"].items() if told != OPEN}
    if not isinstance(subsidy, dict) or "column" not in subsidy:
        return {**columns, "placement_type": {**kind, "codes": known}}
    codes: dict[str, str] = {}
    for value in (value for value, told in kind["codes"].items() if told == OPEN):
        told = {f"{value} {paid}": _KIND_OF[symbol] for paid, symbol in subsidy.get("codes", {}).items()}
        usual = "SVB_GEFOERDERT"
        codes |= {value: "SVB_UNGEFOERDERT", **{pair: meant for pair, meant in told.items() if meant != usual}}
        codes[f"{value} *"] = usual
    codes |= {f"{value} *": told for value, told in known.items()}
    return {**columns, "placement_type": {"columns": [kind["column"], subsidy["column"]], "codes": codes}}


def open_values(columns: Mapping[str, Any]) -> list[str]:
    """Kinds that no other column settles."""
    kind = columns.get("placement_type")
    if "subsidy" in columns or not isinstance(kind, dict):
        return []
    return [value for value, told in kind.get("codes", {}).items() if told == OPEN]
