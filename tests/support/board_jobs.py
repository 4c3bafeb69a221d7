"""A small board in which every filter has a job on either side of it."""

from __future__ import annotations

import datetime
from typing import Any

from tests.support.events import ended, measure, vacancy

Record = dict[str, Any]


def _at(plz: str, place: str, street: str | None = None) -> Record:
    return {
        "country": "DE",
        "plz": plz,
        "place": place,
        "street": street,
        "ags": None,
        "latitude": None,
        "longitude": None,
    }


def _job(number: int, jobcenter: str, title: str, plz: str, place: str, **changes: Any) -> Record:
    return vacancy(
        jobcenter=jobcenter,
        source_id=f"T-{number}",
        title=title,
        workplace=_at(plz, place),
        **{"published_from": datetime.date(2026, 11, 1), **changes},
    )


HOSTILE = (
    "<h2>Wir suchen</h2><p>Sie <b>kochen</b> gern &amp; gut.</p><script>alert('xss')</script>"
    '<img src=x onerror=alert(1)><ul><li>Salate</li><li>Suppen</li></ul><a href="javascript:alert(2)">hier</a>'
)

JOBS: list[Record] = [
    _job(
        1, "borken", "Koch/Köchin (m/w/d)", "48624", "Schöppingen",
        kldb2010="29302", description=HOSTILE, working_time=["VOLLZEIT", "SCHICHT_NACHT_WOCHENENDE"],
        employer={"name": "Gasthof Zur Linde", "betriebsnummer": None},
        contact={"name": "Küche", "phone": "02555 1234", "email": "kueche@linde.example",
                 "website": "javascript:alert(3)"},
    ),
    _job(2, "borken", "Verkäuferin", "48653", "Coesfeld", kldb2010="62302", working_time=["TEILZEIT"],
         contract_term="BEFRISTET", term_until=datetime.date(2027, 12, 31), published_from=datetime.date(2026, 11, 20)),
    _job(3, "coesfeld", "Verkäufer:in im Einzelhandel", "48143", "Münster", kldb2010="62302",
         working_time=["TEILZEIT", "MINIJOB"], contract_term="BEIDES"),
    _job(4, "steinfurt", "Ausbildung zur Krankenschwester", "48431", "Rheine", kldb2010="81302",
         offer_type="AUSBILDUNG", employment_kind="AUSBILDUNG", working_time=["VOLLZEIT"]),
    _job(5, "muenster", "IT-Systemadministrator", "48143", "Münster", kldb2010="43343",
         working_time=["VOLLZEIT", "HEIM_TELEARBEIT"], published_from=datetime.date(2026, 11, 23)),
    _job(6, "muenster", "Lagerhelfer über Zeitarbeit", "48167", "Münster", kldb2010="51311",
         temporary_agency_work=True, employer={"name": "Zeitwerk GmbH", "betriebsnummer": None}),
    _job(7, "warendorf", "Praktikum in der Tischlerei", "48231", "Warendorf", kldb2010="22342",
         offer_type="PRAKTIKUM", employment_kind="PRAKTIKUM", working_time=["VOLLZEIT"], pay=None),
]  # fmt: skip

ANONYMOUS = vacancy(
    jobcenter="warendorf",
    source_id="T-ANON",
    title="Buchhalter bei Geheimwerk (m/w/d)",
    description="Die Geheimwerk GmbH & Co. KG sucht Verstärkung.",
    visibility="ANONYMOUS",
    kldb2010="72213",
    employer={"name": "Geheimwerk GmbH & Co. KG", "betriebsnummer": "09912342"},
    workplace=_at("48231", "Warendorf", "Verborgene Gasse 7"),
    published_from=datetime.date(2026, 11, 1),
)
INTERNAL = vacancy(jobcenter="borken", source_id="T-INTERN", title="Interne Stelle", visibility="INTERNAL")
ENDED = ended(vacancy(jobcenter="borken", source_id="T-ENDED", title="Beendete Stelle"))
EXPIRED = vacancy(
    jobcenter="borken",
    source_id="T-EXPIRED",
    title="Abgelaufene Stelle",
    published_from=datetime.date(2026, 10, 1),
    published_until=datetime.date(2026, 11, 23),
)
LAST_DAY = vacancy(
    jobcenter="borken",
    source_id="T-LASTDAY",
    title="Letzter Tag",
    workplace=_at("48599", "Gronau (Westf.)"),
    published_from=datetime.date(2026, 10, 1),
    published_until=datetime.date(2026, 11, 24),
)

MEASURES: list[Record] = [
    measure(),
    measure(source_id="M-OLD", title="Alte Weiterbildung", start_on=datetime.date(2024, 9, 1),
            end_on=datetime.date(2027, 2, 28), funder="JOBCENTER"),
    measure(source_id="M-COACH", title="Coaching für den Einstieg", instrument="K16", theme="COACHING",
            funder="JOBCENTER", end_on=None, start_on=datetime.date(2026, 12, 1), provider=None),
    measure(source_id="M-OVER", title="Vorbei", start_on=datetime.date(2026, 1, 1), end_on=datetime.date(2026, 11, 23)),
    ended(measure(source_id="M-ENDED", title="Beendet")),
]  # fmt: skip

OPEN_TITLES = sorted([*(job["title"] for job in JOBS), "Buchhalter bei [Arbeitgeber] (m/w/d)", "Letzter Tag"])
ALL: list[Record] = [*JOBS, ANONYMOUS, INTERNAL, ENDED, EXPIRED, LAST_DAY, *MEASURES]
