"""A UTF-8 copy of a file written in UTF-16 ("Unicode text" of Excel), so that it can be read by lines."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path

from connectors.errors import Stop

_BLOCK_CHARS = 1 << 20


class Transcoded:
    """The copy lies in a private folder and is gone with this object."""

    def __init__(self, path: Path, encoding: str, file: str) -> None:
        """Raises Stop: E305 the file is not in that encoding."""
        folder = Path(tempfile.mkdtemp(prefix="jobhub-"))
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self.path = folder / "utf-8.csv"
        try:
            with (
                path.open(encoding=encoding, newline="") as source,
                self.path.open("w", encoding="utf-8", newline="") as copy,
            ):
                while block := source.read(_BLOCK_CHARS):
                    copy.write(block)
        except UnicodeError:
            raise Stop("E305", f"{file} is not written in {encoding}") from None
