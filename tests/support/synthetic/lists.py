"""Real places, occupations and industries, read from the project's code list files."""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path

_LISTS = Path(__file__).parents[3] / "schemas" / "lists"
KREIS = {"borken": "05554", "coesfeld": "05558", "steinfurt": "05566", "warendorf": "05570", "muenster": "05515"}


def _rows(name: str) -> list[dict[str, str]]:
    with (_LISTS / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def places(jobcenter: str) -> list[tuple[str, str, str]]:
    """Postcode, name without suffix, municipality key."""
    return [
        (row["plz"], re.split(r"[,(]", row["name"])[0].strip(), row["ags"])
        for row in _rows("municipalities.csv")
        if row["ags"].startswith(KREIS[jobcenter])
    ]


@cache
def occupations(digits: int = 5) -> list[str]:
    """Occupation codes with that many digits."""
    return [row["code"] for row in _rows("kldb2010_v2020.csv") if len(row["code"]) == digits]


@cache
def industries() -> list[str]:
    """Two-digit industry codes, also those that begin with a zero."""
    return [row["code"] for row in _rows("wz2008.csv") if re.fullmatch(r"[0-9]{2}", row["code"])]
