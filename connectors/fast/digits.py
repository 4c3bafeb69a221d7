"""Which of many texts have digits as every client number has them, seen on all of them at once.

`schemas/leak_guard.py` says what that is and looks at those texts closer. Here digits of a neighbour may count as near,
so that some more than needed are named.
"""

from __future__ import annotations

import numpy as np

from schemas.leak_guard import BYTES_BETWEEN_MOST, DIGITS_LEAST

_BEFORE_IBAN_DIGITS = 2  # letters


def with_digits(data: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Places of texts that may hold a client's number.

    Args:
        data: bytes (UTF-8) of all texts, one behind the other.
        ends: where the first text begins in it, and where each ends.
    """
    digits = np.flatnonzero(data - ord("0") < 10)
    steps = np.diff(digits)
    touched = []
    if (np.diff(np.searchsorted(digits, ends)) >= DIGITS_LEAST).any():
        # Nine digits near each other: eight steps in a row that are short.
        in_a_row = DIGITS_LEAST - 1
        short = np.concatenate(([0], np.cumsum(steps <= BYTES_BETWEEN_MOST + 1)))
        first = np.flatnonzero(short[in_a_row:] - short[:-in_a_row] == in_a_row)
        touched = [digits[first + step] for step in range(DIGITS_LEAST)]
    # Two letters and two digits, as an IBAN begins.
    pairs = digits[:-1][steps == 1]
    pairs = pairs[pairs >= _BEFORE_IBAN_DIGITS]
    touched.append(pairs[_is_letter(data[pairs - 1]) & _is_letter(data[pairs - 2])])
    return np.unique(np.searchsorted(ends, np.concatenate(touched), side="right") - 1)


def _is_letter(data: np.ndarray) -> np.ndarray:
    found: np.ndarray = (data | 0x20) - ord("a") < 26
    return found
