"""Texts: repaired where that loses nothing, refused where it would."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from connectors.errors import BadRow

# Control characters (tab, line feed and carriage return apart), half characters, and what UTF-8 looks like when
# it was read as a Windows character set ("MÃ¼nster").
_DOUBLE = r"[ÂÃ][\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|â€|â‚¬"
_SUSPECT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]|" + _DOUBLE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
# Marks that turn the direction of reading, so that "gpj.exe" looks like "exe.jpg".
_TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_TURNED = re.compile(f"[{_TURNING}]")
# Marks that are not seen but change how a short text reads or compares; characters that are private or are none.
_NONE = "\ufdd0-\ufdef" + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0xF0000, 0x10000))
_INVISIBLE = re.compile(f"[\u200b-\u200f\u2060-\u2065\ufeff\ue000-\uf8ff{_NONE}\U000f0000-\U0010ffff]")
# Among the first 256 characters: what is not printed, a line feed too, and what UTF-8 read wrongly begins with.
_MINDED = bytes(byte for byte in range(256) if not chr(byte).isprintable() or chr(byte) in "ÃÂâ")


def text(value: Any) -> str:
    """Text without blanks around it, composed (NFC), with line feeds as line ends: repairs that lose nothing.

    Marks that turn the direction of reading are taken out; who has to know of it asks `is_turned` before.

    Raises:
        BadRow: E107 control characters, E108 characters of another encoding.
    """
    raw = value if isinstance(value, str) else number_text(value)
    if raw.isprintable() and "Ã" not in raw and "Â" not in raw and "â" not in raw:
        return unicodedata.normalize("NFC", raw).strip()  # nothing below could be found
    found = _SUSPECT.search(raw)
    if found is not None and found[0] in _TURNING:
        raw = _TURNED.sub("", raw)
        found = _SUSPECT.search(raw)
    if found is not None:
        raise BadRow("E107" if _CONTROL.match(found[0]) else "E108")
    return unicodedata.normalize("NFC", raw.replace("\r\n", "\n").replace("\r", "\n")).strip()


def texts(cells: Sequence[str]) -> list[str] | None:
    """`text` of many cells, which `short_text` would not make otherwise; None if one of them has anything to repair."""
    return list(map(str.strip, cells)) if are_plain("".join(cells)) else None


def are_plain(together: str) -> bool:
    """Whether there is nothing to repair or refuse in texts, blanks around them apart."""
    try:
        # Of the first 256 characters all are composed. One look for those that `text` minds is enough.
        raw = together.encode("latin-1")
        return len(raw.translate(None, _MINDED)) == len(raw)
    except UnicodeEncodeError:
        # What is composed as a whole is so in its parts.
        return (
            together.isprintable()
            and not any(sign in together for sign in "ÃÂâ")
            and unicodedata.is_normalized("NFC", together)
        )


def is_turned(value: Any) -> bool:
    """Whether a text has marks that turn the direction of reading."""
    if not isinstance(value, str) or value.isascii():
        return False
    # Looks for single marks cost less than a search: a Latin text is known at once to hold none of them.
    for mark in _TURNING:  # noqa: SIM110 - any() costs three times as much
        if mark in value:
            return True
    return False


def short_text(value: Any) -> str:
    """Text of a title or a name: marks nobody sees are taken out as well."""
    return _INVISIBLE.sub("", text(value)).strip()


def number_text(value: Any) -> str:
    """A cell as a person would read it: 21124.0 from a spreadsheet is 21124, a truth value is true or false."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    return "" if value is None else str(value)
