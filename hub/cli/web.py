"""jobhub web: the job board, its JSON, and the schema registry."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.output import Exit, Failure, print_json, stdout, t

if TYPE_CHECKING:
    import uvicorn
    from fastapi import FastAPI

    from hub.mail import SendMail
    from hub.portal.setup import Setup
    from hub.settings import Settings
    from hub.web.board_file import Operator
    from hub.web.mailbag import Mailbag
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
        bootstrap_servers: Annotated[
            str | None,
            typer.Option(
                "--bootstrap-servers",
                help="Kafka, das gemeldete Fehler aufnimmt; sonst JOBHUB_BOOTSTRAP_SERVERS. Ohne: niemand kann melden.",
            ),
        ] = None,
        trusted_proxy: Annotated[
            list[str] | None,
            typer.Option(
                "--trusted-proxy",
                help="Adresse oder Netz eines Proxys, dem die Adresse der Besucher geglaubt wird; mehrfach möglich.",
            ),
        ] = None,
        requests_per_minute: Annotated[
            int, typer.Option("--requests-per-minute", min=0, help="So viel darf ein Anschluss lesen; 0: ohne Grenze.")
        ] = 600,
        posts_per_minute: Annotated[
            int, typer.Option("--posts-per-minute", min=0, help="So viel darf ein Anschluss absenden; 0: ohne Grenze.")
        ] = 10,
        operations_port: Annotated[
            int | None,
            typer.Option("--operations-port", help="Port der Betriebsseiten, nur auf 127.0.0.1; ohne: keine.", min=0),
        ] = None,
        as_json: Annotated[bool, typer.Option("--json", help="Meldung „ready“ als JSON-Objekt.")] = False,
    ) -> None:
        from hub.logs import configure_logs
        from hub.settings import Settings
        from hub.web.app import create_app
        from hub.web.operations import HOST, create_operations_app
        from hub.web.rate_limit import Limits

        settings = Settings()
        url = database_url or settings.database_url
        if not url:
            what = t("Die Adresse der Datenbank fehlt.", "The address of the database is missing.")
            raise Failure(Exit.USAGE, "E406", what)
        configure_logs()
        jobcenters = _jobcenters(settings)
        names = {one.id: one.name for one in jobcenters}
        operator = _operator(settings)
        board = create_app(
            url,
            lambda: settings.day,
            jobcenters=names,
            contacts={one.id: one.contact for one in jobcenters if one.contact},
            mailbag=_mailbag(bootstrap_servers, settings),
            allowed_hosts=tuple(allowed_hosts or ("*",)),
            public_url=public_url,
            limits=Limits(requests_per_minute, posts_per_minute),
            operator=operator,
            send_mail=_mail(operator),
            portal=_portal(jobcenters, public_url),
        )
        with ExitStack() as opened:
            listener = opened.enter_context(_listen(host, port))
            served = [(board, listener, f"http://{host}:{listener.getsockname()[1]}", "web")]
            if operations_port is not None:
                inside = opened.enter_context(_listen(HOST, operations_port))
                address = f"http://{HOST}:{inside.getsockname()[1]}/betrieb/dubletten"
                served.append((create_operations_app(url, names), inside, address, "operations"))
            asyncio.run(_serve_all(served, proxies=trusted_proxy or [], as_json=as_json))


def _mailbag(bootstrap_servers: str | None, settings: Settings) -> Mailbag | None:
    """What takes errors that readers report, if there is a Kafka to take them."""
    if not (bootstrap_servers or settings.bootstrap_servers):
        return None
    from hub.cli import _cluster
    from hub.web.mailbag import Mailbag

    broker = _cluster.broker(bootstrap_servers, settings)
    return Mailbag(broker.address, broker.security)


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


def _operator(settings: Settings) -> Operator | None:
    from hub.web.board_file import load_operator
    from schemas.jobcenter import ConfigurationError

    path = settings.deploy_folder / "board.yaml"
    if not path.exists():
        return None  # the pages say what is missing
    try:
        return load_operator(path)
    except ConfigurationError as error:
        raise Failure(Exit.CONFIGURATION, error.code, f"{error.where}: {t(error.de, error.what)}") from error


def _mail(operator: Operator | None) -> SendMail | None:
    """What sends reports of barriers on, if the operator has named a mail server."""
    if operator is None or operator.mail is None:
        return None
    from hub import mail
    from schemas.jobcenter import ConfigurationError

    server, login = operator.mail, None
    if server.user_env and server.password_env:
        try:
            login = mail.read_login(os.environ.get(server.user_env), server.password_env, os.environ)
        except ConfigurationError as error:
            what = f"{error.where} {t(error.de, error.what)}"
            raise Failure(Exit.CONFIGURATION, error.code, what, why="deploy/board.yaml, mail") from error
        if login is None:
            what = t(
                f"{server.user_env} und {server.password_env} sind leer.",
                f"{server.user_env} and {server.password_env} are empty.",
            )
            raise Failure(Exit.CONFIGURATION, "E701", what, why="deploy/board.yaml, mail")
    return mail.MailServer(server.host, server.port, server.tls, server.sender, login).send


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


async def _serve_all(
    served: list[tuple[FastAPI, socket.socket, str, str]], *, proxies: list[str], as_json: bool
) -> None:
    async with asyncio.TaskGroup() as together:
        servers = [_server(app, address, part, proxies=proxies, as_json=as_json) for app, _, address, part in served]
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(NotImplementedError):  # Windows
                loop.add_signal_handler(number, _stop, servers)
        for server, (_, listener, _, _) in zip(servers, served, strict=True):
            together.create_task(server.serve(sockets=[listener]))


def _stop(servers: list[uvicorn.Server]) -> None:
    for server in servers:
        server.should_exit = True


def _server(app: FastAPI, address: str, part: str, *, proxies: list[str], as_json: bool) -> uvicorn.Server:
    import uvicorn

    class Server(uvicorn.Server):
        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            # Its own handlers raise the signal again after the stop; a clean stop ends with 0.
            yield

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if as_json:
                print_json({"event": "ready", "part": part, "address": address})
            else:
                name = t("Jobbörse", "Job board") if part == "web" else t("Betriebsseiten", "Operations pages")
                stdout().print(f"{name}: {address}", markup=False)

    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,  # what people search for is nobody's business
        server_header=False,
        # A header anybody can send tells who asks only if a proxy we know has written it.
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies,
        timeout_graceful_shutdown=3,
        lifespan="on",
    )
    return Server(config)
