"""jobhub worker: raw topics → curated topics, receipts and rejected records, exactly once."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli._options import BootstrapServers, JobcenterList, MetricsPort
from hub.cli.output import Exit, Failure, print_json, stdout, t

if TYPE_CHECKING:
    from hub.cli._cluster import Broker
    from hub.stream.options import WorkerOptions


def register(app: typer.Typer) -> None:
    """Add the verb."""

    @app.command("worker", help="Prüft, entdoppelt und verteilt, was die Jobcenter senden. Läuft, bis es beendet wird.")
    def worker(
        bootstrap_servers: BootstrapServers = None,
        data: Annotated[Path | None, typer.Option("--data", help="Ordner für Merkzettel; sonst JOBHUB_DATA.")] = None,
        public_keys: Annotated[
            Path | None, typer.Option("--public-keys", help="Ordner mit <jobcenter>.pub für abgelehnte Originale.")
        ] = None,
        jobcenters: JobcenterList = None,
        session_secs: Annotated[
            float, typer.Option("--session-secs", min=1, help="Nach dieser Stille übernimmt ein anderer Worker.")
        ] = 10.0,
        skeleton_days: Annotated[
            int, typer.Option("--skeleton-days", min=79, help="So viele Tage bleibt Beendetes in Erinnerung.")
        ] = 79,
        metrics_port: MetricsPort = 0,
        as_json: Annotated[bool, typer.Option("--json", help="Meldungen als JSON.")] = False,
    ) -> None:
        from hub import app as faust_app
        from hub.cli import _cluster
        from hub.settings import Settings
        from hub.stream.options import WorkerOptions

        settings = Settings()
        broker = _cluster.broker(bootstrap_servers, settings)
        options = WorkerOptions(
            bootstrap_servers=broker.address,
            security=broker.security,
            jobcenters=_cluster.participants(jobcenters, settings),
            data=(data or settings.data).absolute(),
            public_keys=_keys(public_keys),
            session_secs=session_secs,
            skeleton_days=skeleton_days,
        )
        _check_topics(options, broker)
        _serve_metrics(metrics_port)

        def ready() -> None:
            if as_json:
                print_json({"event": "ready", "part": "worker", "jobcenters": list(options.jobcenters)})
            else:
                stdout().print(t("bereit", "ready"))

        raise typer.Exit(faust_app.run(options, ready))


def _keys(folder: Path | None) -> dict[str, bytes]:
    from schemas.sealed import read_public_keys

    if folder is None:
        return {}
    try:
        return read_public_keys(folder)
    except ValueError as error:
        raise Failure(Exit.CONFIGURATION, "E701", str(error)) from error


def _serve_metrics(port: int) -> None:
    from hub import metrics

    try:
        metrics.serve(port, "worker")
    except OSError as error:
        what = t(f"Port {port} für Metriken ist belegt.", f"Port {port} for metrics is taken.")
        raise Failure(Exit.USAGE, "E701", what, todo="--metrics-port") from error


def _check_topics(options: WorkerOptions, broker: Broker) -> None:
    """We may use all topics; they are there, with one number of partitions: that number is the unit of work."""
    from hub.cli import _cluster
    from hub.topics import missing_topics
    from schemas.topics import PROBE

    names = [*options.raw_topics, *options.output_topics, PROBE]
    _cluster.check_permissions(
        broker,
        topics=names,
        groups=[options.app, options.faust_group],
        transactional_ids=[options.transactional_id(0)],
    )
    with _cluster.reachable(broker):
        missing, partitions = asyncio.run(missing_topics(options.bootstrap_servers, names, **options.security))
    if missing:
        raise Failure(
            Exit.CONFIGURATION,
            "E701",
            t(f"Themen fehlen: {', '.join(missing)}", f"Topics are missing: {', '.join(missing)}"),
            todo="jobhub topics apply",
        )
    if len(partitions) != 1:
        what = t(
            "Die Themen haben verschieden viele Partitionen: ", "The topics differ in their number of partitions: "
        )
        raise Failure(Exit.CONFIGURATION, "E701", what + str(sorted(partitions)), todo="jobhub topics plan")
