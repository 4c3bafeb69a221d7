"""Finds deliveries that are files of a folder: what all sources that read such files have in common."""

from __future__ import annotations

import os
import re
from datetime import date
from pathlib import Path

from connectors.contract.delivery import Delivery, Load
from connectors.contract.source import Wanted
from connectors.contract.workplace import Workplace
from connectors.errors import Retry
from connectors.file_hashes import FileHashes
from connectors.names import plain

_DAY = re.compile(r"(?<![0-9])(20[0-9]{2})(-?)([0-9]{2})\2([0-9]{2})(?![0-9])")
FOLDER_AGAIN_SECONDS = 30.0


class FileSource:
    """What all sources that read files from a folder have in common: finding them."""

    def __init__(self, name: str, wanted: Wanted, files: str | None, load: Load) -> None:
        self.name, self.wanted, self.files, self.load = name, wanted, files or "*", load
        self._hashes = FileHashes()

    def open(self, workplace: Workplace) -> None:
        """From now on files that were read before a restart are known. Otherwise they lie in the folder, as they do."""
        self._hashes = workplace.hashes

    def settled(self, delivery: Delivery) -> None:
        """Nothing to tell: a file stays where it is."""

    def close(self) -> None:
        """Nothing is held open."""

    def deliveries(self, folder: Path, until: date | None) -> list[Delivery]:
        """Files of the folder that fit the pattern, oldest day first.

        A link or device fits too and is refused when it is read, so that somebody hears of it.

        Raises:
            Retry: E713 the folder cannot be looked into: a share that is away, or a right that is missing.
        """
        try:
            with os.scandir(folder) as entries:  # glob keeps silent about it, and nothing lying there looks the same
                next(entries, None)
        except OSError as error:
            raise Retry("E713", f"{folder}: {error.strerror or type(error).__name__}", FOLDER_AGAIN_SECONDS) from None
        found, names = [], set[str]()
        for path in sorted(folder.glob(self.files)):
            name = path.relative_to(folder).as_posix()
            names.add(name)
            day = day_of(path.name)
            is_folder = path.is_dir() and not path.is_symlink()
            if is_folder or path.name.startswith((".", "~$")) or (until and day and day > until):
                continue
            sha256, check_sum = self._hashes.of(path, name)
            found.append(Delivery(self.name, plain(path.name), path, sha256, day, self.load, check_sum=check_sum))
        self._hashes.keep_only(names)
        return sorted(found, key=lambda delivery: delivery.order)


def day_of(name: str) -> date | None:
    """Date in a file name, written YYYY-MM-DD or YYYYMMDD."""
    for year, _, month, day in _DAY.findall(name):
        try:
            return date(int(year), int(month), int(day))
        except ValueError:
            continue
    return None
