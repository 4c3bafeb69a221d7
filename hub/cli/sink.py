"""jobhub sink: curated topics → PostgreSQL, with the position in the same transaction as the rows."""

from __future__ import annotations

import asyncio
import re
import signal
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli._options import BootstrapServers, MetricsPort
from hub.cli.output import Exit, Failure, print_json, stdout, t

if TYPE_CHECKING:
    from hub.cli._cluster import Broker
    from hub.settings import Settings
    from hub.sinks.engine.process import SinkOptions
    from schemas.jobcenter import Jobcenter


def register(app: typer.Typer) -> None:
    """Add the verb."""

    @app.command("sink", help="Schreibt geprüfte Ereignisse in die Datenbank. Läuft, bis es beendet wird.")
    def sink(
        names: Annotated[
            list[str] | None,
            typer.Argument(metavar="[NAME]...", help="board, decisions, receipts, reporting; ohne Namen: alle."),
        ] = None,
        bootstrap_servers: BootstrapServers = None,
        database_url: Annotated[
            str | None, typer.Option("--database-url", help="Adresse von PostgreSQL; sonst JOBHUB_DATABASE_URL.")
        ] = None,
        session_secs: Annotated[
            float, typer.Option("--session-secs", min=1, help="Nach dieser Stille übernimmt ein anderer Prozess.")
        ] = 10.0,
        metrics_port: MetricsPort = 0,
        as_json: Annotated[bool, typer.Option("--json", help="Meldungen als JSON.")] = False,
    ) -> None:
        from hub import metrics
        from hub.cli import _cluster, _database
        from hub.logs import configure_logs
        from hub.match.run import Matching
        from hub.settings import Settings
        from hub.sinks.engine.process import SinkOptions

        settings = Settings()
        broker = _cluster.broker(bootstrap_servers, settings)
        jobcenters = _readable(settings)
        options = SinkOptions(
            bootstrap_servers=broker.address,
            database_url=_database.database(database_url, settings),
            names=_known(names),
            session_secs=session_secs,
            security=broker.security,
            jobcenters=jobcenters,
            matching=Matching(lambda: settings.day, {name: one.kreis for name, one in jobcenters.items()}),
            today=lambda: settings.day,
        )
        _check_permissions(broker, options, settings)
        configure_logs()
        metrics.serve(metrics_port, "sink")

        def ready() -> None:
            if as_json:
                print_json({"event": "ready", "part": "sink", "sinks": list(options.names)})
            else:
                stdout().print(t("bereit", "ready"))

        asyncio.run(_until_told(options, ready))


def _readable(settings: Settings) -> dict[str, Jobcenter]:
    """Jobcenters whose files are sound. A faulty one is its own trouble; the sinks store what all of them sent."""
    from schemas.jobcenter import ConfigurationError, known_jobcenters, load_jobcenter

    folder, found = settings.deploy_folder / "jobcenters", {}
    for name in known_jobcenters(folder):
        with suppress(ConfigurationError):
            found[name] = load_jobcenter(folder / f"{name}.yaml")
    return found


def _known(names: list[str] | None) -> tuple[str, ...]:
    from hub.sinks.engine.registry import sinks

    unknown = sorted(set(names or ()) - sinks().keys())
    if unknown:
        raise Failure(
            Exit.USAGE,
            "E105",
            t(f"Diese Senke gibt es nicht: {', '.join(unknown)}", f"There is no such sink: {', '.join(unknown)}"),
            todo=t("Es gibt: ", "Known: ") + ", ".join(sinks()),
        )
    return tuple(name for name in sinks() if not names or name in names)


def _check_permissions(broker: Broker, options: SinkOptions, settings: Settings) -> None:
    from hub.cli import _cluster
    from hub.sinks.engine.registry import sinks
    from hub.sinks.engine.runner import GROUP

    patterns = [sinks()[name].pattern for name in options.names]
    specs = _cluster.manifest(settings).topics(_cluster.participants(None, settings))
    topics = [spec.name for spec in specs if any(re.match(pattern, spec.name) for pattern in patterns)]
    groups = [GROUP.format(name) for name in options.names]
    _cluster.check_permissions(broker, wait=True, topics=topics, groups=groups)


async def _until_told(options: SinkOptions, ready: Callable[[], None]) -> None:
    from hub.cli import _cluster
    from hub.sinks.engine.process import SinkFailed, run
    from schemas.kafka_access import AccessRefused

    stopping = asyncio.Event()
    for told in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(told, stopping.set)
    try:
        await run(options, stopping, ready)
    except AccessRefused as error:
        raise _cluster.refused(error, options.bootstrap_servers) from error
    except SinkFailed as failed:
        raise Failure(
            Exit.UNHEALTHY,
            "E901",
            t(f"Eine Senke ist ausgefallen: {failed}", f"A sink failed: {failed}"),
            why=t("Verloren ist nichts: der Stand liegt in der Datenbank.", "Nothing is lost: the database knows."),
            todo=t("Neu starten; unter systemd geschieht das von selbst.", "Start it again; systemd does so itself."),
        ) from failed
