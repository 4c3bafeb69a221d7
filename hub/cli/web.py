"""jobhub web: the job board, its JSON, and the schema registry."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.output import Exit, Failure, print_json, stdout, t

if TYPE_CHECKING:
    from fastapi import FastAPI

    from hub.portal.setup import Setup
    from hub.settings import Settings
    from schemas.jobcenter import Jobcenter


def register(app: typer.Typer) -> None:
    """Add the verb."""

    @app.command("web", help="Zeigt die Jobbörse, ihre JSON-Schnittstelle und die Schema-Registry.")
    def web(
        host: Annotated[str, typer.Option(help="Adresse, an der gelauscht wird.")] = "127.0.0.1",
        port: Annotated[int, typer.Option(help="Port; 0: ein freier.", min=0, max=65535)] = 8080,
        database_url: Annotated[str | None, typer.Option("--database-url", help="PostgreSQL-Adresse.")] = None,
        allowed_hosts: Annotated[
            list[str] | None, typer.Option("--allowed-host", help="Zugelassener Hostname; mehrfach möglich.")
        ] = None,
        public_url: Annotated[
            str | None, typer.Option("--public-url", help="Adresse, unter der die Jobbörse von außen zu finden ist.")
        ] = None,
        as_json: Annotated[bool, typer.Option("--json", help="Meldung „ready“ als JSON-Objekt.")] = False,
    ) -> None:
        from hub.logs import configure_logs
        from hub.settings import Settings
        from hub.web.app import create_app

        settings = Settings()
        url = database_url or settings.database_url
        if not url:
            what = t("Die Adresse der Datenbank fehlt.", "The address of the database is missing.")
            raise Failure(Exit.USAGE, "E406", what)
        configure_logs()
        participants = _jobcenters(settings)
        board = create_app(
            url,
            lambda: settings.day,
            jobcenters={one.id: one.name for one in participants},
            allowed_hosts=tuple(allowed_hosts or ("*",)),
            public_url=public_url,
            portal=_portal(participants, public_url),
        )
        listener = _listen(host, port)
        address = f"http://{host}:{listener.getsockname()[1]}"
        with listener:
            asyncio.run(_serve(board, listener, address, as_json=as_json))


def _portal(participants: list[Jobcenter], public_url: str | None) -> Setup | None:
    from hub.portal.setup import read_setup
    from schemas.jobcenter import ConfigurationError

    try:
        return read_setup(participants, public_url, os.environ)
    except ConfigurationError as error:
        what = f"{error.where} {t(error.de, error.what)}"
        raise Failure(Exit.CONFIGURATION, error.code, what, why=t("Arbeitgeberportal", "Employer portal")) from error


def _jobcenters(settings: Settings) -> list[Jobcenter]:
    from schemas.jobcenter import ConfigurationError, load_jobcenters

    try:
        return list(load_jobcenters(settings.deploy_folder / "jobcenters").values())
    except ConfigurationError as error:
        raise Failure(Exit.CONFIGURATION, error.code, f"{error.where}: {error.what}") from error


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, or asyncio leaves Nagle's algorithm on and every answer on a kept connection waits 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise Failure(
            Exit.CONFIGURATION,
            "E701",
            t(f"An {host}:{port} kann nicht gelauscht werden.", f"Cannot listen on {host}:{port}."),
            why=t(
                "Der Port ist belegt oder die Adresse gehört nicht zu diesem Rechner.", "Port taken or foreign address."
            ),
            todo=t("Anderen Port angeben, zum Beispiel --port 0.", "Give another port, such as --port 0."),
        ) from error
    return listener


async def _serve(board: FastAPI, listener: socket.socket, address: str, *, as_json: bool) -> None:
    import uvicorn

    class Server(uvicorn.Server):
        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            # Its own handlers raise the signal again after the stop; a clean stop ends with 0.
            yield

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if as_json:
                print_json({"event": "ready", "part": "web", "address": address})
            else:
                stdout().print(t(f"Jobbörse: {address}", f"Job board: {address}"), markup=False)

    config = uvicorn.Config(
        board,
        log_config=None,
        access_log=False,  # what people search for is nobody's business
        server_header=False,
        timeout_graceful_shutdown=3,
        lifespan="on",
    )
    server = Server(config)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows
            loop.add_signal_handler(number, setattr, server, "should_exit", True)
    await server.serve(sockets=[listener])
