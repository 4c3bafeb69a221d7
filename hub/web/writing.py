"""How values are written: days, amounts and distances, as Germans or the English write them."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

from markupsafe import Markup

from hub.web.texts import Language, Translate

Entry = dict[str, Any]

_TELEPHONE = re.compile(r"\+?[0-9][0-9 /().-]{2,29}")
_MAILBOX = re.compile(r"[^\s@<>\"',;:?&%()\[\]\\]{1,64}@[A-Za-z0-9.-]{1,190}")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_PERIODS = ("HOUR", "DAY", "WEEK", "MONTH", "YEAR")


def day(iso: str | date | None, language: Language = "de") -> Markup | str:
    """A day as people write it, readable by machines too."""
    if not iso:
        return ""
    moment = datetime.fromisoformat(iso) if isinstance(iso, str) else iso
    return Markup('<time datetime="{}">{}</time>').format(
        moment.date().isoformat() if isinstance(moment, datetime) else moment.isoformat(), plain_day(moment, language)
    )


def plain_day(moment: date, language: Language = "de") -> str:
    """24.11.2026, or 24 November 2026."""
    if language == "en":
        return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"
    return f"{moment:%d.%m.%Y}"


def number(value: int, language: Language = "de") -> str:
    """1.234, or 1,234."""
    return _signs(f"{value:,}", language)


def decimal(value: float, language: Language = "de") -> str:
    """38,5, or 38.5."""
    return _signs(f"{value:g}", language)


def km(distance: float, language: Language = "de") -> str:
    """3,4 km; nobody needs metres beyond ten kilometres."""
    return f"{distance:.0f} km" if distance >= 10 else _signs(f"{distance:.1f}", language) + " km"


def money(amount: float, language: Language = "de") -> str:
    """1.234,50; whole amounts without cents."""
    return _signs(f"{amount:,.2f}".removesuffix(".00"), language)


def _signs(english: str, language: Language) -> str:
    return english.translate(str.maketrans(",.", ".,")) if language == "de" else english


def pay(job: Entry, t: Translate) -> str:
    """15,50 bis 18 € pro Stunde, or €15.50 to €18 an hour."""
    offered = job["pay"]
    if not offered:
        return ""
    unit = "€" if offered["currency"] == "EUR" else f"{offered['currency']} "

    def amount(value: float) -> str:
        written = money(value, t.language)
        return f"{unit}{written}" if t.language == "en" else written

    low, high = offered["min"], offered["max"]
    if low is not None and high is not None:
        text = amount(low) if low == high else f"{amount(low)} {t('range_to')} {amount(high)}"
    else:
        text = f"{t('from_amount')} {amount(low)}" if low is not None else f"{t('up_to')} {amount(high)}"
    if t.language == "de":
        text += f" {unit.strip()}"
    return f"{text} {t(offered['period'])}" if offered["period"] in _PERIODS else text


def employer(job: Entry, t: Translate) -> str:
    """The employer, or why there is none."""
    if job["visibility"] != "PUBLIC":
        return t("employer_hidden")
    return job["employer"] or t("employer_unknown")


def place(entry: Entry) -> str:
    """48143 Münster."""
    return " ".join(part for part in (entry["plz"], entry["place"]) if part)


def contract(job: Entry, t: Translate) -> str:
    """befristet bis 31.12.2027."""
    if job["contract_term"] in (None, "UNKNOWN"):
        return ""
    text = t(job["contract_term"])
    if job["term_until"]:
        text += " " + t("until").format(day=plain_day(date.fromisoformat(job["term_until"]), t.language))
    return text


def working_time(job: Entry, t: Translate) -> str:
    """Vollzeit, Homeoffice."""
    return ", ".join(t(time) for time in job["working_time"] if time != "UNKNOWN")


def job_facts(job: Entry, t: Translate) -> list[str]:
    """What decides whether somebody reads on: working time, contract, pay, kind."""
    facts = [t(time) for time in job["working_time"] if time != "UNKNOWN"]
    facts += [contract(job, t), pay(job, t)]
    if job["offer_type"] not in ("ARBEIT", "UNKNOWN", None):
        facts.append(t(job["offer_type"]))
    if job["temporary_agency_work"]:
        facts.append(t("agency"))
    return [fact for fact in facts if fact]


def period(measure: Entry, t: Translate) -> str:
    """08.12.2026 bis 07.06.2027."""
    first = plain_day(date.fromisoformat(measure["start"]), t.language)
    if not measure["end"]:
        return f"{t('from_amount')} {first}, {t('open_end')}"
    return f"{first} {t('range_to')} {plain_day(date.fromisoformat(measure['end']), t.language)}"


def seats(measure: Entry, t: Translate) -> str:
    """5 von 15 frei."""
    if measure["seats"] is None or measure["seats_free"] is None:
        return ""
    return t("seats_free").format(free=measure["seats_free"], all=measure["seats"])


def measure_facts(measure: Entry, t: Translate) -> list[str]:
    """Kind (first, in German), period, seats, who pays."""
    facts = [measure["instrument_title"] or measure["instrument"], period(measure, t), seats(measure, t)]
    if measure["funder"] not in (None, "UNKNOWN"):
        facts.append(f"{t('funder')}: {t('FUNDED_' + measure['funder'])}")
    return [fact for fact in facts if fact]


def in_german(text: str | None, language: Language) -> Markup | str:
    """A text that exists in German only; an English page says so to those who have it read out."""
    if not text or language == "de":
        return text or ""
    return Markup('<span lang="de">{}</span>').format(text)


def telephone(written: str) -> str | None:
    """A number to dial, or None if the text is something else."""
    found = _TELEPHONE.fullmatch(written.strip())
    return re.sub(r"[^0-9+]", "", found[0]) if found else None


def mailbox(written: str) -> str | None:
    """An address to write to, or None if the text is something else."""
    return written.strip() if _MAILBOX.fullmatch(written.strip()) else None
