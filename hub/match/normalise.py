"""One spelling for what two offices write differently: employers, titles, towns, streets, contacts, references."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from hub.search.fold import fold, fold_query
from hub.web.clean import plain_text
from schemas.codelists import ags_of

_LEGAL_FORM = re.compile(
    r"\b(?:g?gmbh|mbh|ag|kg|kgaa|ohg|gbr|ug|haftungsbeschraenkt|co|e k|ek|e kfm|e kfr|eg|e g|e v|ev|se|stiftung|aoer"
    r"|a oe r|b v|bv|n v|nv|ltd|inc|fa|firma|und|u|inh|inhaber)\b"
)

# What a title says beside the occupation: working time, hours, when, how many, a number of the office.
_ASIDE = re.compile(
    r"\b(?:vollzeit|teilzeit|vz|tz|minijob|mini job|geringfuegig\w*|schicht(?:arbeit)?|unbefristet"
    r"|befristet|ab sofort|sofort|m w d|mwd|w m d|gn|d m w|quereinsteiger|raum|region|umgebung"
    r"|\d+ ?(?:std|stunden|h|wochenstunden|euro|eur)|pro woche|woche|wochenstunden|std)\b"
    r"|\b(?:ref|kennziffer|referenznummer|job id|id|nr|stellennummer) ?[a-z]{0,4} ?\d[\w]*\b"
    r"|\b[a-z]{0,4}\d{3,}\w*\b|\b\d+\b"
)
_WRITTEN_OUT = {
    "ma": "mitarbeiter",
    "mitarb": "mitarbeiter",
    "verk": "verkaeufer",
    "azubi": "auszubildende",
    "fachkr": "fachkraft",
    "prod": "produktion",
    "kfm": "kaufmann",
    "pfk": "pflegefachkraft",
    "mfa": "medizinische fachangestellte",
    "bkf": "berufskraftfahrer",
    "sb": "sachbearbeiter",
    "hwk": "handwerker",
    "helf": "helfer",
    "masch": "maschinen",
}
_ABBREVIATED = re.compile(r"\b(?:" + "|".join(_WRITTEN_OUT) + r")\b")

_PART_OF_DAY = "frueh|spaet|nacht|tag|wochenend"
_SHIFT_WORD = rf"(?:{_PART_OF_DAY})\w*?(?:schicht|dienst|wache|arbeit)\w*"
# Nachtschicht; Früh- und Spätschicht, where the word that both share stands once; am Wochenende.
_SHIFT = re.compile(
    rf"\b({_PART_OF_DAY})(?=\w*?(?:schicht|dienst|wache|arbeit)|e?s? (?:und|oder) {_SHIFT_WORD}|ende?\b|e\b)"
)
_STREET = re.compile(r"strasse\b|str\b")
_IN_BRACKETS = re.compile(r"\(.*?\)")
_NOT_DIGITS = re.compile(r"[^0-9]")


@lru_cache(20_000)
def employer(name: str) -> str:
    """Words of an employer's name without legal form, "Firma" and "und"; all of them if nothing else is left."""
    words = fold(name)
    return " ".join(_LEGAL_FORM.sub(" ", words).split()) or words


@lru_cache(20_000)
def title(text_of: str, place: str = "") -> str:
    """The words of a title that name the work, written out and each once."""
    words = _ASIDE.sub(" ", fold(text_of))
    written = _ABBREVIATED.sub(lambda found: _WRITTEN_OUT[found[0]], words)
    if town := fold(place):
        written = re.sub(rf"\b{re.escape(town)}\b|\b{re.escape(town.split()[0])}\b", " ", written)
    return " ".join(fold_query(written)) if written.strip() else fold(text_of)


@lru_cache(20_000)
def shifts(text_of: str) -> frozenset[str]:
    """The parts of the day a text puts the work in: frueh, spaet, nacht, tag, wochenend."""
    return frozenset(_SHIFT.findall(fold(text_of)))


def towns(ags: str | None, plz: str | None, place: str) -> frozenset[str]:
    """Names by which the municipality of a workplace may be compared, with what the register adds to them."""
    town = fold(_IN_BRACKETS.sub(" ", place))
    known = {"ags": ags or ags_of(plz or "", place), "plz": plz, "town": town}
    return frozenset(f"{kind}:{value}" for kind, value in known.items() if value)


@lru_cache(20_000)
def street(written: str) -> str:
    """Street and number without blanks: Industriestr. 100 and Industriestraße 100 are one."""
    return _STREET.sub("str", fold(written)).replace(" ", "").replace("strasse", "str")


def contacts(email: str | None, phone: str | None) -> frozenset[str]:
    """Ways to reach somebody: the e-mail address, and the telephone number without its country."""
    number = digits(phone or "").removeprefix("0049").lstrip("0")
    if (phone or "").strip().startswith("+49"):
        number = number.removeprefix("49")
    found = {f"mail:{email.strip().casefold()}"} if email and "@" in email else set()
    return frozenset(found | ({f"tel:{number}"} if len(number) >= 6 else set()))


def references(written: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Numbers of the same vacancy elsewhere, with the system that gave them."""
    return frozenset(f"{fold(one['system'])}|{one['id'].strip().casefold()}" for one in written if one.get("id"))


def digits(written: str) -> str:
    """The digits of a number, however it is grouped."""
    return _NOT_DIGITS.sub("", written)


def text(description: str) -> str:
    """A description as folded words, without its markup."""
    return fold(plain_text(description))
