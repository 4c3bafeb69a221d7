"""jobhub demo: five Jobcenters, real Kafka, real PostgreSQL, a filled job board, on one machine."""

from __future__ import annotations

import asyncio
import signal
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli._steps import Steps
from hub.cli.output import Exit, Failure, print_json, stderr, stdout, t

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.demo.account import Account, Request
    from hub.embedded import Progress
    from hub.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the verb."""

    @app.command(
        "demo",
        help="Startet alles auf diesem Rechner und nimmt die Lieferungen der fünf Jobcenter auf. Beenden mit Strg+C.",
    )
    def demo(
        deliveries: Annotated[
            Path | None, typer.Option("--deliveries", help="Ordner mit den Lieferungen; sonst die Beispiele.")
        ] = None,
        day: Annotated[
            datetime | None, typer.Option("--day", formats=["%Y-%m-%d"], help="Nur Lieferungen bis zu diesem Tag.")
        ] = None,
        once: Annotated[bool, typer.Option("--once", help="Nach der Aufnahme alles beenden.")] = False,
        as_json: Annotated[bool, typer.Option("--json", help="Ein JSON-Objekt statt der Tabelle.")] = False,
        bootstrap_servers: Annotated[
            str | None, typer.Option("--bootstrap-servers", help="Vorhandenes Kafka statt des eingebauten.")
        ] = None,
        database_url: Annotated[
            str | None, typer.Option("--database-url", help="Vorhandenes PostgreSQL statt des eingebauten.")
        ] = None,
    ) -> None:
        from hub.demo.account import Request
        from hub.settings import Settings

        settings = Settings()
        folder = (deliveries or settings.deploy_folder / "demo" / "deliveries").absolute()
        if not folder.is_dir():
            raise Failure(
                Exit.USAGE,
                "E703",
                t(f"Den Ordner {folder} gibt es nicht.", f"There is no folder {folder}."),
                why=t("Darin liegt je Jobcenter ein Ordner.", "It holds a folder for each Jobcenter."),
                todo=t("Den Ordner mit --deliveries angeben.", "Name it with --deliveries."),
            )
        request = Request(
            folder, day.date() if day else None, bootstrap_servers, database_url, _sign_in(bootstrap_servers, settings)
        )
        raise typer.Exit(asyncio.run(_play(request, settings, once=once, as_json=as_json)))


def _sign_in(bootstrap_servers: str | None, settings: Settings) -> Mapping[str, Any]:
    """What a given Kafka asks for, tried once."""
    if bootstrap_servers is None:
        return {}
    from hub.cli import _cluster

    broker = _cluster.broker(bootstrap_servers, settings)
    _cluster.check_permissions(broker)
    return broker.security


async def _play(request: Request, settings: Settings, *, once: bool, as_json: bool) -> int:
    from hub.demo import story
    from hub.embedded import EmbeddedError
    from hub.topics import WrongPartitions
    from schemas.jobcenter import ConfigurationError

    playing = asyncio.current_task()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, lambda: playing.cancel() if playing else None)
    filled = False
    with Steps(silent=as_json) as steps:

        def fetching(progress: Progress) -> None:
            done, total = progress.done / 1e6, progress.total / 1e6
            steps.progress(
                f"Kafka wird geladen (nur beim ersten Mal): {done:.0f} von {total:.0f} MB",
                f"Loading Kafka (first time only): {done:.0f} of {total:.0f} MB",
            )

        try:
            async with story.running(request, settings, steps.done, fetching) as demo:
                account = await demo.take_in()
                _show(account, as_json=as_json, once=once)
                filled = True
                if not once:
                    await demo.stay()
                return int(Exit.OK if account.ok else Exit.UNHEALTHY)
        except asyncio.CancelledError:
            return int(Exit.OK) if filled else 130
        except (EmbeddedError, story.DemoFailed) as error:
            raise Failure(Exit.UNREACHABLE, "E901", str(error), todo=_todo()) from error
        except ConfigurationError as error:
            raise Failure(Exit.CONFIGURATION, error.code, f"{error.where}: {error.what}") from error
        except WrongPartitions as error:
            raise Failure(Exit.CONFIGURATION, "E701", str(error)) from error


def _todo() -> str:
    return t("Den genannten Grund beheben und neu starten.", "Mend the reason given and start again.")


def _show(account: Account, *, as_json: bool, once: bool) -> None:
    """The table for people. A program that reads stdout gets one JSON object, and people the table on stderr."""
    for_programs = not sys.stdout.isatty()
    if as_json or for_programs:
        print_json(account.as_json())
        if as_json:
            return
    from hub.cli._demo_table import lines, table

    console = stderr() if for_programs else stdout()
    console.print(table(account), soft_wrap=False)
    for line in lines(account, once=once):
        console.print(line, markup=False)
    sys.stdout.flush()
