"""Searches bytes for words that must not be there."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

_PREFIX, _SHORTEST = 3, 6


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


def disguises(word: str) -> set[bytes]:
    """A word in the forms it may hide in: other encodings, base64, hexadecimal, as JSON or a URL writes it."""
    plain = word.encode()
    found = {plain, word.encode("utf-16-le"), word.encode("cp1252", "replace"), plain.hex().encode()}
    found |= {plain.hex().upper().encode(), json.dumps(word)[1:-1].encode(), quote(word, safe="").encode()}
    # In base64 a word looks different at each of three places; only whole groups are sure to be there.
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + plain)
        found.add(coded[4 if shift else 0 : len(coded) // 4 * 4 - 4])
    return {form for form in found if len(form) >= _SHORTEST}
