"""Named value parsers. Each takes one cell as the format gave it and returns a typed value, or raises BadRow.

Strict on purpose: notation is declared in the Jobcenter's file, never guessed. Only the digits 0 to 9 are digits
(Python's own int() also takes 1_000, +5 and Arabic digits), and a day must exist in the calendar.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from connectors.errors import BadRow

BERLIN = ZoneInfo("Europe/Berlin")

_DATE_DE = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})")
_DATE_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_DATE_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_DAY_AND_TIME = re.compile(r"([0-9.-]{8,10})(?:[ T]+[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)?")
_EURO = re.compile(r"(?:EUR|€)?\s*([0-9.,-]+)\s*(?:EUR|€)?", re.IGNORECASE)
_MIDNIGHT = re.compile(r"[ T]00:00(:00(\.0+)?)?$")
_DECIMAL_DE = re.compile(r"-?(?:[0-9]{1,12}|[0-9]{1,3}(?:\.[0-9]{3}){1,3})(?:,[0-9]{1,9})?")
_DECIMAL_POINT = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,9})?")
# Programs that know no gaps among whole numbers write 1.0; no notation of thousands has a single digit there.
_INTEGER = re.compile(r"-?[0-9]{1,18}(?:\.0)?")
_MONTH = re.compile(r"(20[0-9]{2})-?(0[1-9]|1[0-2])")
_MONTH_DE = re.compile(r"(0?[1-9]|1[0-2])[./](20[0-9]{2})")
_KLDB = re.compile(r"(?:B ?)?([0-9]{2}) ?([0-9]{3})|B ?([0-9]{4,5})")
_STAMP = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[ T]([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(?:\.([0-9]{1,6}))?")
_PAY_RANGE = re.compile(
    r"(-?[0-9]+(?:[.,][0-9]{1,2})?)(?:\s*(?:-|–|bis)\s*(-?[0-9]+(?:[.,][0-9]{1,2})?))?\s*(?:EUR|€)\s*(?:/|pro|je)?\s*(\w+)\.?"
)
_PAY_PERIODS = {
    "std": "HOUR",
    "stunde": "HOUR",
    "h": "HOUR",
    "tag": "DAY",
    "woche": "WEEK",
    "mon": "MONTH",
    "monat": "MONTH",
    "jahr": "YEAR",
}
_BOOLEANS = dict.fromkeys(("j", "ja", "1", "true", "t", "y", "yes", "wahr"), True) | dict.fromkeys(
    ("n", "nein", "0", "false", "f", "no", "falsch"), False
)

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

Parser = Callable[[Any], Any]


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


def date_de(value: Any) -> date:
    """31.12.2026."""
    return _calendar_day(_DATE_DE.fullmatch(_bare_day(value)), (3, 2, 1))


def date_iso(value: Any) -> date:
    """2026-12-31; a database may add midnight. A moment with a zone counts on clocks in Germany."""
    if isinstance(value, date):
        return day_of_timestamp(value) if isinstance(value, datetime) else value
    return _calendar_day(_DATE_ISO.fullmatch(_bare_day(value)), (1, 2, 3))


def date_any_excel(value: Any) -> date:
    """A date cell; a text cell counts if it is written 31.12.2026 or 2026-12-31. A bare number is no date."""
    if isinstance(value, date):
        return date_iso(value)
    bare = _bare_day(value)
    return date_iso(bare) if _DATE_ISO.fullmatch(bare) else date_de(bare)


def date_compact(value: Any) -> date:
    """20261231, as mainframes write it."""
    bare = text(value)
    return _calendar_day(_DATE_COMPACT.fullmatch(bare), (1, 2, 3))


def day_of_timestamp(value: Any) -> date:
    """The day on clocks in Germany: of 2026-11-22T23:30:00Z the 23rd, of 22.11.2026 05:12 the 22nd."""
    if isinstance(value, datetime):
        return value.astimezone(BERLIN).date() if value.tzinfo else value.date()
    if isinstance(value, date):
        return value
    bare = "" if isinstance(value, (bool, int, float)) else text(value)
    german = _DAY_AND_TIME.fullmatch(bare)
    if german is not None and _DATE_DE.fullmatch(german[1]):
        return date_de(german[1])
    return timestamp_iso(bare).astimezone(BERLIN).date() if ":" in bare else date_iso(bare)


def decimal_de(value: Any) -> Decimal:
    """1.234,50."""
    bare = text(value)
    if not _DECIMAL_DE.fullmatch(bare):
        raise BadRow("E103")
    return Decimal(bare.replace(".", "").replace(",", "."))


def decimal_point(value: Any) -> Decimal:
    """1234.50, or a number of a database or spreadsheet."""
    if isinstance(value, bool):
        raise BadRow("E103")
    # A database that keeps 21.85 as a binary number gives 21.849999999999998.
    bare = f"{value:.9f}".rstrip("0").rstrip(".") if isinstance(value, float) else text(value)
    if not _DECIMAL_POINT.fullmatch(bare):
        raise BadRow("E103")
    return Decimal(bare)


def decimal_excel(value: Any) -> Decimal:
    """A number cell; a text cell is written with a comma."""
    return decimal_de(value) if isinstance(value, str) else decimal_point(value)


def money(value: Any) -> Decimal:
    """An amount with at most two places, from a number or from text with a point."""
    amount = decimal_point(value)
    if amount != amount.quantize(Decimal("0.01")):
        raise BadRow("E103")
    return amount


def euro_de(value: Any) -> Decimal:
    """1.234,50 € or EUR 1.234,50; a number cell of a spreadsheet is taken as it is."""
    if not isinstance(value, str):
        return decimal_point(value)
    found = _EURO.fullmatch(text(value))
    if found is None:
        raise BadRow("E103")
    return decimal_de(found[1])


def integer(value: Any) -> int:
    """A whole number; 1.0 is one."""
    if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
        raise BadRow("E103")
    bare = text(value)
    if not _INTEGER.fullmatch(bare):
        raise BadRow("E103")
    return int(bare.removesuffix(".0"))


def boolean_de(value: Any) -> bool:
    """J/N, ja/nein, 1/0, and what databases and spreadsheets write: t/f, true/false, yes/no, WAHR/FALSCH."""
    try:
        return value if isinstance(value, bool) else _BOOLEANS[text(value).casefold()]
    except KeyError:
        raise BadRow("E105") from None


def month(value: Any) -> str:
    """2026-10, and as exports write it: 10/2026, 10.2026, 202610. A day cell counts as its month."""
    if isinstance(value, date):
        return f"{value:%Y-%m}"
    bare = text(value)
    if found := _MONTH.fullmatch(bare):
        return f"{found[1]}-{found[2]}"
    if found := _MONTH_DE.fullmatch(bare):
        return f"{found[2]}-{found[1].zfill(2)}"
    raise BadRow("E116")


def code(value: Any) -> str:
    """A key of a code list, unchanged: leading zeros matter."""
    return short_text(value)


def kldb(value: Any) -> str:
    """Five digits of KldB 2010; a zero lost in front is put back, a "B" before them and blanks between are left out."""
    bare = _padded(value, 5)
    found = _KLDB.fullmatch(bare)
    return "".join(part for part in found.groups() if part) if found else bare


def ags_excel(value: Any) -> str:
    """Eight digits of a municipality key whose leading zero a spreadsheet took away."""
    return _padded(value, 8)


def betriebsnummer_excel(value: Any) -> str:
    """Eight digits of an establishment number whose leading zeros a spreadsheet took away."""
    return _padded(value, 8)


def wz_excel(value: Any) -> str:
    """Two digits (Abteilung) of WZ whose leading zero a spreadsheet took away."""
    return _padded(value, 2)


def pay_range(value: Any) -> dict[str, Any]:
    """15.75 - 17.75 EUR/Std: both bounds and the period."""
    found = _PAY_RANGE.fullmatch(text(value))
    period = _PAY_PERIODS.get(found[3].casefold()) if found else None
    if found is None or period is None:
        raise BadRow("E103")
    least = Decimal(found[1].replace(",", "."))
    most = Decimal(found[2].replace(",", ".")) if found[2] else least
    return {"minimum": least, "maximum": most, "period": period}


def local_timestamp(value: Any) -> datetime:
    """2026-11-22 04:10:00 as clocks in Germany showed it; of an hour that came twice, the first (summer time)."""
    if isinstance(value, datetime):
        naive = value
    else:
        found = _STAMP.fullmatch(text(value))
        if found is None:
            raise BadRow("E102")
        try:
            naive = datetime.fromisoformat(f"{found[1]}T{found[2]}")
        except ValueError:
            raise BadRow("E102") from None
        naive += timedelta(microseconds=int((found[3] or "0").ljust(6, "0")))
    return naive if naive.tzinfo else naive.replace(tzinfo=BERLIN, fold=0)


def timestamp_iso(value: Any) -> datetime:
    """2026-11-22T05:00:00+01:00; without a zone it is German local time."""
    bare = text(value)
    try:
        found = datetime.fromisoformat(bare)
    except ValueError:
        raise BadRow("E102") from None
    return found if found.tzinfo else found.replace(tzinfo=BERLIN, fold=0)


def ba_reference(value: Any) -> list[dict[str, str]]:
    """The reference number of the Bundesagentur für Arbeit as an external reference."""
    return [{"system": "BA", "id": short_text(value)}]


def _bare_day(value: Any) -> str:
    if isinstance(value, (bool, int, float)):
        raise BadRow("E102")
    return _MIDNIGHT.sub("", text(str(value)))


def _calendar_day(found: re.Match[str] | None, places: tuple[int, int, int]) -> date:
    if found is None:
        raise BadRow("E102")
    year, month_, day = (int(found[place]) for place in places)
    if not 1900 <= year <= 2199:
        raise BadRow("E102")
    try:
        return date(year, month_, day)
    except ValueError:
        raise BadRow("E102") from None


def _padded(value: Any, places: int) -> str:
    bare = short_text(value)
    return bare.zfill(places) if re.fullmatch(r"[0-9]+", bare) else bare


PARSERS: dict[str, Parser] = {
    parser.__name__: parser
    for parser in (
        text,
        short_text,
        date_de,
        date_iso,
        date_any_excel,
        date_compact,
        day_of_timestamp,
        decimal_de,
        decimal_point,
        decimal_excel,
        money,
        euro_de,
        integer,
        boolean_de,
        month,
        code,
        kldb,
        ags_excel,
        betriebsnummer_excel,
        wz_excel,
        pay_range,
        local_timestamp,
        timestamp_iso,
        ba_reference,
    )
} | {"plz": code, "ags": code}
"""Parsers by the name a Jobcenter's file gives them under `parse`."""
