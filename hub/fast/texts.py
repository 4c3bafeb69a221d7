"""What concerns every text of a batch at once: UTF-8, control characters, and numbers that may be a client's.

A number is looked for by the distances between digits, nothing else: where digits stand as in a client number, the
leak guard itself is asked about the few bytes around. So ordinary texts cost nothing and none passes that it stops.
"""

from __future__ import annotations

import numpy as np

from hub.fast.columns import Columns
from hub.fast.walk import FILL, Bytes, Mask, Numbers, Walk, places
from schemas.leak_guard import leak_in

# Contact of an employer: numbers stand there by right, as in schemas/leak_guard.py.
NOT_SEARCHED = ("contact.phone", "contact.email", "contact.website")

# What the leak guard looks at, from the first digit on: the letters before an IBAN, and 68 characters of three bytes.
_BEFORE, _BEHIND = 3, 210
_FAR = 255
_DIGITS_MOST = 12
# A blank of two places is up to six bytes long: a no-break space has two, other spaces have three.
_BLANK, _BLANKS = 3, 6
_TOGETHER = 256  # records that are decoded at once, to see whether they can be


def doubt_texts(walk: Walk, text: Bytes, columns: Columns) -> None:
    """Doubt the records whose texts are not surely in order. `text` holds texts only, everything else is blanked."""
    _control_characters(walk, text)
    doubt_utf8(walk, text)
    _client_numbers(walk, text, columns)


def _control_characters(walk: Walk, text: Bytes) -> None:
    odd = places(text, lambda block: (block < 0x20) | (block == 0x7F) | (block == 0xC2))
    byte = text[odd]
    bad = (byte < 0x20) & (byte != 0x09) & (byte != 0x0A) & (byte != 0x0D) | (byte == 0x7F)
    bad |= (byte == 0xC2) & (text[odd + 1] < 0xA0)  # U+0080 to U+009F
    if bad.any():
        walk.doubt[walk.owner(odd[bad])] = True


def doubt_utf8(walk: Walk, text: Bytes) -> None:
    """Doubt the records whose texts are no UTF-8."""
    for first in range(0, walk.count, _TOGETHER):
        last = min(first + _TOGETHER, walk.count) - 1
        if not _is_utf8(text[walk.start[first] : walk.end[last]]):
            for place in range(first, last + 1):
                walk.doubt[place] |= not _is_utf8(text[walk.start[place] : walk.end[place]])


def _is_utf8(text: Bytes) -> bool:
    try:
        str(text.data, "utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _client_numbers(walk: Walk, text: Bytes, columns: Columns) -> None:
    digits = places(text, lambda block: block - np.uint8(0x30) < 10)
    if not digits.size:
        return
    found = digits[_as_in_a_number(digits, text) | _as_in_an_iban(digits, text)]
    owners = walk.owner(found)
    searched = ~(walk.doubt[owners] | _by_right(walk, found, owners, columns))
    for digit, owner in zip(found[searched].tolist(), owners[searched].tolist(), strict=True):
        around = text[max(digit - _BEFORE, walk.start[owner]) : min(digit + _BEHIND, walk.end[owner])]
        if leak_in(str(around.data, "utf-8", "replace")) is not None:
            walk.doubt[owner] = True


def _as_in_a_number(digits: Numbers, text: Bytes) -> Mask:
    """Whether the digits from each one on stand as in one of the client numbers of schemas/leak_guard.py."""
    # Distance to the next digit; from the last digit of a text it is far to the next text.
    step = np.full(len(digits) + _DIGITS_MOST, _FAR, np.uint8)
    step[: len(digits) - 1] = np.minimum(np.diff(digits), _FAR)
    step[: len(digits)][text[digits + 1] == FILL] = _FAR
    touching, near, blank = step == 1, step <= 1 + _BLANK, step <= 1 + _BLANKS
    # With letters between: one of them, or two, and blanks on both sides.
    letter = (step >= 2) & (step <= 2 + 2 * _BLANKS)
    letters = (step >= 3) & (step <= 3 + 2 * _BLANKS)

    def every(where: Mask, *places: int) -> Mask:
        together = where[places[0] : places[0] + len(digits)]
        for place in places[1:]:
            together = together & where[place : place + len(digits)]
        return together

    benefit_unit = every(touching, 0, 1, 2, 3, 5, 6, 7, 8, 9, 10) & every(letters, 4)
    customer = every(touching, 0, 1, 3, 4, 6, 7) & every(letter, 2) & every(near, 5)
    pension = every(touching, 0, 2, 4, 6, 8, 9) & every(blank, 1) & every(near, 3, 5) & every(letter, 7)
    tax = every(touching, 0, 2, 3, 5, 6, 8, 9) & every(near, 1, 4, 7)
    return benefit_unit | customer | pension | tax


def _as_in_an_iban(digits: Numbers, text: Bytes) -> Mask:
    """Whether two letters stand before a digit and a digit behind it."""
    found = np.append(np.diff(digits) == 1, False)
    for before in (1, 2):
        found[found] = (text[digits[found] - before] | 0x20) - np.uint8(0x61) < 26
    return np.asarray(found)


def _by_right(walk: Walk, found: Numbers, owners: Numbers, columns: Columns) -> Mask:
    by_right = np.zeros(len(found), bool)
    for path in NOT_SEARCHED:
        if found.size and (column := columns.get(path)) is not None and column.length is not None:
            begin, end = np.zeros((2, walk.count), np.int64)
            records = slice(None) if column.some is None else column.some
            begin[records], end[records] = column.values, column.values + column.length
            by_right |= (begin[owners] <= found) & (found < end[owners])
    return by_right
