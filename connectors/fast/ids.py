"""Ids of events (rule V5) and their trace contexts. Only the SHA-1 itself is taken one by one."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from connectors.fast.binary import as_wide

_DIGITS = np.frombuffer(b"".join(b"%02x" % byte for byte in range(256)), np.uint16)
"""Both digits of each byte."""
_HEX, _DIGEST, _SPAN = 32, 20, 8
_ID = np.frombuffer(b"00000000-0000-0000-0000-000000000000", np.uint8)
_ID_DIGITS = np.flatnonzero(ord("0") == _ID)
_CONTEXT = np.frombuffer(b"00-" + b"0" * 32 + b"-" + b"0" * 16 + b"-01", np.uint8)
_TRACE_AT, _SPAN_AT = 3, 36
_ZERO = ord("0")


def hexadecimal(rows: np.ndarray) -> np.ndarray:
    """The digits of a matrix of bytes, twice as wide."""
    digits: np.ndarray = _DIGITS[rows].view(np.uint8)
    return digits


def digests(inputs: Sequence[bytes]) -> np.ndarray:
    """SHA-1 of each."""
    sha1 = hashlib.sha1
    found = b"".join([sha1(one, usedforsecurity=False).digest() for one in inputs])
    return np.frombuffer(found, np.uint8).reshape(len(inputs), _DIGEST)


def id_digits(inputs: Sequence[bytes]) -> np.ndarray:
    """The digits of the ids, as a matrix, from what they are made of."""
    uuids = digests(inputs)[:, : _HEX // 2].copy()
    uuids[:, 6] = uuids[:, 6] & 0x0F | 0x50
    uuids[:, 8] = uuids[:, 8] & 0x3F | 0x80
    return hexadecimal(uuids)


def ids(digits: np.ndarray) -> pa.BinaryArray:
    """As `ce_id` has them."""
    rows = np.tile(_ID, (len(digits), 1))
    rows[:, _ID_DIGITS] = digits
    return as_wide(rows)


def contexts(digits: np.ndarray, hashes: np.ndarray) -> pa.BinaryArray:
    """As `traceparent` has them (`schemas/envelope.event_traceparent`); `hashes`: digits of the content hashes."""
    rows = np.tile(_CONTEXT, (len(digits), 1))
    rows[:, _TRACE_AT : _TRACE_AT + _HEX] = digits
    spans = rows[:, _SPAN_AT : _SPAN_AT + 2 * _SPAN]
    spans[:] = hashes[:, : 2 * _SPAN]
    spans[(spans == _ZERO).all(axis=1), -1] = ord("1")
    return as_wide(rows)
