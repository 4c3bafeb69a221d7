"""Templates, and how values are written in German: days, amounts, distances."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from hub.search.places import ATTRIBUTION
from hub.web.clean import safe_link
from hub.web.texts import Language, Translate, translator

STATIC = Path(__file__).with_name("static")
Entry = dict[str, Any]

_TELEPHONE = re.compile(r"\+?[0-9][0-9 /().-]{2,29}")
_MAILBOX = re.compile(r"[^\s@<>\"',;:?&%()\[\]\\]{1,64}@[A-Za-z0-9.-]{1,190}")


@cache
def static_address(name: str) -> str:
    """Address of a static file; it names the content, so it may be kept for ever."""
    return f"/static/{name}?v={hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]}"


class Renderer:
    """Templates in one language."""

    def __init__(self, jobcenters: Mapping[str, str], language: Language = "de") -> None:
        self.t = translator(language)
        self._jobcenters = jobcenters
        self._environment = Environment(
            loader=PackageLoader("hub.web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals |= {
            "t": self.t, "lang": language, "static": static_address, "attribution": ATTRIBUTION, "here": None,
        }  # fmt: skip
        self._environment.filters |= {
            "day": day,
            "number": number,
            "km": km,
            "tel": telephone,
            "mail": mailbox,
            "safe_link": safe_link,
            "jobcenter": self.jobcenter,
            "employer": lambda job: employer(job, self.t),
            "reporters": self.reporters,
            "facts": lambda job: job_facts(job, self.t),
            "measure_facts": lambda measure: measure_facts(measure, self.t),
        }

    def jobcenter(self, jobcenter: str) -> str:
        """Name of a participant."""
        return self._jobcenters.get(jobcenter, jobcenter.capitalize())

    def reporters(self, job: Entry) -> str:
        """Jobcenter Kreis Coesfeld, auch gemeldet von Jobcenter Kreis Borken. Each once, however often it reported."""
        first, *others = dict.fromkeys(self.jobcenter(one["jobcenter"]) for one in job["reported_by"])
        return f"{first}, {self.t('also_reported_by')} {', '.join(others)}" if others else first

    def page(self, template: str, **values: Any) -> str:
        """A page."""
        return self._environment.get_template(template).render(values)


def day(iso: str | date | None) -> Markup | str:
    """A day as Germans write it, readable by machines too."""
    if not iso:
        return ""
    moment = datetime.fromisoformat(iso) if isinstance(iso, str) else iso
    return Markup('<time datetime="{}">{}</time>').format(
        moment.date().isoformat() if isinstance(moment, datetime) else moment.isoformat(), german_day(moment)
    )


def german_day(moment: date) -> str:
    """24.11.2026."""
    return f"{moment:%d.%m.%Y}"


def number(value: int) -> str:
    """1.234."""
    return f"{value:,}".replace(",", ".")


def km(distance: float) -> str:
    """3,4 km; nobody needs metres beyond ten kilometres."""
    return f"{distance:.0f} km" if distance >= 10 else f"{distance:.1f}".replace(".", ",") + " km"


def money(amount: float) -> str:
    """1.234,50."""
    text = f"{amount:,.2f}".replace(",", " ").replace(".", ",").replace(" ", ".")
    return text.removesuffix(",00")


def pay(job: Entry, t: Translate) -> str:
    """15,50 bis 18 € pro Stunde."""
    offered = job["pay"]
    if not offered:
        return ""
    unit = "€" if offered["currency"] == "EUR" else offered["currency"]
    low, high = offered["min"], offered["max"]
    if low is not None and high is not None:
        amount = f"{money(low)} {unit}" if low == high else f"{money(low)} {t('up_to')} {money(high)} {unit}"
    else:
        amount = f"{t('from_amount')} {money(low)} {unit}" if low is not None else f"{t('up_to')} {money(high)} {unit}"
    return (
        f"{amount} {t(offered['period'])}" if offered["period"] in ("HOUR", "DAY", "WEEK", "MONTH", "YEAR") else amount
    )


def employer(job: Entry, t: Translate) -> str:
    """The employer, or why there is none."""
    if job["visibility"] != "PUBLIC":
        return t("employer_hidden")
    return job["employer"] or t("employer_unknown")


def contract(job: Entry, t: Translate) -> str:
    """befristet bis 31.12.2027."""
    if job["contract_term"] in (None, "UNKNOWN"):
        return ""
    text = t(job["contract_term"])
    if job["term_until"]:
        text += " " + t("until").format(day=german_day(date.fromisoformat(job["term_until"])))
    return text


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
    first = german_day(date.fromisoformat(measure["start"]))
    last = german_day(date.fromisoformat(measure["end"])) if measure["end"] else t("open_end")
    return f"{first} {t('up_to')} {last}" if measure["end"] else f"{t('from_amount')} {first}, {last}"


def seats(measure: Entry, t: Translate) -> str:
    """5 von 15 frei."""
    if measure["seats"] is None or measure["seats_free"] is None:
        return ""
    return t("seats_free").format(free=measure["seats_free"], all=measure["seats"])


def measure_facts(measure: Entry, t: Translate) -> list[str]:
    """Kind, period, seats, who pays."""
    facts = [measure["instrument_title"] or measure["instrument"], period(measure, t), seats(measure, t)]
    if measure["funder"] not in (None, "UNKNOWN"):
        facts.append(f"{t('funder')}: {t('FUNDED_' + measure['funder'])}")
    return [fact for fact in facts if fact]


def telephone(written: str) -> str | None:
    """A number to dial, or None if the text is something else."""
    found = _TELEPHONE.fullmatch(written.strip())
    return re.sub(r"[^0-9+]", "", found[0]) if found else None


def mailbox(written: str) -> str | None:
    """An address to write to, or None if the text is something else."""
    return written.strip() if _MAILBOX.fullmatch(written.strip()) else None
