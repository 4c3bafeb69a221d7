"""Searches bytes for words that must not be there."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

_PREFIX = 3


class Canaries:
    """Many words, found in one pass: beginnings first, whole words only where one of them stands."""

    def __init__(self, words: Iterable[bytes]) -> None:
        self._words: dict[bytes, list[bytes]] = {}
        for word in sorted(set(words), key=len):
            self._words.setdefault(word[:_PREFIX], []).append(word)
        self._beginnings = re.compile(b"|".join(map(re.escape, self._words)))

    def found_in(self, data: bytes) -> set[bytes]:
        """Words that occur."""
        found: set[bytes] = set()
        for place in self._beginnings.finditer(data):
            begin = place.start()
            found.update(word for word in self._words[place[0]] if data.startswith(word, begin))
        return found

    def found_below(self, folder: Path) -> dict[str, list[bytes]]:
        """Files below a folder, of whatever kind, with the words in them."""
        hits = {}
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink() and (words := self.found_in(path.read_bytes())):
                hits[str(path.relative_to(folder))] = sorted(words)
        return hits
