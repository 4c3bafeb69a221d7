"""What a source keeps in its private folder: fetched files that wait to be read, and a few remembered facts.

Everything is whole or absent, whenever the machine stops: written beside, flushed to the disk, then renamed.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

_MEMORY = "memory.json"
_PART = ".part"
_UNSAFE = re.compile(r'[\x00-\x1f<>:"/\\|?*]')


class Spool:
    """The private folder of one source, made when first written to. One process uses it at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, name: str) -> Path:
        """Where a file of that name lies; names that Windows or a shell would not bear are made harmless."""
        return self.folder / safe_name(name)

    def put(self, name: str, blocks: Iterable[bytes]) -> tuple[Path, str]:
        """Write a file as a whole; returns its place and SHA-256."""
        path = self.path(name)
        return path, self._write(path, blocks)

    def _write(self, path: Path, blocks: Iterable[bytes]) -> str:
        digest = hashlib.sha256()
        self._make()
        part = path.with_name(path.name + _PART)
        with part.open("wb") as file:
            for block in blocks:
                digest.update(block)
                file.write(block)
        self.adopt(part, path)
        return digest.hexdigest()

    def keep_only(self, names: Iterable[str]) -> None:
        """Remove all other files; what was remembered stays."""
        kept = {safe_name(name) for name in names} | {_MEMORY}
        for path in self.folder.glob("*"):
            if path.name not in kept and path.is_file():
                with suppress(PermissionError):  # on Windows, still open somewhere; it goes next time
                    path.unlink(missing_ok=True)

    def recall(self) -> dict[str, Any]:
        """The remembered facts; none if there are none yet."""
        try:
            found: dict[str, Any] = json.loads((self.folder / _MEMORY).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        return found

    def remember(self, facts: dict[str, Any]) -> None:
        """Replace the remembered facts. Durable when it returns."""
        self._write(self.folder / _MEMORY, [json.dumps(facts, ensure_ascii=False, indent=1).encode()])

    @staticmethod
    def adopt(part: Path, path: Path) -> None:
        """Give a written file its name, durably."""
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        # Whole from the moment it has its name: nobody need wait whether it still grows.
        os.utime(part, (time.time() - 60,) * 2)
        os.replace(part, path)

    def _make(self) -> None:
        # Rows may be in it: nobody else's business. On Windows the rights of the data folder are inherited.
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def safe_name(name: str) -> str:
    """A file name that is one on Windows too and leads nowhere else."""
    made = _UNSAFE.sub("_", name).strip(" .")[:150]
    return made if made and made != _MEMORY else f"_{made}"
