"""Exports of placements, written to a file, and how much of them is read as it is meant."""

from __future__ import annotations

import csv
import io
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from connectors.checks import check_recognised
from connectors.mapping.row_mapping import RowMapping
from connectors.recognise.recognised import SOURCE, recognise
from schemas.rules import SUBSIDIES

ROWS = 120
_ALSO = {"SELBSTAENDIG": {"NONE", "ESG"}, "AUSBILDUNG_BETRIEBLICH": {"NONE"}, "AUSBILDUNG_SCHULISCH": {"NONE"}}


@dataclass(frozen=True, slots=True)
class Placed:
    """A row: its cells, and what they mean together. `fits` is whether there is such a placement."""

    cells: dict[str, str]
    kind: str
    subsidy: str
    fits: bool


@dataclass(frozen=True, slots=True)
class PlacementLayout:
    """How such an export is written."""

    name: str
    delimiter: str
    columns: dict[str, str]
    kinds: dict[str, str]
    subsidies: dict[str, str]

    def rows(self) -> list[Placed]:
        """Rows in which every pair that makes sense occurs, and three that do not."""
        pick = random.Random(self.name)
        pairs = [(kind, subsidy) for kind in self.kinds for subsidy in self.subsidies]
        sound = [pair for pair in pairs if self._meant(*pair)[2]]
        wrong = [pair for pair in pairs if self._meant(*pair)[0] == "MINIJOB" and not self._meant(*pair)[2]][:3]
        chosen = [*(sound[number % len(sound)] for number in range(ROWS - len(wrong))), *wrong]
        return [self._row(number, *pair, pick) for number, pair in enumerate(chosen)]

    def _row(self, number: int, kind: str, subsidy: str, pick: random.Random) -> Placed:
        cells = {
            "key": f"{pick.randrange(10**9, 10**10)}",
            "month": f"2026-{pick.randrange(1, 11):02}",
            "kind": kind,
            "subsidy": subsidy,
            "kldb3": pick.choice(["621", "541", "513", "821", "292"]),
            "kreis": pick.choice(["05554", "05558", "05566", "05570", "05515"]),
        }
        return Placed(cells, *self._meant(kind, subsidy))

    def _meant(self, kind: str, subsidy: str) -> tuple[str, str, bool]:
        told, paid = self.kinds[kind], self.subsidies[subsidy]
        if told == "SVB":
            told = next(name for name in ("SVB_UNGEFOERDERT", "SVB_GEFOERDERT", "OEFF_GEF") if paid in SUBSIDIES[name])
        return told, paid, paid in SUBSIDIES.get(told, _ALSO.get(told, set()))

    def write(self, path: Path) -> None:
        """Write the file."""
        buffer = io.StringIO(newline="")
        writer = csv.writer(buffer, delimiter=self.delimiter)
        writer.writerow(self.columns.values())
        writer.writerows([row.cells[field] for field in self.columns] for row in self.rows())
        path.write_bytes(buffer.getvalue().encode())


def placement_layouts() -> list[PlacementLayout]:
    """All of them, the known one first."""
    loaded: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
    return [PlacementLayout(**entry) for entry in loaded]


def right_rows(layout: PlacementLayout, folder: Path) -> tuple[int, list[str]]:
    """How many rows are taken for what they mean, or refused because there is no such pair; and what of the others."""
    path = folder / "vermittlungen.csv"
    layout.write(path)
    found = recognise(path)
    jobcenter = found.jobcenter()
    mapping = RowMapping(jobcenter, SOURCE, {})
    refused = {one.row: one for one in check_recognised(path, found).findings if one.is_error}
    right, wrong = 0, []
    for number, row in enumerate(layout.rows(), start=1):
        code = refused[number].code if number in refused else None
        told: tuple[Any, ...] = (code,)
        if code is None:
            values = {header: row.cells[field] for field, header in layout.columns.items()}
            record = mapping.record(values, "x")
            told = (record["placement_type"], record["subsidy"])
        if told == ((row.kind, row.subsidy) if row.fits else ("E214",)):
            right += 1
        else:
            wrong.append(f"{row.cells['kind']} + {row.cells['subsidy']}: {told}")
    return right, wrong


__all__ = ["ROWS", "Placed", "PlacementLayout", "placement_layouts", "right_rows"]
