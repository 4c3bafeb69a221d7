"""What the values of a column look like: shares of postcodes, days, amounts, addresses, codes of known lists."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from connectors.recognise.known import known
from connectors.values.keys import kldb
from connectors.values.texts import number_text
from schemas import codelists
from schemas.leak_guard import leak_in
from schemas.nothing import NOTHING
from schemas.rules import betriebsnummer_ok

FEW_MAX = 14
"""A column with at most this many different values may be one of codes."""

FAR_DAYS = (
    *("31.12.9999", "00.00.0000", "31.12.2999", "01.01.0001"),
    *("9999-12-31", "0000-00-00", "2999-12-31"),
    *("99991231", "00000000", "29991231"),
)
"""How back offices write that there is no last day."""

_LONG = 80
_NEARLY, _NEARLY_ROWS_MIN = 0.97, 30
"""So many cells of an identifier are filled and different in an export with some faulty rows."""
_CLIENTS = 0.5
_LOOKED_AT = 300
_KLDB_LONGEST = 9
_COUNTED_MIN = 3


def _pattern(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern, re.IGNORECASE)
    return lambda text: compiled.fullmatch(text) is not None


@cache
def _places() -> frozenset[str]:
    return frozenset(name.casefold() for name in codelists.municipalities().values())


def _is_kldb(text: str) -> bool:
    return kldb(text) in codelists.occupations() if 4 <= len(text) <= _KLDB_LONGEST else False


def _is_ags(text: str) -> bool:
    return len(text) in (7, 8) and text.isdigit() and text.zfill(8) in codelists.municipalities()


def _is_betriebsnummer(text: str) -> bool:
    return text.isdigit() and betriebsnummer_ok(text.zfill(8)) and len(text) >= 6


KINDS: dict[str, Callable[[str], bool]] = {
    "plz": _pattern(r"[0-9]{5}"),
    "plz_here": lambda text: text in codelists.postcodes(),
    "date_de": _pattern(r"[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4}( 00:00(:00)?)?"),
    "date_iso": _pattern(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]00:00(:00(\.0+)?)?)?"),
    "date_compact": _pattern(r"(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])"),
    "stamp": _pattern(r"([0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4})[ T][0-9]{2}:[0-9]{2}.*"),
    "month": _pattern(r"20[0-9]{2}-?(0[1-9]|1[0-2])|(0?[1-9]|1[0-2])[./]20[0-9]{2}"),
    "client": lambda text: leak_in(text) is not None,
    "integer": _pattern(r"[0-9]{1,4}(\.0)?"),
    "digits": _pattern(r"[0-9]+"),
    "amount": _pattern(r"([0-9]{1,3}(\.[0-9]{3})*(,[0-9]{1,2})?|[0-9]+([.,][0-9]{1,2})?)(\s*(€|EUR))?"),
    "euro": _pattern(r"((EUR|€)\s*)?[0-9.]+(,[0-9]{1,2})?\s*(EUR|€)|(EUR|€)\s*[0-9.]+(,[0-9]{1,2})?"),
    "comma": _pattern(r"[0-9.]+,[0-9]{1,4}"),
    "point": _pattern(r"[0-9]+\.[0-9]{1,2}"),
    "pay_range": _pattern(r"[0-9]+([.,][0-9]{1,2})?(\s*(-|–|bis)\s*[0-9]+([.,][0-9]{1,2})?)?\s*(EUR|€).*\w+\.?"),
    "kldb5": _is_kldb,
    "kldb3": lambda text: len(text) == 3 and text in codelists.occupations(),
    "wz": lambda text: len(text) >= 2 and text[:2].isdigit() and codelists.known_industry(text),
    "ags": _is_ags,
    "kreis": lambda text: text in codelists.REGION,
    "betriebsnummer": _is_betriebsnummer,
    "email": _pattern(r"[^@\s;]+@[^@\s;]+\.[a-z]{2,}"),
    "url": _pattern(r"(https?://|www\.)\S+"),
    "phone": _pattern(r"(\+49|0)[0-9][0-9 ()/.-]{4,}"),
    "place": lambda text: codelists.short_name(text).casefold() in _places(),
    "company": _pattern(
        r".*\b(gmbh|ag|kg|e\.? ?k\.?|e\.? ?v\.?|ohg|mbh|ug|se|gbr|stiftung|gasthof|bäckerei|werke?)\b.*"
    ),
    "street": _pattern(r".*(stra(ß|ss)e|str\.|weg|platz|allee|gasse|ring|damm|ufer|markt|kamp|stiege)\b.*"),
    "job": _pattern(r".*(\((?:m|w|d|x)/(?:m|w|d|x)/(?:m|w|d|x)\)|/-?in\b|/r\b|:in\b|helfer|fachkraft|fahrer).*"),
    "measure_number": _pattern(r"[0-9]{3}/[0-9]{1,5}/[0-9]{2}"),
    "instrument": lambda text: text in codelists.instruments(),
    "yes_no": _pattern(r"j|n|ja|nein|t|f|true|false|y|yes|no|x|wahr|falsch"),
    "long": lambda text: len(text) > _LONG,
}


@dataclass(frozen=True, slots=True)
class Profile:
    """A column of a sample: its header, how much is filled, and the share of each kind among what is filled."""

    header: str
    place: int
    filled: int
    rows: int
    shares: dict[str, float]
    values: dict[str, int]
    """Different values and how often each occurs; only of columns with few of them."""
    is_unique: bool
    is_nearly_unique: bool
    """Whether it would be, without a few faulty rows."""
    counts_rows: bool
    """Whether it only numbers the rows, 1, 2, 3: another number each time the list is made."""
    far: tuple[str, ...]
    """Days, or words in place of a day, that mean none."""
    days: bool
    """Whether the format itself gave days, as a spreadsheet does."""
    moments: bool
    """Whether some of those days came with a time."""
    numbers: bool
    median: float | None

    def share(self, kind: str) -> float:
        """Share of the filled cells that look like this kind."""
        return self.shares.get(kind, 0.0)

    @property
    def is_client_number(self) -> bool:
        """Whether it holds numbers of clients. Such a column is never read, whatever its header says."""
        return self.share("client") > _CLIENTS and self.share("long") == 0


def profile(header: str, place: int, cells: Sequence[Any]) -> Profile:
    """Look at the cells of one column."""
    told = [cell for cell in cells if not _is_nothing(cell)]
    texts = [_text(cell) for cell in told]
    far = tuple(dict.fromkeys(text for text in texts if _is_no_day(text)))
    plain = [text for text in texts if not _is_no_day(text)][:_LOOKED_AT]
    shares = {}
    for kind, looks_like in KINDS.items():
        hits = sum(looks_like(text) for text in plain)
        if hits:
            shares[kind] = hits / len(plain)
    counts = Counter(texts)
    numbers = sorted(number for number in map(_number, plain) if number is not None)
    return Profile(
        header=header,
        place=place,
        filled=len(told),
        rows=len(cells),
        shares=shares,
        values=dict(counts.most_common()) if len(counts) <= FEW_MAX else {},
        is_nearly_unique=len(cells) >= _NEARLY_ROWS_MIN and min(len(told), len(counts)) >= _NEARLY * len(cells),
        is_unique=len(counts) == len(told) == len(cells) and len(told) > 0,
        counts_rows=_counts(texts),
        far=far,
        days=bool(told) and sum(isinstance(cell, date) for cell in told) > len(told) / 2,
        moments=any(isinstance(cell, datetime) for cell in told),
        numbers=bool(told) and sum(isinstance(cell, int | float | Decimal) for cell in told) > len(told) / 2,
        median=numbers[len(numbers) // 2] if len(numbers) > len(plain) / 2 else None,
    )


def _counts(texts: Sequence[str]) -> bool:
    return len(texts) >= _COUNTED_MIN and list(texts) in (
        [str(number + first) for number in range(len(texts))] for first in (0, 1)
    )


def _is_no_day(text: str) -> bool:
    return text in FAR_DAYS or text.casefold() in known("words")["no_day"]


def _is_nothing(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and cell.strip() in NOTHING)


def _text(cell: Any) -> str:
    if isinstance(cell, date):
        return str(cell)[:10]
    return number_text(cell).strip()


def _number(text: str) -> float | None:
    text = re.sub(r"\s*(EUR|€)\s*", "", text)
    if not re.fullmatch(r"[0-9.]+(,[0-9]+)?", text):
        return None
    try:
        return float(text.replace(".", "").replace(",", ".")) if "," in text else float(text)
    except ValueError:
        return None
