"""jobhub run JOBCENTER…: read deliveries, send what is new, changed or gone. Once, or until it is stopped."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli._options import BootstrapServers, MetricsPort, StateFolder
from hub.cli._run_told import code_of, json_event, sentence, text_event, what_of
from hub.cli._stopping import stop_when_told
from hub.cli._usage import file_failure, state_exit
from hub.cli.output import Exit, Failure, note, print_json, stdout, t

if TYPE_CHECKING:
    from connectors.summary import Summary
    from hub.cli._cluster import Broker
    from schemas.jobcenter import Jobcenter

_NAMED_MOST = 5
_STOPPED = 130
"""Exit code of a run with --once that was told to stop: whoever called it must not take it for done."""
_EXITS = {
    "E402": Exit.SIGN_IN,
    "E403": Exit.SIGN_IN,
    "E701": Exit.CONFIGURATION,
    "E702": Exit.CONFIGURATION,
    "E703": Exit.USAGE,
    "E503": Exit.FINDINGS,
    "E505": Exit.FINDINGS,
    "E506": Exit.FINDINGS,
    "E507": Exit.FINDINGS,
    "E711": state_exit("E711"),
    "E713": Exit.USAGE,
    "E714": Exit.CONFIGURATION,
    "E715": Exit.CONFIGURATION,
    "E716": Exit.CONFIGURATION,
}


def register(app: typer.Typer) -> None:
    """Add the verb."""

    @app.command("run", help="Liest Lieferungen von Jobcentern und sendet, was neu, geändert oder weg ist.")
    def run(
        jobcenters: Annotated[list[str], typer.Argument(help="Kennungen, zum Beispiel: borken coesfeld")],
        deliveries: Annotated[
            Path | None,
            typer.Option("--deliveries", help="Ordner mit einem Unterordner je Jobcenter; sonst DATEN/deliveries."),
        ] = None,
        until: Annotated[
            str | None, typer.Option("--until", metavar="JJJJ-MM-TT", help="Spätere Tage noch nicht lesen.")
        ] = None,
        once: Annotated[bool, typer.Option("--once", help="Enden, wenn alles gesendet und bestätigt ist.")] = False,
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Nur sagen, was gesendet würde.")] = False,
        as_json: Annotated[bool, typer.Option("--json", help="Meldungen als JSON, eine je Zeile.")] = False,
        bootstrap_servers: BootstrapServers = None,
        data: StateFolder = None,
        poll_secs: Annotated[
            float, typer.Option("--poll-secs", min=0.1, help="So oft wird nach Dateien gesehen.")
        ] = 5.0,
        metrics_port: MetricsPort = 0,
    ) -> None:
        from connectors import metrics
        from hub.cli import _cluster
        from hub.cli._jobcenters import load_one
        from hub.logs import configure_logs
        from hub.settings import Settings

        configure_logs()
        _quiet_client()
        # A delivery makes millions of small objects and no cycles among them: what is left lying is looked for rarely.
        gc.set_threshold(50_000, 20, 50)
        settings = Settings()
        root = (data or settings.data).absolute()
        chosen = [load_one(name) for name in dict.fromkeys(jobcenters)]
        task = _Task(
            jobcenters=chosen,
            deliveries=(deliveries or root / "deliveries").absolute(),
            data=root,
            until=_day(until),
            today=settings.today,
            once=once,
            poll_secs=poll_secs,
            say=json_event if as_json else text_event,
        )
        if dry_run:
            _end(task, [task.dry(jobcenter) for jobcenter in chosen], as_json, dry=True)
            return
        broker = _cluster.broker(bootstrap_servers, settings)
        metrics.serve(metrics_port)
        results = asyncio.run(task.all(broker, as_json))
        _end(task, results, as_json, dry=False)


class _Task:
    def __init__(
        self,
        *,
        jobcenters: list[Jobcenter],
        deliveries: Path,
        data: Path,
        until: date | None,
        today: date | None,
        once: bool,
        poll_secs: float,
        say: Callable[[dict[str, Any]], None],
    ) -> None:
        self.jobcenters, self.deliveries, self.data, self.until, self.today = jobcenters, deliveries, data, until, today
        self.once, self.poll_secs, self.say = once, poll_secs, say

    def _places(self, jobcenter: Jobcenter) -> tuple[Path, Path]:
        from hub.cli._jobcenters import deliveries_folder, state_path

        folder = deliveries_folder(self.deliveries, jobcenter.id, alone=len(self.jobcenters) == 1)
        return folder, state_path(self.data, jobcenter.id)

    def dry(self, jobcenter: Jobcenter) -> Summary | Exception:
        """What would be sent."""
        from connectors.dry_run import dry_run
        from connectors.state_away import trouble

        try:
            return dry_run(jobcenter, *self._places(jobcenter), until=self.until, today=self.today, on_event=self.say)
        except Exception as error:  # one Jobcenter's trouble is told at the end and stops no other
            return trouble(error, self._places(jobcenter)[1]) or error

    async def all(self, broker: Broker, as_json: bool) -> list[Summary | Exception]:
        """All Jobcenters side by side; one that fails stops no other."""
        stop, finished = asyncio.Event(), threading.Event()
        stop_when_told(stop.set, finished)
        if as_json:
            print_json({"event": "ready", "part": "connector", "jobcenters": [one.id for one in self.jobcenters]})
        elif not self.once:
            stdout().print(t("bereit", "ready"))
        try:
            return list(await asyncio.gather(*(self._one(one, broker, stop) for one in self.jobcenters)))
        finally:
            finished.set()

    async def _one(self, jobcenter: Jobcenter, broker: Broker, stop: asyncio.Event) -> Summary | Exception:
        from connectors.runner import run
        from connectors.state_away import trouble

        try:
            return await run(
                jobcenter,
                *self._places(jobcenter),
                broker.address,
                kafka_options=broker.security,
                until=self.until,
                once=self.once,
                today=self.today,
                poll_seconds=self.poll_secs,
                stop=stop,
                on_event=self.say,
            )
        except Exception as raised:  # said at once; the others go on
            error = trouble(raised, self._places(jobcenter)[1]) or raised
            self.say({"event": "failed", "jobcenter": jobcenter.id, "code": code_of(error), "what": what_of(error)})
            return error


def _end(task: _Task, results: list[Any], as_json: bool, *, dry: bool) -> None:
    """The summary, then the first failure if there is one."""
    from connectors.summary import Summary

    done = [result for result in results if isinstance(result, Summary)]
    failures = [(one.id, result) for one, result in zip(task.jobcenters, results, strict=True) if result not in done]
    if as_json and (task.once or dry):
        print_json(
            {
                "event": "summary",
                "dry_run": dry,
                "jobcenters": [result.as_dict() for result in done],
                "failures": [
                    {"jobcenter": name, "code": code_of(error), "error": what_of(error)} for name, error in failures
                ],
            }
        )
    elif not as_json:
        for result in done:
            stdout().print(sentence(result, dry), markup=False)
    if dry and not as_json:
        stdout().print(t("Es wurde nichts gesendet.", "Nothing was sent."))
    if failures:
        name, error = failures[0]
        if isinstance(error, OSError) and error.filename is not None:
            raise file_failure(error) from error
        code = code_of(error)
        raise Failure(_EXITS.get(code, Exit.UNHEALTHY), code, f"{name}: {what_of(error)}") from error
    if not task.once or dry:
        return
    if any(result.stopped for result in done):
        note(
            t(
                "Unterbrochen, bevor alles gesendet war. Nichts ging verloren: Der nächste Lauf macht weiter.",
                "Stopped before all was sent. Nothing was lost: the next run goes on.",
            )
        )
        raise typer.Exit(_STOPPED)
    stopped = [(f"{result.jobcenter}/{name}", code) for result in done for name, code in result.stopped_sources.items()]
    if stopped:
        code = stopped[0][1]
        names = ", ".join(f"{name} ({code})" for name, code in stopped)
        raise Failure(_EXITS.get(code, Exit.UNHEALTHY), code, t("Gestoppte Quellen: ", "Stopped sources: ") + names)
    away = [f"{result.jobcenter}/{name}" for result in done for name in result.away]
    if away:
        raise Failure(
            Exit.UNREACHABLE, "E407", t("Nicht gefragt werden konnten: ", "Could not be asked: ") + ", ".join(away)
        )
    left = [f"{result.jobcenter}/{file}" for result in done for file in result.waiting]
    if left:
        raise Failure(Exit.UNHEALTHY, "E301", t("Noch nicht gelesen: ", "Not read yet: ") + ", ".join(left))
    refused = [(f"{result.jobcenter}/{file}", code) for result in done for file, code in result.refused_files.items()]
    if refused:
        names = ", ".join(f"{file} ({code})" for file, code in refused[:_NAMED_MOST])
        names += t(f" und {more} weitere", f" and {more} more") if (more := len(refused) - _NAMED_MOST) > 0 else ""
        raise Failure(Exit.FINDINGS, refused[0][1], t("Als Ganzes zurückgewiesen: ", "Refused as a whole: ") + names)


def _quiet_client() -> None:
    """What the Kafka client logs while a broker is away, our own line says once and in words."""
    import logging

    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Failure(
            Exit.USAGE,
            "E102",
            t(f"--until {text!r} ist kein Tag.", f"--until {text!r} is not a day."),
            todo=t("So schreiben: 2026-11-22", "Write it like this: 2026-11-22"),
        ) from None
