"""A portal for tests: a sound form, a setup whose letters land in a folder, and a browser without JavaScript."""

from __future__ import annotations

import asyncio
import base64
import datetime
import email
import email.message
import email.policy
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import psycopg
from fastapi.testclient import TestClient

from hub.mail import Folder
from hub.portal.letters import Letters
from hub.portal.links import Links
from hub.portal.routing import Routes
from hub.portal.setup import Portal, Setup
from hub.portal.staff import Staff, hashed
from hub.web.app import create_app
from schemas.jobcenter import Jobcenter
from tests.support.sinks import wait_until
from tests.support.web import NAMES, TODAY

SECRET = "a secret of the tests, long enough"
TOKEN = "a token of the tests, which is long enough"
PASSWORD = "a password of the tests"
STAFF = {"Authorization": "Basic " + base64.b64encode(f"eva:{PASSWORD}".encode()).decode()}
PUBLIC = "http://testserver"

_KREISE = {"borken": "05554", "coesfeld": "05558", "muenster": "05515", "steinfurt": "05566", "warendorf": "05570"}

FORM: Mapping[str, list[str]] = {
    "employer_name": ["Terhechte Logistik GmbH & Co. KG"],
    "betriebsnummer": ["09912342"],
    "sender": ["personal@terhechte.example"],
    "title": ["Fachkraft für Lagerlogistik (m/w/d)"],
    "kldb2010": ["51312"],
    "plz": ["48624"],
    "town": ["Schöppingen"],
    "street": ["Industriestraße 100"],
    "offer_type": ["ARBEIT"],
    "description": ["Sie nehmen Waren an.\r\n\r\nSie stellen Sendungen zusammen."],
    "working_time": ["VOLLZEIT", "SCHICHT_NACHT_WOCHENENDE"],
    "weekly_hours": ["38,5"],
    "contract_term": ["UNBEFRISTET"],
    "pay_minimum": ["15,50"],
    "pay_maximum": ["17"],
    "pay_period": ["HOUR"],
    "start_on": ["04.01.2027"],
    "openings": ["2"],
    "contact_name": ["Personalabteilung"],
    "contact_phone": ["02555 000000"],
    "contact_email": ["bewerbung@terhechte.example"],
    "published_until": ["20.01.2027"],
    "visibility": ["PUBLIC"],
}


def answers(**changes: str | list[str]) -> dict[str, list[str]]:
    """A sound form with some fields changed."""
    return {**FORM, **{name: [value] if isinstance(value, str) else value for name, value in changes.items()}}


def participants(**more: str) -> list[Jobcenter]:
    """The five, and others by id and Kreis; Coesfeld hands its work to its municipalities."""
    return [
        Jobcenter(id=one, name=NAMES.get(one, one), kreis=kreis, delegated=one == "coesfeld", sources={})
        for one, kreis in {**_KREISE, **more}.items()
    ]


def setup(outbox: Path, **more: str) -> Setup:
    """A portal that is switched on, with the same member of staff and the same token at each Jobcenter."""
    known = participants(**more)
    links, line = Links(SECRET, PUBLIC), hashed("eva", PASSWORD)
    return Setup(
        links,
        Letters(links, {one.id: one.name for one in known}),
        Routes(known),
        Folder(outbox, "jobboerse@hub.example").send,
        {one.id: Staff.of(one.id, line) for one in known},
        {one.id: TOKEN for one in known},
    )


@dataclass
class Office:
    """An employer and a Jobcenter in front of their browsers."""

    client: httpx2.Client
    portal: Portal
    outbox: Path
    database_url: str

    def letters(self) -> list[email.message.EmailMessage]:
        """Everything in the outbox, oldest first, once nothing waits to be sent."""
        wait_until(lambda: self._unsent() == 0)
        return [
            email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            for path in sorted(self.outbox.glob("*.eml"))
        ]

    def _unsent(self) -> int:
        with psycopg.connect(self.database_url) as connection:
            row = connection.execute("SELECT count(*) FROM portal.mail WHERE sent_at IS NULL").fetchone()
        return int(row[0]) if row else 0

    def care(self) -> None:
        """One round of the periodic work, in the loop of the web, when its own is not at it."""
        assert isinstance(self.client, TestClient)
        assert self.client.portal is not None
        self.client.portal.call(self._care)

    async def _care(self) -> None:
        async with self.portal.pool.connection() as connection:
            while not await self.portal.care.once(connection):  # noqa: ASYNC110 - the lock is in the database
                await asyncio.sleep(0.02)

    def report(self, **changes: str | list[str]) -> httpx2.Response:
        """Send the form from the page that looks it over."""
        return self.post("/arbeitgeber/stelle-melden", {**answers(**changes), "schritt": ["senden"]})

    def reported(self, **changes: str | list[str]) -> str:
        """Path of the link to confirm a report."""
        before = len(self.letters())
        assert self.report(**changes).status_code == 303
        return self.link("bestaetigen", self.letters()[before])

    def confirmed(self, **changes: str | list[str]) -> str:
        """Path of the link to manage a job that waits at its Jobcenter."""
        answer = self.post(self.reported(**changes), {})
        assert answer.status_code == 303
        return answer.headers["location"]

    def accepted(self, jobcenter: str = "borken", **changes: str | list[str]) -> str:
        """Path of the link to manage a job that its Jobcenter took."""
        path = self.confirmed(**changes)
        assert self.decide(jobcenter, self.waiting(jobcenter)[-1]).status_code == 303
        return path

    def waiting(self, jobcenter: str) -> list[str]:
        """Paths of the jobs in a work list."""
        page = self.client.get(f"/mitarbeitende/{jobcenter}/stellen", headers=STAFF)
        assert page.status_code == 200, page.text
        return re.findall(rf'href="(/mitarbeitende/{jobcenter}/stellen/[0-9]+)"', page.text)

    def decide(self, jobcenter: str, path: str, **fields: str) -> httpx2.Response:
        """Press one of the buttons on the page of a job."""
        page = self.client.get(path, headers=STAFF).text
        hidden = {name: [value] for name, value in re.findall(r'name="(siegel|stand)" value="([^"]+)"', page)}
        return self.post(
            path, {**hidden, **{name: [one] for name, one in (fields or {"entscheidung": "annehmen"}).items()}}, STAFF
        )

    def press(self, path: str, action: str) -> httpx2.Response:
        """Press a button on the page of a link."""
        (stand, *_) = re.findall(r'name="stand" value="([0-9]+)"', self.client.get(path).text)
        return self.post(path, {"aktion": [action], "stand": [stand]})

    def listing(self, jobcenter: str, query: str = "") -> httpx2.Response:
        """What the connector of a Jobcenter is told."""
        headers = {"Authorization": f"Bearer {TOKEN}"}
        return self.client.get(f"/arbeitgeber/api/v1/{jobcenter}/stellen{query}", headers=headers)

    def post(
        self, path: str, fields: Mapping[str, list[str]], headers: Mapping[str, str] | None = None
    ) -> httpx2.Response:
        """Send a form; redirects are not followed."""
        return self.client.post(path, data=dict(fields), headers=dict(headers or {}), follow_redirects=False)

    def link(self, kind: str, letter: email.message.EmailMessage) -> str:
        """Path of the link in a letter."""
        (found,) = re.findall(rf"{PUBLIC}(/arbeitgeber/{kind}/\S+)", letter.get_content())
        return str(found)


@contextmanager
def office(database_url: str, outbox: Path, today: datetime.date = TODAY, **more: str) -> Iterator[Office]:
    """A web with a portal on a migrated database."""
    app = create_app(database_url, today, jobcenters=NAMES | {one: one for one in more}, portal=setup(outbox, **more))
    with TestClient(app) as client:
        portal = app.state.site.portal
        assert portal is not None
        yield Office(client, portal, outbox, database_url)
