"""Bodies without a version → their content hashes, and the same bodies as first versions.

Epoch and version follow each other at a known place, two zeros while there is none. Hashes are taken of that. A first
version is written over them in a copy of all bodies, which lie one behind the other; they are not put together again.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
import pyarrow as pa

from connectors.fast.binary import at, ends_of
from schemas.identity import content_hashes
from schemas.writer import long_bytes

_NO_VERSION_BYTES = 2


class Bare:
    """Bodies of some rows."""

    def __init__(self, bodies: pa.BinaryArray, before: np.ndarray, broken: np.ndarray, epoch: int) -> None:
        """
        Args:
            bodies: with the bytes of no version; null: a row in doubt.
            before: bytes before epoch and version.
            broken: rows that are in doubt as well.
            epoch: of the Jobcenter.
        """
        self._bodies, self._before, self._epoch = bodies, before, epoch
        self._is_doubt = broken | bodies.is_null().to_numpy(zero_copy_only=False)
        self.doubts: list[bool] = self._is_doubt.tolist()
        """Of each row whether it is in doubt."""

    @cached_property
    def hashes(self) -> list[str]:
        """Content hashes; of a row in doubt it says nothing."""
        return content_hashes([body or b"" for body in self._bodies.to_pylist()])

    @cached_property
    def first(self) -> list[bytes]:
        """Bodies as the first version of their entity; of a row in doubt it says nothing."""
        ends, content = ends_of(self._bodies), np.frombuffer(self._bodies.buffers()[2] or b"", np.uint8)
        version = np.frombuffer(long_bytes(self._epoch) + long_bytes(1), np.uint8)
        more, (*_, epoch, number) = version[:-_NO_VERSION_BYTES], version
        places = (ends[:-1] + self._before)[~self._is_doubt]
        if len(more):  # an epoch of several bytes needs room
            content = np.insert(content, np.repeat(places, len(more)), np.tile(more, len(places)))
            places = places + len(more) * np.arange(1, len(places) + 1)
            ends = ends + len(more) * np.cumsum(np.concatenate(([0], ~self._is_doubt)), dtype=np.int32)
        else:
            content = content.copy()
        content[places], content[places + 1] = epoch, number
        found: list[bytes] = at(pa.py_buffer(content), ends).to_pylist()
        return found

    def around_version(self, place: int) -> tuple[bytes, bytes]:
        """What stands before and behind the version of a row."""
        body: bytes = self._bodies[place].as_py()
        before = int(self._before[place])
        return body[:before], body[before + _NO_VERSION_BYTES :]
