"""jobhub status: who delivered what and when, what waits, and whether the ledger adds up. Ends with 10 if not well."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer

from hub.cli._options import BootstrapServersOrDemo, DatabaseOrDemo, JsonOutput
from hub.cli._states import state_words
from hub.cli.output import Exit, print_json, stdout, t
from schemas.due import BERLIN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from hub.cli._cluster import Broker
    from hub.sinks.engine.lag import Lag
    from hub.store.health import LeftOpen, SourceHealth
    from hub.store.ledger import Ledger
    from schemas.jobcenter import Jobcenter


@dataclass(frozen=True, slots=True)
class Status:
    """Everything the verb tells."""

    sources: list[SourceHealth]
    lag: list[Lag]
    ledger: Ledger
    sink_rejections: int
    left_open: list[LeftOpen]

    @property
    def problems(self) -> list[str]:
        """What somebody should look at, worst first; empty: all is well."""
        found = []
        if self.ledger.unaccounted:
            count = self.ledger.unaccounted
            found.append(t(f"{count} Nachrichten ohne Verbleib", f"{count} records unaccounted for"))
        found += [
            f"{lag.stage} {t('steht still', 'stands still')}: {lag.topic}-{lag.partition}"
            for lag in self.lag
            if lag.stands_still
        ]
        found += [f"{source.jobcenter}/{source.source} {_overdue(source)}" for source in self.sources if source.silent]
        found += [
            f"{source.jobcenter}/{source.source} {t('ist gestoppt', 'is stopped')} ({source.reason})"
            for source in self.sources
            if source.is_stopped
        ]
        return found


def register(app: typer.Typer) -> None:
    """Add the verb."""

    @app.command("status", help="Wer hat was geliefert, was wartet, stimmt die Abrechnung? 10: nicht gesund.")
    def status(
        bootstrap_servers: BootstrapServersOrDemo = None,
        database_url: DatabaseOrDemo = None,
        as_json: JsonOutput = False,
    ) -> None:
        from hub.cli import _cluster, _database
        from hub.settings import Settings
        from schemas.jobcenter import load_jobcenters

        settings = Settings()
        broker = _cluster.broker_or_demo(bootstrap_servers, settings)
        with _cluster.configuration():
            jobcenters = load_jobcenters(settings.deploy_folder / "jobcenters")
        with (
            _database.database_or_demo(database_url, settings) as address,
            _cluster.reachable(broker),
            _database.reachable(),
        ):
            found = asyncio.run(_ask(broker, address, jobcenters))
        found = replace(found, left_open=counted(found.left_open, jobcenters, settings.data.absolute()))
        if as_json:
            _print_json(found)
        else:
            _print_tables(found)
        raise typer.Exit(int(Exit.UNHEALTHY if found.problems else Exit.OK))


def counted(told: Sequence[LeftOpen], jobcenters: Mapping[str, Jobcenter], data: Path) -> list[LeftOpen]:
    """What sources left open, counted in the state files that lie here; of other Jobcenters as the hub was told."""
    from connectors.renamed import left_open_in
    from hub.cli._jobcenters import state_path
    from hub.store.health import LeftOpen

    found: list[LeftOpen] = []
    for name, jobcenter in jobcenters.items():
        counts = left_open_in(state_path(data, name), jobcenter)
        if counts is None:
            found += [one for one in told if one.jobcenter == name]
        else:
            found += [LeftOpen(name, one.source, one.count, exact=True) for one in counts]
    return found


async def _ask(broker: Broker, address: str, jobcenters: Mapping[str, Jobcenter]) -> Status:
    from hub.sinks.engine.database import connect
    from hub.sinks.engine.lag import log_reader, read_lag, read_reached
    from hub.store.health import read_left_open, read_sources, sink_rejections
    from hub.store.ledger import read_ledger

    async with (
        await connect(address, "jobhub-status") as connection,
        log_reader(broker.address, broker.security) as reader,
    ):
        return Status(
            sources=await read_sources(connection, jobcenters, datetime.now(UTC)),
            lag=await read_lag(reader, connection),
            ledger=await read_ledger(connection, await read_reached(reader, connection)),
            sink_rejections=await sink_rejections(connection),
            left_open=await read_left_open(connection, jobcenters),
        )


def _print_json(found: Status) -> None:
    ledger = found.ledger
    print_json(
        {
            "healthy": not found.problems,
            "problems": found.problems,
            "sources": [asdict(source) | {"silent": source.silent} for source in found.sources],
            "lag": [asdict(lag) for lag in found.lag],
            "ledger": {
                "unaccounted": ledger.unaccounted,
                "rows": [asdict(row) | {"unaccounted": row.unaccounted} for row in ledger.rows],
                "sinks": [asdict(row) for row in ledger.sinks],
            },
            "sink_rejections": found.sink_rejections,
            "left_open": [asdict(left) for left in found.left_open],
        }
    )


def _print_tables(found: Status) -> None:
    from rich.table import Table

    sources = Table(box=None, pad_edge=False)
    for name in ("Jobcenter", t("Quelle", "Source"), t("Letzte Lieferung", "Last delivery"), t("Zustand", "State")):
        sources.add_column(name)
    for name in (
        t("fällig", "due"),
        t("Alter", "Age"),
        t("neu", "new"),
        t("geändert", "changed"),
        t("beendet", "ended"),
        t("abgelehnt", "rejected"),
        t("zurückgehalten", "held"),
    ):
        sources.add_column(name, justify="right")
    for source in found.sources:
        counts = (source.new, source.changed, source.ended, source.rejected, source.held)
        sources.add_row(
            source.jobcenter,
            source.source,
            source.delivery or t("noch keine", "none yet"),
            _state(source),
            _due(source),
            _age(source.age_hours),
            *map(str, counts),
        )
    out = stdout()
    out.print(sources)
    out.print()
    out.print(_lag_line(found.lag), markup=False)
    out.print(_ledger_line(found.ledger), markup=False)
    if found.sink_rejections:
        count = found.sink_rejections
        out.print(
            t(f"Senken: {count} Nachrichten nicht speicherbar, siehe ", f"Sinks: {count} records not storable, see ")
            + "reporting.sink_exception",
            markup=False,
        )
    for left in found.left_open:
        out.print(_left_line(left), markup=False)
    for problem in found.problems:
        out.print(t("ACHTUNG  ", "WARNING  ") + problem, markup=False)


def _state(source: SourceHealth) -> str:
    return "-" if source.state is None else state_words(source.state, source.reason)


def _left_line(left: LeftOpen) -> str:
    name = f"{left.jobcenter}/{left.source}"
    de, en = ("", "") if left.exact else ("nach ihren Berichten ", "as it reported ")
    return t("HINWEIS  ", "NOTE     ") + t(
        f"{name} steht nicht mehr in der YAML-Datei und hat {de}noch {left.count} offen (jobhub explain W716)",
        f"{name} is no longer in the YAML file and {en}has still {left.count} open (jobhub explain W716)",
    )


def _due(source: SourceHealth) -> str:
    if source.due is None:
        return "-"
    if source.overdue_since is not None:
        return _overdue(source)
    return _moment(source.due)


def _overdue(source: SourceHealth) -> str:
    if source.overdue_since is None:
        return t("hat noch nie geliefert", "has never delivered")
    since = _moment(source.overdue_since)
    return t(f"überfällig seit {since}", f"overdue since {since}")


def _moment(at: datetime) -> str:
    local = at.astimezone(BERLIN)
    return local.strftime(t("%d.%m. %H:%M", "%Y-%m-%d %H:%M"))


def _age(hours: float | None) -> str:
    if hours is None:
        return "-"
    if hours < 1:
        return f"{hours * 60:.0f} min"
    return f"{hours:.0f} h" if hours < 48 else t(f"{hours / 24:.0f} Tage", f"{hours / 24:.0f} days")


def _lag_line(lags: list[Lag]) -> str:
    waiting = [lag for lag in lags if lag.records]
    if not waiting:
        return t("Rückstand: keiner", "Lag: none")
    parts = [f"{lag.stage} {lag.topic}-{lag.partition}: {lag.records}" for lag in waiting]
    return t("Rückstand: ", "Lag: ") + "; ".join(parts)


def _ledger_line(ledger: Ledger) -> str:
    records = sum(row.next - row.first for row in ledger.rows)
    if ledger.unaccounted == 0:
        return t(
            f"Abrechnung: {records} Nachrichten, jede mit genau einem Verbleib",
            f"Ledger: {records} records, each with exactly one outcome",
        )
    return t(
        f"Abrechnung: {ledger.unaccounted} von {records} Nachrichten ohne Verbleib",
        f"Ledger: {ledger.unaccounted} of {records} records unaccounted for",
    )
