"""Some rows of a file under their headers, with the source type and the options they were read with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from connectors.recognise.encoding import Encoding

SAMPLE_ROWS = 2000


@dataclass(frozen=True, slots=True)
class Sample:
    """A file's source type, the options it is read with, and some of its rows under their headers."""

    type: str
    options: dict[str, Any]
    header: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...] = ()
    encoding: Encoding | None = None
    notes: dict[str, Any] = field(default_factory=dict)

    def column(self, place: int) -> list[Any]:
        """Cells of one column; one that is a list counts as several."""
        cells = [row[place] for row in self.rows if place < len(row)]
        return [one for cell in cells for one in (cell or [None] if isinstance(cell, list) else [cell])]
