"""The demo from start to a filled board: services, topics, tables, roles, deliveries, account."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import socket
import time
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import date
from pathlib import Path

import psycopg

from hub.demo import summary
from hub.demo.account import Account, Request
from hub.demo.drain import backlog
from hub.demo.place import Addresses, Place
from hub.demo.portal import DemoPortal
from hub.demo.roles import Role, Roles
from hub.embedded import Endpoints, Progress, Services
from hub.settings import Settings
from hub.store.ledger import read_ledger
from hub.store.migrate import upgrade
from hub.topics import ensure_topics, jobcenter_ids, load_manifest
from schemas.sealed import write_keypair

_DAY = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}")
_WEB_PORT = 8080
_MATCHER_SECS = 60.0
_FINDINGS = 1
"""Exit code of a connector that refused rows: its work is done all the same."""


class DemoFailed(Exception):
    """A part of the demo did not do its work. Says which, and where its log is."""


Tell = Callable[[str, str], None]
"""Hears of each step, in German and in English."""


class Demo:
    """A demo whose services run. Made by `running`; then `take_in`, then `stay`."""

    def __init__(
        self, request: Request, place: Place, deploy: Path, endpoints: Endpoints, roles: Roles, tell: Tell, today: date
    ) -> None:
        self._request, self._place, self._deploy, self._endpoints = request, place, deploy, endpoints
        self._roles, self._tell, self._today = roles, tell, today
        self._jobcenters = jobcenter_ids(deploy)
        self._portal = DemoPortal(place.portal)
        self._began = time.monotonic()
        self.addresses = Addresses(endpoints.bootstrap_servers, "")

    async def begin(self) -> None:
        """Topics, tables, keys; then worker, sinks and board."""
        manifest = load_manifest(self._deploy / "topics.yaml")
        await ensure_topics(self._endpoints.bootstrap_servers, manifest, self._jobcenters, **self._request.security)
        await asyncio.to_thread(upgrade, self._endpoints.database_url)
        for jobcenter in self._jobcenters:
            if not (self._place.keys / f"{jobcenter}.pub").exists():
                write_keypair(self._place.keys, jobcenter)
        old = Addresses.load(self._place.addresses)
        port = _free_port(int(old.web.rsplit(":", 1)[1]) if old and old.web else _WEB_PORT)
        self.addresses = Addresses(self._endpoints.bootstrap_servers, f"http://127.0.0.1:{port}")
        self._roles.start("worker", "worker", "--public-keys", str(self._place.keys))
        self._roles.start("sink", "sink")
        portal = await asyncio.to_thread(self._portal.environment, self._jobcenters)
        self._roles.start("web", "web", "--port", str(port), "--public-url", self.addresses.web, more=portal)
        self.addresses.save(self._place.addresses)

    async def take_in(self) -> Account:
        """Run the connectors over all deliveries, wait until everything has arrived, and give the account."""
        known = await asyncio.to_thread(summary.taken, self._endpoints.database_url)
        connectors = {
            jobcenter: self._connector(jobcenter, once=True)
            for jobcenter in self._jobcenters
            if (self._request.deliveries / jobcenter).is_dir()
        }
        failed = [name for name, role in connectors.items() if not await self._ended_well(name, role)]
        self._tell("Die Jobcenter haben geliefert.", "The Jobcenters have delivered.")
        await self._arrived()
        await self._board_answers()
        lines = await asyncio.to_thread(summary.read_deliveries, self._endpoints.database_url)
        async with await psycopg.AsyncConnection.connect(self._endpoints.database_url) as connection:
            ledger = await read_ledger(connection)
        cards = await self._cards()
        return Account(
            seconds=time.monotonic() - self._began,
            deliveries=lines,
            jobcenters=summary.by_jobcenter(lines, self._jobcenters),
            unaccounted=ledger.unaccounted,
            vacancies=await asyncio.to_thread(summary.open_vacancies, self._endpoints.database_url),
            cards=cards,
            addresses=self.addresses,
            portal=self._portal,
            new_deliveries=sum((line.jobcenter, line.delivery) not in known for line in lines),
            failed=failed,
        )

    async def stay(self) -> None:
        """Keep everything running and watch the folder for new deliveries, until cancelled."""
        # From here on the connectors ask the portal too; the web that answers them is up.
        deploy = self._portal.deploy(self._deploy, self.addresses.web)
        more = {**self._portal.environment(self._jobcenters), "JOBHUB_DEPLOY": str(deploy)}
        for jobcenter in self._jobcenters:
            if (self._request.deliveries / jobcenter).is_dir():
                self._connector(jobcenter, once=False, more=more)
        self._roles.start("audit", "audit", "board", "--web", self.addresses.web)
        while True:
            self._watch()
            await asyncio.sleep(1)

    def _connector(self, jobcenter: str, *, once: bool, more: Mapping[str, str] | None = None) -> Role:
        arguments = ["run", jobcenter, "--deliveries", str(self._request.deliveries)]
        if self._request.until:
            arguments += ["--until", self._request.until.isoformat()]
        if once:
            arguments.append("--once")
        return self._roles.start(f"connector-{jobcenter}", *arguments, once=once, more=more)

    async def _ended_well(self, jobcenter: str, role: Role) -> bool:
        while not role.running.ended.is_set():
            await asyncio.sleep(0.1)
            self._watch()
        if role.running.code in (0, _FINDINGS):
            return True
        end = self._roles.log_end(role.name)
        self._tell(
            f"Der Connector {jobcenter} ist gescheitert (Code {role.running.code}):\n{end}",
            f"Connector {jobcenter} failed (code {role.running.code}):\n{end}",
        )
        return False

    async def _arrived(self) -> None:
        told = time.monotonic()
        while waiting := await backlog(
            self._endpoints.bootstrap_servers,
            self._endpoints.database_url,
            self._jobcenters,
            self._request.security,
        ):
            self._watch()
            if time.monotonic() - told > 2:
                told = time.monotonic()
                self._tell(f"Noch {waiting} Datensätze unterwegs …", f"{waiting} records still on their way …")
            await asyncio.sleep(0.15)

    async def _cards(self) -> int | None:
        """The matcher is a little behind the sinks; it is waited for, but not for long."""
        url, began = self._endpoints.database_url, time.monotonic()
        told = began
        while await asyncio.to_thread(summary.matcher_behind, url, self._today):
            if time.monotonic() - began > _MATCHER_SECS:
                return None
            self._watch()
            if time.monotonic() - told > 2:
                told = time.monotonic()
                self._tell("Gleiche Stellen werden zusammengefasst …", "The same jobs are being folded …")
            await asyncio.sleep(0.1)
        return await asyncio.to_thread(summary.cards, url, self._today)

    async def _board_answers(self) -> None:
        host, port = "127.0.0.1", int(self.addresses.web.rsplit(":", 1)[1])
        while True:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection(host, port)
                writer.close()
                return
            self._watch()
            await asyncio.sleep(0.1)

    def _watch(self) -> None:
        self._roles.watch(self._restarted)

    def _restarted(self, name: str, code: int | None) -> None:
        log = self._place.logs / f"{name}.log"
        self._tell(
            f"{name} hat sich beendet (Code {code}) und wird neu gestartet; Protokoll: {log}",
            f"{name} ended (code {code}) and is started again; log: {log}",
        )


@contextlib.asynccontextmanager
async def running(
    request: Request, settings: Settings, tell: Tell, progress: Callable[[Progress], None]
) -> AsyncIterator[Demo]:
    """Start everything but the connectors; stop all of it at the end, whatever happens.

    Raises:
        EmbeddedError: a service cannot be started, or another demo uses the folder.
        ConfigurationError: a file of deploy is faulty.
    """
    place = Place(settings.data.absolute())
    place.make()
    services = Services(
        place.services,
        bootstrap_servers=request.bootstrap_servers,
        database_url=request.database_url,
        progress=progress,
    )
    deploy = settings.deploy_folder.absolute()
    async with services as endpoints:
        tell("Kafka und PostgreSQL laufen.", "Kafka and PostgreSQL are running.")
        environment = {
            "JOBHUB_BOOTSTRAP_SERVERS": endpoints.bootstrap_servers,
            "JOBHUB_DATABASE_URL": endpoints.database_url,
            "JOBHUB_DATA": str(place.root),
            "JOBHUB_DEPLOY": str(deploy),
            "PYTHONUNBUFFERED": "1",
        }
        if not request.bootstrap_servers:
            # Meant for another Kafka; the embedded one asks for no sign-in.
            environment |= dict.fromkeys((name for name in os.environ if name.startswith("JOBHUB_KAFKA_")), "")
        if day := _last_day(request):
            environment["JOBHUB_TODAY"] = day
        with Roles(place.root, place.logs, environment) as roles:
            today = date.fromisoformat(day) if day else settings.day
            demo = Demo(request, place, deploy, endpoints, roles, tell, today)
            await demo.begin()
            yield demo
            tell("Alles wird beendet …", "Stopping everything …")


def _last_day(request: Request) -> str | None:
    """Day of the latest delivery that is taken: the board lives on it, so that a demo is the same next year."""
    names = (path.name for path in request.deliveries.glob("*/*"))
    days = {found[0] for name in names if (found := _DAY.search(name))}
    return max((day for day in days if request.until is None or day <= request.until.isoformat()), default=None)


def _free_port(preferred: int) -> int:
    """The preferred port if nobody listens there, otherwise any free one."""
    for port in (preferred, 0):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise DemoFailed("no free port on 127.0.0.1")
