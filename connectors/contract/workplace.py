"""What a source is lent while it runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from connectors.contract.row import Broken, Row
from connectors.file_hashes import FileHashes

Examine = Callable[[Sequence[Row | Broken]], list[tuple[str, str | None] | None]]
"""Tells of each row the code and column it would be refused with, or None. Nothing is remembered of it."""


@dataclass(frozen=True, slots=True)
class Workplace:
    """What the runner lends a source while it runs."""

    private: Path
    """A folder of this source alone, beside the state file and kept between runs. It need not exist yet."""
    examine: Examine
    hashes: FileHashes = field(default_factory=FileHashes)
    """What the files of this source hash to."""
    listens: bool = True
    """False in a dry run: no port is opened."""
