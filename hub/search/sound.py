"""How a German word sounds, so that what is written as heard is found: Kölner Phonetik (H. J. Postel, 1969).

Two things are added for people who learn German: "er" at the end is spoken as an "a", and the "ch" of "Küche" is heard
as "sch".
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import groupby

_ALWAYS = dict.fromkeys("aeijouy", "0") | {
    "b": "1", "f": "3", "v": "3", "w": "3", "g": "4", "k": "4", "q": "4", "l": "5", "m": "6", "n": "6", "r": "7",
    "s": "8", "z": "8",
}  # fmt: skip

_SOFT = re.compile("([ei])ch")


@lru_cache(20_000)
def sound(word: str) -> str:
    """Digits that words have in common which sound alike, of a folded word."""
    spoken = _SOFT.sub(r"\1sch", word)
    while spoken.endswith("er"):
        spoken = spoken[:-2]
    letters = f" {spoken} "
    codes = "".join(_code(*letters[at - 1 : at + 2]) for at in range(1, len(letters) - 1))
    once = "".join(code for code, _ in groupby(codes))
    return once[:1] + once[1:].replace("0", "")


def _code(before: str, letter: str, after: str) -> str:
    """Digits of a letter among its neighbours; none for what is not heard."""
    match letter:
        case "p":
            return "3" if after == "h" else "1"
        case "d" | "t":
            return "8" if after in "csz" else "2"
        case "x":
            return "8" if before in "ckq" else "48"
        case "c":
            hard = after in "ahkloqrux" if before == " " else after in "ahkoqux" and before not in "sz"
            return "4" if hard else "8"
    return _ALWAYS.get(letter, "")
