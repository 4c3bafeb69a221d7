"""What people type into a form, as values: texts, days, amounts. Strict, but kind to how Germans write."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from decimal import Decimal

from hub.portal.fault import Wrong
from schemas.nothing import NOTHING

_DAY_DE = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})")
_DAY_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_AMOUNT = re.compile(r"(?:[0-9]{1,7}|[0-9]{1,3}(?:\.[0-9]{3}){1,2})(?:,[0-9]{1,2})?|[0-9]{1,7}\.[0-9]{1,2}")
_WHOLE = re.compile(r"[0-9]{1,6}")
# One mailbox of plain letters: no list, no comment, no line end, nothing a mail header could be broken with.
_MAILBOX = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,188}[A-Za-z0-9])?")
_WEBSITE = re.compile(r"https?://[^\s<>\"]{4,1900}")
# UTF-8 read as a Windows character set: connectors refuse such texts (E108), so nobody may send one.
_TWICE_CODED = re.compile("[ÂÃ][\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|â€|â‚¬")
_FORBIDDEN = frozenset({"Cc", "Cs", "Co", "Cn"})


def line(raw: str) -> str:
    """One line of text: composed, blanks made one.

    Raises:
        Wrong: control characters, or characters of another encoding.
    """
    return " ".join(lines(raw).split())


def lines(raw: str) -> str:
    """Text of several lines, "" if it says "nothing". Invisible marks are dropped, odd blanks become blanks.

    Raises:
        Wrong: control characters, or characters of another encoding.
    """
    text = unicodedata.normalize("NFC", raw.replace("\r\n", "\n").replace("\r", "\n"))
    kept: list[str] = []
    for char in text:
        kind = unicodedata.category(char)
        if kind in _FORBIDDEN and char not in "\n\t":
            raise Wrong("portal_bad_characters")
        if kind in ("Zs", "Zl", "Zp"):
            kept.append(" " if kind == "Zs" else "\n")
        elif kind != "Cf":
            kept.append(char)
    plain = "".join(kept).strip()
    if _TWICE_CODED.search(plain):
        raise Wrong("portal_bad_characters")
    return "" if plain in NOTHING else plain


def day(raw: str) -> date | None:
    """2026-12-31 as browsers send it, or 31.12.2026; nothing if nothing is typed.

    Raises:
        Wrong: no such day.
    """
    typed = raw.strip()
    if not typed:
        return None
    german, iso = _DAY_DE.fullmatch(typed), _DAY_ISO.fullmatch(typed)
    parts = [int(part) for part in (german.groups()[::-1] if german else iso.groups() if iso else ())]
    try:
        found = date(*parts)
    except (TypeError, ValueError):
        raise Wrong("portal_bad_day") from None
    if not 2000 <= found.year <= 2100:
        raise Wrong("portal_bad_day")
    return found


def amount(raw: str) -> Decimal | None:
    """15,50 or 2.400 or 15.50; a euro sign may follow.

    Raises:
        Wrong: no amount.
    """
    typed = raw.replace("€", "").replace("Euro", "").strip()
    if not typed:
        return None
    if not _AMOUNT.fullmatch(typed):
        raise Wrong("portal_bad_amount")
    thousands = re.fullmatch(r"[0-9]{1,3}(?:\.[0-9]{3})+(?:,[0-9]+)?", typed)
    return Decimal((typed.replace(".", "") if thousands or "," in typed else typed).replace(",", "."))


def whole(raw: str) -> int | None:
    """A count.

    Raises:
        Wrong: no whole number.
    """
    typed = raw.strip()
    if not typed:
        return None
    if not _WHOLE.fullmatch(typed):
        raise Wrong("portal_bad_number")
    return int(typed)


def mailbox(raw: str) -> str | None:
    """One e-mail address.

    Raises:
        Wrong: none, or more than one.
    """
    typed = raw.strip()
    if not typed:
        return None
    bare = _MAILBOX.fullmatch(typed)
    local, _, domain = typed.partition("@")
    dotted = "." in domain and ".." not in typed and not local.startswith(".") and not local.endswith(".")
    if not bare or not dotted:
        raise Wrong("portal_bad_mailbox")
    return typed


def website(raw: str) -> str | None:
    """An address of the web; https is added if it is missing.

    Raises:
        Wrong: no such address.
    """
    typed = raw.strip()
    if not typed:
        return None
    whole_address = typed if re.match(r"(?i)https?://", typed) else f"https://{typed}"
    whole_address = re.sub(r"(?i)^https?", lambda found: found[0].lower(), whole_address)
    if not _WEBSITE.fullmatch(whole_address) or not whole_address.isprintable() or "." not in whole_address:
        raise Wrong("portal_bad_website")
    if _TWICE_CODED.search(whole_address):
        raise Wrong("portal_bad_website")
    return unicodedata.normalize("NFC", whole_address)
