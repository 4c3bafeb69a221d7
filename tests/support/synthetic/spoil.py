"""Ways to spoil a sound row, each with the rule it breaks, and oddities that must be accepted all the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from tests.support.synthetic.model import IMPOSSIBLE, Course, Job, Placement

Spoil = Callable[[Job], Job]


def _text(job: Job, words: str) -> str:
    return f"{job.text} {words} Danke."


DEFECTS: dict[str, Spoil] = {
    "empty title": lambda job: replace(job, title="", code="E101"),
    "blank title": lambda job: replace(job, title="  ", code="E101"),
    "31 February": lambda job: replace(job, start=IMPOSSIBLE, code="E102"),
    "impossible last day": lambda job: replace(job, until=IMPOSSIBLE, code="E102"),
    "short postcode": lambda job: replace(job, plz=job.plz[:4], code="E112"),
    "unknown occupation": lambda job: replace(job, kldb="99999", code="E110"),
    "pay turned": lambda job: replace(job, least=Decimal(22), most=Decimal(14), code="E202"),
    "pay negative": lambda job: replace(job, least=Decimal("-14.5"), code="E115"),
    "pay zero": lambda job: replace(job, least=Decimal(0), code="E115"),
    "390 hours": lambda job: replace(job, hours=Decimal(390), code="E104"),
    "until before from": lambda job: replace(job, until=job.published - timedelta(days=30), code="E201"),
    "term before start": lambda job: replace(
        job, start=job.published, term=job.published - timedelta(days=1), code="E203"
    ),
    "starts in three years": lambda job: replace(
        job, start=job.published + timedelta(days=1000), term=None, code="E204"
    ),
    "no openings": lambda job: replace(job, openings=0, code="E104"),
    "benefit unit": lambda job: replace(job, text=_text(job, "Herr M., 31705BG0012345, kommt."), code="E510"),
    "benefit unit with slashes": lambda job: replace(job, text=_text(job, "Akte 31705//0012345."), code="E510"),
    "customer number": lambda job: replace(job, text=_text(job, "Kd. 317A123456 schon da."), code="E511"),
    "bank account": lambda job: replace(job, text=_text(job, "Lohn auf DE02 1203 0000 0000 2020 51."), code="E512"),
    "pension insurance": lambda job: replace(job, text=_text(job, "Versichert: 65 170839 J 003."), code="E513"),
    "tax id": lambda job: replace(job, text=_text(job, "IdNr. 86 095 742 719 liegt vor."), code="E514"),
    "client number in title": lambda job: replace(job, title=f"{job.title} 317A123456", code="E511"),
    "twice encoded": lambda job: replace(job, title="KÃ¶chin in MÃ¼nster", code="E108"),
    "unknown visibility": lambda job: replace(job, visibility="?", code="E105"),
    "unknown industry": lambda job: replace(job, wz="98765", code="E111"),
}

ODDITIES: dict[str, Spoil] = {
    "markup": lambda job: replace(job, text="Vorn <script>alert('x')</script><b>fett</b> hinten", variant="markup"),
    "formula": lambda job: replace(job, title='=HYPERLINK("http://example.org";"Klick") Kraft'),
    "template": lambda job: replace(job, text="{{7*7}} ${jndi:ldap://example.org/a} '; DROP TABLE job;--"),
    "windows characters": lambda job: replace(job, title="Service – „Café“ …", text="Zulage 50 € – „gut“."),
    "line breaks": lambda job: replace(job, text="Erste Zeile.\nZweite Zeile.\n\nNeuer Absatz."),
    "quotes and separators": lambda job: replace(job, text='Er sagte "ja"; nein, doch.', street='Hof "Zur Linde"; 3'),
    "nothing optional": lambda job: replace(
        job, text="", street="", wz="", phone="", email="", betriebsnummer="", start=None, until=None, term=None
    ),
    "decomposed umlaut": lambda job: replace(job, title="Ko\u0308chin"),
    "odd establishment number": lambda job: replace(job, betriebsnummer="00000001"),
    "far place": lambda job: replace(job, plz="80331", place="München", ags=""),
    "place of another postcode": lambda job: replace(job, place="Anderswo", ags=""),
    "last day is the first": lambda job: replace(job, until=job.published, variant="over"),
    "number like a telephone": lambda job: replace(job, text="Rufen Sie an: 0251 1234567 oder +49 2541 185300."),
    "long text": lambda job: replace(job, text="Ein langer Satz über Löhne. " * 600 + "Ende"),
    "anonymous with its name in the text": lambda job: replace(
        job,
        visibility="ANONYMOUS",
        employer="Heimlichbau Klüsener GmbH",
        title="Bauhelfer bei Heimlichbau Klüsener",
        text="Die HEIMLICHBAU KLÜSENER GMBH sucht Sie.",
        email="x@heimlichbau.example",
        variant="stays",
    ),
    "internal": lambda job: replace(
        job, visibility="INTERNAL", title="Nurintern Zwetschgenkern", employer="Nurintern Zwetschge AG", variant="stays"
    ),
    "monthly pay": lambda job: replace(job, least=Decimal("2345.50"), most=Decimal("2999.99"), period="MONTH"),
    "nickel pay": lambda job: replace(job, least=Decimal("14.10"), most=Decimal("14.30")),
}

COURSE_DEFECTS: dict[str, Callable[[Course], Course]] = {
    "unknown instrument": lambda one: replace(one, instrument="XYZ", code="E114"),
    "end before start": lambda one: replace(one, start=date(2027, 3, 10), end=date(2027, 3, 9), code="E206"),
    "more free than seats": lambda one: replace(one, free=one.seats + 3, code="E205"),
    "31 February": lambda one: replace(one, start=IMPOSSIBLE, code="E102"),
    "empty title": lambda one: replace(one, title="", code="E101"),
    "more exits than entries": lambda one: replace(one, entries=3, exits=9, early=0, employed=0, code="E211"),
    "short postcode": lambda one: replace(one, plz="4814", code="E112"),
}

PLACEMENT_DEFECTS: dict[str, Callable[[Placement], Placement]] = {
    "unknown occupation": lambda one: replace(one, kldb3="999", code="E110"),
    "month 13": lambda one: replace(one, month="2026-13", code="E116"),
    "unknown kind": lambda one: replace(one, kind="IRGENDWAS", subsidy="", code="E105"),
    "subsidy that does not fit": lambda one: replace(one, kind="MINIJOB", subsidy="EGZ", code="E214"),
}
