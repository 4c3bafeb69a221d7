"""Lines split by column → the first events of their entities, as far as nothing is in doubt about them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from connectors.columns import Columns
from connectors.fast.bodies import Bodies
from connectors.fast.digits import with_digits
from connectors.fast.texts import laid_out
from connectors.fast.versions import Bare
from connectors.mapping.row_mapping import RowMapping
from connectors.outgoing import Content
from schemas.leak_guard import leak_in


@dataclass
class Made:
    """What was made of some rows, column by column. None: a row in doubt."""

    keys: list[str | None]
    bodies: Bare

    @property
    def hashes(self) -> list[str]:
        """Content hashes; of a row in doubt it says nothing."""
        return self.bodies.hashes

    @property
    def first(self) -> list[bytes]:
        """Bodies as the first version of their entity; of a row in doubt it says nothing."""
        return self.bodies.first

    @cached_property
    def named(self) -> set[str]:
        """All keys."""
        return {*filter(None, self.keys)}

    @cached_property
    def twice(self) -> set[str]:
        """Keys of several rows."""
        if len(self.named) + self.keys.count(None) == len(self.keys):
            return set()
        return {key for key, count in Counter(self.keys).items() if count > 1 and key is not None}

    def others(self, known: Container[str]) -> list[int]:
        """Rows that are in doubt, or whose key is one of these."""
        return [
            at
            for at, (key, doubt) in enumerate(zip(self.keys, self.bodies.doubts, strict=True))
            if doubt or key is None or key in known
        ]

    def is_in_doubt(self, at: int) -> bool:
        """Whether a row has to go the plain way."""
        return self.keys[at] is None or self.bodies.doubts[at]

    def content(self, at: int) -> Content:
        """Content of a row that is not in doubt."""
        return Content(*self.bodies.around_version(at), self.bodies.hashes[at])


class Events:
    """The fast way of one source."""

    def __init__(self, mapping: RowMapping, columns: Columns) -> None:
        self._mapping, self._key = mapping, str(mapping.key_alone)
        self._bodies = Bodies(columns, mapping.jobcenter.epoch)

    def made(self, table: Mapping[str, Any]) -> Made:
        """Keys and bodies of the rows of a table (`pyarrow.StringArray` by column)."""
        cells: list[str] = table[self._key].to_pylist()
        keys = self._mapping.usual_keys(cells)
        for at in with_digits(*laid_out(table[self._key])):
            if leak_in(cells[at]) is not None:
                keys[at] = None
        return Made(keys, self._bodies.made(table[self._key], table))
