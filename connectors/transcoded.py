"""Files in other encodings than UTF-8: the name that is declared, and a copy in UTF-8 that can be read by lines."""

from __future__ import annotations

import codecs
import shutil
import tempfile
import weakref
from pathlib import Path

from connectors.errors import Stop
from schemas.faults import Wrong

_BLOCK_CHARS = 1 << 20
_USUAL = "utf-8, cp1252, iso-8859-15, cp850"


def known_encoding(name: str) -> str:
    """The usual name of an encoding.

    Raises:
        Wrong: there is none of that name.
    """
    try:
        return codecs.lookup(name).name
    except LookupError:
        raise Wrong(
            f"unknown encoding {name!r}; usual ones: {_USUAL}",
            de=f"den Zeichensatz {name!r} gibt es nicht; üblich: {_USUAL}",
        ) from None


class Transcoded:
    """The copy lies in a private folder and is gone with this object."""

    def __init__(self, path: Path, encoding: str, file: str) -> None:
        """Raises Stop: E305 the file is not in that encoding."""
        folder = Path(tempfile.mkdtemp(prefix="jobhub-"))
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self.path = folder / "utf-8"
        try:
            with (
                path.open(encoding=encoding, newline="") as source,
                self.path.open("w", encoding="utf-8", newline="") as copy,
            ):
                while block := source.read(_BLOCK_CHARS):
                    copy.write(block)
        except UnicodeError:
            raise Stop("E305", f"{file} is not written in {encoding}") from None
