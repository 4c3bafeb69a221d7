"""Random, sound content: umlauts and accents, few hours and many, with and without an end."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal

from tests.support.synthetic import lists
from tests.support.synthetic.model import Course, Job, Placement

TITLES = [
    "Köchin/Koch",
    "Maßschneider",
    "Coiffeur/Coiffeuse Café René",
    "Helfer/in Lager",
    "Pflegekraft",
    "Straßenbauer/in",
]
GENDERS = ["", " (m/w/d)", " w/m/d", " (w/m/x)"]
NAMES = ["Öztürk", "Weiß", "André", "Müßener", "Ävermann", "Jöhren", "Lübbers-Große", "O'Neill"]
FORMS = ["Bau GmbH & Co. KG", "Küchen e.K.", "Pflege gGmbH", "Logistik AG", "e.V."]
TEXTS = [
    "Wir suchen Verstärkung für unser Team.",
    "Ihre Aufgaben: Kontrolle der Qualität, Ordnung am Arbeitsplatz.",
    "Führerschein Klasse B ist von Vorteil; Quereinstieg möglich.",
    'Wir bieten: "faire" Löhne, Fahrtkostenzuschuss und Süßes.',
    "Rückfragen gern unter 02541 18-5300.",
]
HOURS = ["40", "38.5", "39", "30", "19.5", "15", "10", "7.5", "35.25"]


def job(pick: random.Random, jobcenter: str, number: int, key: str, today: date, tenant: str = "") -> Job:
    """A sound public job."""
    plz, place, ags = pick.choice(lists.places(jobcenter))
    least = Decimal(pick.randrange(1460, 3500, 5)) / 100
    start = pick.choice([None, today + timedelta(days=pick.randrange(-20, 200))])
    name = f"{pick.choice(NAMES)} {pick.choice(FORMS)}"
    return Job(
        number=number,
        id=key,
        title=f"{pick.choice(TITLES)}{pick.choice(GENDERS)}",
        text=" ".join(pick.sample(TEXTS, pick.randrange(1, 4))),
        kldb=pick.choice(lists.occupations()),
        employer=name,
        betriebsnummer=f"{pick.randrange(1, 10**8):08}",
        wz=pick.choice(lists.industries()),
        street=pick.choice(["Große Straße 1", "Am Markt 5a", "Zum Hafen 12-14", "Überwasserstr. 3"]),
        plz=plz,
        place=place,
        ags=ags,
        time=pick.choice(["VOLLZEIT", "TEILZEIT", "SCHICHT_NACHT_WOCHENENDE", "MINIJOB"]),
        hours=Decimal(pick.choice(HOURS)),
        term=pick.choice([None, (start or today) + timedelta(days=pick.randrange(30, 700))]),
        least=least,
        most=least + Decimal(pick.choice(["0", "0.2", "2", "3.15"])),
        openings=pick.randrange(1, 12),
        start=start,
        published=today - timedelta(days=pick.randrange(0, 60)),
        until=pick.choice([None, today + timedelta(days=pick.randrange(5, 90))]),
        phone=f"0{pick.randrange(2500, 2599)} {pick.randrange(10000, 99999)}",
        email=f"bewerbung{number}@beispiel.example",
        tenant=tenant,
    )


INSTRUMENTS = [
    ("Aktivierungscoaching", "MABE_MAT", "AKTIVIERUNG"),
    ("Umschulung Fachkraft für Lager", "FBW", "QUALIFIZIERUNG"),
    ("Coaching nach § 16k", "K16", "COACHING"),
    ("Schulung Gesprächsführung", "STAFF", "MITARBEITER"),
    ("Rückenfit", "FF", "GESUNDHEIT"),
    ("AGH Möbelhaus", "AGH", "BESCHAEFTIGUNG"),
]


def course(pick: random.Random, jobcenter: str, number: int, today: date) -> Course:
    """A sound course."""
    title, instrument, theme = pick.choice(INSTRUMENTS)
    plz, place, ags = pick.choice(lists.places(jobcenter))
    start = today + timedelta(days=pick.randrange(-10, 150))
    exits = pick.randrange(0, 40)
    seats = pick.randrange(8, 25)
    return Course(
        id=f"M{number:03}",
        title=title,
        instrument=instrument,
        theme=theme,
        provider=f"Akademie {pick.choice(NAMES)}",
        number=f"{pick.randrange(300, 400)}/{pick.randrange(1, 9999)}/26" if instrument in ("FBW", "MABE_MAT") else "",
        plz=plz,
        place=place,
        ags=ags,
        start=start,
        end=pick.choice([None, start + timedelta(days=pick.randrange(20, 400))]),
        seats=seats,
        free=pick.randrange(0, seats + 1),
        entries=exits + pick.randrange(0, 20),
        exits=exits,
        early=pick.randrange(0, exits + 1),
        employed=pick.randrange(0, exits + 1),
    )


KINDS = {
    "SVB_UNGEFOERDERT": [""],
    "SVB_GEFOERDERT": ["EGZ", "ESG", "E16"],
    "AUSBILDUNG_BETRIEBLICH": [""],
    "AUSBILDUNG_SCHULISCH": [""],
    "SELBSTAENDIG": ["", "ESG"],
    "MINIJOB": [""],
    "OEFF_GEF": ["I16", "AGH"],
}


def placement(pick: random.Random, canary: str, number: int) -> Placement:
    """A sound placement. Surname and customer number carry the canary."""
    kind = pick.choice(list(KINDS))
    return Placement(
        id=f"{pick.getrandbits(128):032x}",
        month=f"2026-{pick.randrange(1, 11):02}",
        kind=kind,
        kldb3=pick.choice(lists.occupations(3)),
        kreis=pick.choice([*lists.KREIS.values(), "05915"]),
        subsidy=pick.choice(KINDS[kind]),
        surname=f"{canary}{number}",
        customer=f"317C{pick.randrange(10**5, 10**6)}",
    )
