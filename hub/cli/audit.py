"""jobhub audit board: is nothing advertised that has ended, and is nothing missing? Ends with 10 if something is."""

from __future__ import annotations

import asyncio
import signal
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.output import Exit, Failure, language, note, print_json, stdout, t
from schemas.codes import explain

if TYPE_CHECKING:
    from hub.audit.board import AuditOptions, Report
    from hub.audit.compare import Suspect
    from hub.settings import Settings

_AGAIN_SECS = 2.0
"""How soon a single audit looks again at what may be on its way."""


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    verbs = typer.Typer(no_args_is_help=True, help="Prüft von außen, was die Jobbörse zeigt: board.")
    app.add_typer(verbs, name="audit")

    @verbs.command(
        "board", help="Vergleicht Topic, Datenbank, Liste, Feed, Sitemap und Seiten. Läuft, bis es beendet wird."
    )
    def board(
        web: Annotated[str | None, typer.Option("--web", help="Adresse der Jobbörse; sonst die der Demo.")] = None,
        bootstrap_servers: Annotated[
            str | None, typer.Option("--bootstrap-servers", help="Adresse von Kafka; sonst die der letzten Demo.")
        ] = None,
        database_url: Annotated[
            str | None, typer.Option("--database-url", help="Adresse von PostgreSQL; sonst die der letzten Demo.")
        ] = None,
        once: Annotated[bool, typer.Option("--once", help="Einmal prüfen, dann enden; 10: es gibt Befunde.")] = False,
        every_secs: Annotated[float, typer.Option("--every-secs", min=1, help="Pause zwischen zwei Runden.")] = 60.0,
        per_second: Annotated[
            float, typer.Option("--per-second", min=0.1, help="Anfragen an die Jobbörse je Sekunde.")
        ] = 5.0,
        metrics_port: Annotated[
            int, typer.Option("--metrics-port", help="Port für Prometheus auf 127.0.0.1; 0: keiner.")
        ] = 0,
        as_json: Annotated[bool, typer.Option("--json", help="Je Runde ein JSON-Objekt statt Text.")] = False,
    ) -> None:
        from hub import metrics
        from hub.audit.board import AuditOptions
        from hub.cli import _cluster, _database
        from hub.logs import configure_logs
        from hub.settings import Settings

        settings = Settings()
        broker = _cluster.broker_or_demo(bootstrap_servers, settings)
        with _database.database_or_demo(database_url, settings) as address:
            options = AuditOptions(
                broker.address, address, _web(web, settings), lambda: settings.day, per_second, security=broker.security
            )
            if once:
                with _cluster.reachable(broker), _database.reachable():
                    report = asyncio.run(_once(options))
                _show(report, as_json=as_json)
                raise typer.Exit(int(Exit.UNHEALTHY if report.findings else Exit.OK))
            configure_logs()
            metrics.serve(metrics_port, "audit")
            asyncio.run(_until_told(options, every_secs, as_json=as_json))


def _web(option: str | None, settings: Settings) -> str:
    from hub.demo.place import Addresses, Place

    last = Addresses.load(Place(settings.data.absolute()).addresses)
    if not option and not last:
        what = t("Die Adresse der Jobbörse fehlt.", "The address of the board is missing.")
        raise Failure(Exit.USAGE, "E406", what, todo="--web http://127.0.0.1:8080")
    return option or (last.web if last else "")


async def _once(options: AuditOptions) -> Report:
    """One round; what differs is looked at again until it does not, or has done so for too long."""
    from hub.audit.board import Auditor
    from hub.audit.shown import BoardAway

    try:
        async with Auditor(options) as auditor:
            report = await auditor.round()
            first, end = set(report.pending), time.monotonic() + options.grace_secs
            while first & set(report.pending):
                await asyncio.sleep(max(0.0, min(_AGAIN_SECS, end - time.monotonic())))
                report = await auditor.round()
            return report
    except BoardAway as error:
        what = t(f"Die Jobbörse antwortet nicht: {error}", f"The board does not answer: {error}")
        raise Failure(Exit.UNREACHABLE, "E406", what, todo="--web http://127.0.0.1:8080") from error


async def _until_told(options: AuditOptions, every_secs: float, *, as_json: bool) -> None:
    """Round after round. A part that is away ends no audit; without a round to its end the alarm goes off by itself."""
    import psycopg
    import structlog
    from aiokafka.errors import KafkaError

    from hub.audit.board import Auditor
    from hub.audit.shown import BoardAway

    playing = asyncio.current_task()
    for told in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(told, lambda: playing.cancel() if playing else None)
    try:
        while True:
            try:
                async with Auditor(options) as auditor:
                    while True:
                        report = await auditor.round()
                        if report.findings or as_json:
                            _show(report, as_json=as_json)
                        await asyncio.sleep(every_secs)
            except (BoardAway, KafkaError, psycopg.Error, OSError) as error:
                away = str(error) if isinstance(error, BoardAway) else type(error).__name__
                structlog.get_logger("hub.audit").error("no round to its end", reason=away)
                await asyncio.sleep(min(every_secs, 10))
    except asyncio.CancelledError:
        return


def _show(report: Report, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "ok": not report.findings,
                "checked": {event: dict(places) for event, places in report.checked.items()},
                "findings": [_as_dict(one) for one in report.findings],
                "pending": len(report.pending),
            }
        )
        return
    from hub.cli._refused import printable

    lines = [f"{one.code}  {one.place:8}{one.event:8} {one.key}" for one in report.findings]
    for code in dict.fromkeys(one.code for one in report.findings):
        lines.append(f"{code}  {explain(code).text(language())}")
        lines.append(f"{t('Tun', 'Do'):6}{explain(code).next_step(language())}")
    if not report.findings:
        lines.append(t("Nichts Beendetes wird gezeigt, und nichts Offenes fehlt.", "Nothing dead, nothing missing."))
    stdout().print(printable("\n".join(lines)), markup=False)
    for event, places in report.checked.items():
        looked = ", ".join(f"{place} {number}" for place, number in places.items())
        note(t(f"Geprüft ({event}): ", f"Checked ({event}): ") + looked)


def _as_dict(one: Suspect) -> dict[str, Any]:
    return {
        "code": one.code,
        "kind": one.kind,
        "event": one.event,
        "place": one.place,
        "key": one.key,
        "message": explain(one.code).text(language()),
        "fix": explain(one.code).next_step(language()),
    }
