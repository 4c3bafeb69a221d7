"""What waits to be read: a file, or a database view at a moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

Load = Literal["full", "delta"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """A file (or a database view at a moment) that waits to be read."""

    source: str
    file: str
    path: Path | None
    sha256: str | None
    day: date | None
    load: Load
    moment: str | None = None
    check_sum: int | None = None
    """CRC-32C of what `sha256` was found of: whoever reads the file sees by it whether it is still the same."""

    @property
    def id(self) -> str:
        """Identifier within the Jobcenter; other content under the same name is another delivery."""
        return f"{self.source}/{self.file}/{self.moment or (self.sha256 or '')[:8]}"

    @property
    def order(self) -> tuple[date, str]:
        """Deliveries are read by day; a file without a date in its name counts as the first day."""
        return (self.day or date.min, self.file)
