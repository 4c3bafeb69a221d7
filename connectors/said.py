"""What a delivery said of each key so far: content hash, outcome and line."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

from connectors.compare import Outcome
from connectors.offered import Offered

Saying = tuple[str | None, Outcome, int]
"""Content hash, None if nobody knows it; outcome; line."""


@dataclass
class Firsts:
    """First events of entities, in lines that follow each other. One by itself is hardly ever asked for."""

    line: int
    keys: Sequence[str]
    hashes: Sequence[str]

    @cached_property
    def _places(self) -> dict[str, int]:
        return {key: at for at, key in enumerate(self.keys)}

    def said(self, key: str) -> Saying:
        """Of one of them."""
        at = self._places[key]
        return self.hashes[at], Outcome.NEW, self.line + at


class Said:
    """Holds every key that could be read, of rejected rows too: a rejected row is no vanished entity. Of rows that were
    passed over unread the key is in `offered`.
    """

    def __init__(self) -> None:
        self._of: dict[str, Saying | Firsts] = {}
        self.offered = Offered([], b"")

    def __contains__(self, key: object) -> bool:
        return key in self._of

    def note(self, key: str, hash_: str | None, outcome: Outcome, line: int) -> None:
        """The last thing it said of a key."""
        self._of[key] = hash_, outcome, line

    def note_firsts(self, line: int, keys: Sequence[str], hashes: Sequence[str]) -> None:
        """It said the first things ever of these keys, from a line on."""
        self._of.update(dict.fromkeys(keys, Firsts(line, keys, hashes)))

    def knows_any(self, keys: Collection[str]) -> bool:
        """Whether it said anything of one of these."""
        return not self._of.keys().isdisjoint(keys)

    def known(self, keys: set[str]) -> set[str]:
        """Those of which it said anything."""
        return keys & self._of.keys() if self.knows_any(keys) else set()

    def is_first(self, key: str) -> bool:
        """Whether nothing was ever sent of an entity before it was one of many that were first."""
        return isinstance(self._of.get(key), Firsts)

    def of(self, key: str) -> Saying | None:
        """The last thing it said of a key, by a row that was passed over too."""
        said = self._of.get(key)
        if isinstance(said, Firsts):
            return said.said(key)
        if said is None and (line := self.offered.line_of(key)) is not None:
            return None, Outcome.UNCHANGED, line
        return said
