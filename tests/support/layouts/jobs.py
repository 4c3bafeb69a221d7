"""Vacancies by field, before any layout."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta

from tests.support.synthetic import lists

_TITLES = ("Bäcker", "Alltagsbegleiter", "Verkäufer", "Köchin", "Reinigungskraft", "Fachlagerist", "Pflegefachkraft")
_FIRMS = (
    "Gasthof Tenbrink",
    "Terhechte Logistik GmbH & Co. KG",
    "Bäckerei Wessels",
    "Kemper Bau GmbH",
    "Stadtwerke Süd",
)
_STREETS = ("Industriestraße", "Bahnhofstraße", "Am Markt", "Münsterweg", "Große Gasse")
_TEXT = (
    "Wir suchen zum nächstmöglichen Zeitpunkt Unterstützung für unser Team. Ihre Aufgaben: sorgfältige Arbeit im "
    "Schichtbetrieb, Kontrolle der Qualität, Ordnung am Arbeitsplatz."
)


@dataclass(frozen=True, slots=True)
class Written:
    """How a layout writes days, numbers and codes."""

    day: str = "%d.%m.%Y"
    comma: bool = True
    never: str = "31.12.9999"
    times: tuple[str, str, str] = ("Vollzeit", "Teilzeit", "Minijob")
    terms: tuple[str, str] = ("J", "N")
    seen: tuple[str, str, str] = ("öffentlich", "anonym", "intern")
    periods: tuple[str, str] = ("Std", "Mon")


def cells(number: int, written: Written) -> dict[str, str]:
    """One vacancy: field -> text."""
    pick = random.Random(number)
    plz, place, ags = pick.choice(lists.places("steinfurt"))
    start = date(2026, 12, 1) + timedelta(days=pick.randrange(60))
    term = start + timedelta(days=365) if pick.random() < 0.3 else None
    until = start + timedelta(days=30) if pick.random() < 0.7 else None
    least = pick.choice((15.5, 16.0, 17.25, 18.0))
    betriebsnummer = f"{pick.randrange(1000000, 9999999)}"
    return {
        "key": f"{100000 + number * 7}",
        "tenant": pick.choice(("05566012", "05566028", "05566076")),
        "title": f"{pick.choice(_TITLES)} (m/w/d)",
        "description": f"{_TEXT} Ort: {place}.",
        "kldb2010": pick.choice(lists.occupations()),
        "visibility": written.seen[pick.choices((0, 1, 2), (8, 1, 1))[0]],
        "employer.name": pick.choice(_FIRMS),
        "employer.betriebsnummer": betriebsnummer + _check_digit(betriebsnummer),
        "industry.code": pick.choice(lists.industries()),
        "contact.email": f"bewerbung{number % 9}@betrieb.example",
        "contact.phone": f"025{pick.randrange(10, 99)} 0170{pick.randrange(10, 99)}",
        "contact.website": f"https://betrieb{number % 9}.example/jobs",
        "workplace.street": f"{pick.choice(_STREETS)} {pick.randrange(1, 99)}",
        "workplace.plz": plz,
        "workplace.place": place,
        "workplace.ags": ags,
        "working_time": written.times[pick.choices((0, 1, 2), (5, 4, 1))[0]],
        "weekly_hours": _number(pick.choice((39.0, 38.5, 20.0, 30.0)), written.comma),
        "contract_term": written.terms[0 if term else 1],
        "term_until": f"{term:{written.day}}" if term else "",
        "pay.minimum": _number(least, written.comma),
        "pay.maximum": _number(least + 2, written.comma),
        "pay.period": written.periods[0],
        "openings": str(pick.randrange(1, 5)),
        "start_on": f"{start:{written.day}}",
        "published_from": f"{date(2026, 11, 1) + timedelta(days=pick.randrange(20)):{written.day}}",
        "published_until": f"{until:{written.day}}" if until else written.never,
        "temporary_agency_work": pick.choices(("J", "N"), (1, 5))[0],
        # What stands beside it and belongs to no field of a vacancy: the employer's own address, other days and counts.
        "other.plz": pick.choice(lists.places("borken"))[0],
        "other.place": pick.choice(lists.places("borken"))[1],
        "other.street": f"{pick.choice(_STREETS)} {pick.randrange(1, 99)}",
        "other.day": f"{date(2026, 11, 20) + timedelta(days=pick.randrange(4)):{written.day}}",
        "other.count": str(pick.randrange(1, 9)),
        "other.number": f"{pick.randrange(10000, 99999)}",
        "other.code": pick.choice(("A", "B")),
        "clerk": pick.choice(("Frau Ahlers", "Herr Brand")),
        "remark": pick.choice(("", "", "Rückruf vereinbart")),
    }


def _number(value: float, comma: bool) -> str:
    text = f"{value:.2f}"
    return text.replace(".", ",") if comma else text


def _check_digit(seven: str) -> str:
    products = [int(digit) * (1 + place % 2) for place, digit in enumerate(seven)]
    return str(sum(product // 10 + product % 10 for product in products) % 10)
