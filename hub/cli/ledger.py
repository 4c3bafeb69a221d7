"""jobhub ledger: what became of every raw record, partition by partition. Ends with 10 if one is unaccounted for."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli._options import BootstrapServersOrDemo, DatabaseOrDemo, JsonOutput
from hub.cli.output import Exit, Failure, print_json, stdout, t

if TYPE_CHECKING:
    from psycopg import AsyncConnection
    from rich.table import Table

    from hub.cli._cluster import Broker
    from hub.settings import Settings
    from hub.store.ledger import Ledger
    from hub.store.tail import Reached

WATCH_SECS = 2.0

_COUNTS = ("applied", "duplicate", "stale", "conflict", "rejected", "expired_unread")
_FAULTS = ("gaps", "missing_in_reporting", "missing_on_board")


@dataclass(frozen=True, slots=True)
class Found:
    """The ledger, and whether the ends of the log closed it."""

    ledger: Ledger
    to_the_end: bool


def register(app: typer.Typer) -> None:
    """Add the verb."""

    @app.command("ledger", help="Die Abrechnung: Verbleib jeder Nachricht, je Partition. 10: es fehlt etwas.")
    def ledger(
        bootstrap_servers: BootstrapServersOrDemo = None,
        database_url: DatabaseOrDemo = None,
        as_json: JsonOutput = False,
        watch: Annotated[bool, typer.Option("--watch", help="Alle zwei Sekunden neu, bis Strg-C.")] = False,
    ) -> None:
        from hub.cli import _database
        from hub.settings import Settings

        settings = Settings()
        broker = _broker(bootstrap_servers, settings)
        show = _print_json if as_json else _print_table
        with _database.database_or_demo(database_url, settings) as address, _database.reachable():
            while True:
                found = asyncio.run(_ask(broker, address))
                with _on_a_clear_screen(watch and not as_json):
                    show(found)
                if not watch:
                    break
                try:
                    asyncio.run(asyncio.sleep(WATCH_SECS))
                except KeyboardInterrupt:
                    break
        raise typer.Exit(int(Exit.UNHEALTHY if found.ledger.unaccounted else Exit.OK))


def _broker(option: str | None, settings: Settings) -> Broker | None:
    """Kafka if an address is known. The ledger is in the database; Kafka only tells where the log ends."""
    from hub.cli import _cluster

    try:
        return _cluster.broker_or_demo(option, settings)
    except Failure as failure:
        if failure.code != "E406":
            raise
        return None


async def _ask(broker: Broker | None, address: str) -> Found:
    from hub.sinks.engine.database import connect
    from hub.store.ledger import read_ledger

    async with await connect(address, "jobhub-ledger") as connection:
        reached = await _reached(broker, connection) if broker is not None else None
        return Found(await read_ledger(connection, reached), reached is not None)


async def _reached(broker: Broker, connection: AsyncConnection) -> Reached | None:
    """How far everything has come; None if Kafka does not answer, as after the end of a demo."""
    import logging

    from aiokafka.errors import KafkaError

    from hub.sinks.engine.lag import log_reader, read_reached

    client = logging.getLogger("aiokafka")
    before = client.level
    client.setLevel(logging.CRITICAL)  # that it is away, we say once and in words
    try:
        async with log_reader(broker.address, broker.security) as reader:
            return await read_reached(reader, connection)
    except (KafkaError, OSError, TimeoutError):
        return None
    finally:
        client.setLevel(before)


@contextmanager
def _on_a_clear_screen(wanted: bool) -> Iterator[None]:
    if wanted and sys.stdout.isatty():
        stdout().clear()
    yield


def _print_json(found: Found) -> None:
    ledger = found.ledger
    rows = [asdict(row) | {"unaccounted": row.unaccounted} for row in ledger.rows]
    print_json(
        {
            "unaccounted": ledger.unaccounted,
            "expired_unread": sum(row.expired_unread for row in ledger.rows),
            "compared_to_the_end": found.to_the_end,
            "totals": {name: sum(getattr(row, name) for row in ledger.rows) for name in (*_COUNTS, *_FAULTS)}
            | {"records": sum(row.next - row.first for row in ledger.rows)},
            "rows": rows,
            "sinks": [asdict(row) for row in ledger.sinks],
        }
    )


def _print_table(found: Found) -> None:
    out, ledger = stdout(), found.ledger
    out.print(_table(ledger))
    out.print()
    for sink in ledger.sinks:
        place = f"{sink.topic}-{sink.partition}" if sink.topic.startswith("jobhub.") else sink.topic
        told = t(f"{sink.unaccounted} zu viel oder zu wenig", f"{sink.unaccounted} too many or too few")
        out.print(f"{t('ACHTUNG', 'WARNING')}  {t('Senke', 'sink')} {sink.sink} {place}: {told}".rstrip(), markup=False)
    for row in ledger.rows:
        if row.expired_unread:
            place = f"{row.jobcenter} {row.event}-{row.partition}"
            told = t(
                f"{row.expired_unread} Nachrichten verfielen ungelesen",
                f"{row.expired_unread} records expired before they were read",
            )
            out.print(f"{t('ACHTUNG', 'WARNING')}  {place}: {told}", markup=False)
    if not found.to_the_end:
        out.print(
            t(
                "Ohne Kafka: ein Verlust ganz am Ende einer Partition wäre hier nicht zu sehen.",
                "Without Kafka: a loss at the very end of a partition would not show here.",
            ),
            markup=False,
        )
    out.print(_verdict(ledger), markup=False)


def _table(ledger: Ledger) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, show_footer=True)
    records = sum(row.next - row.first for row in ledger.rows)
    table.add_column("Jobcenter", t("Summe", "total"))
    table.add_column(t("Art", "Event"))
    table.add_column("P", justify="right")
    table.add_column(t("ab", "first"), justify="right")
    table.add_column(t("bis vor", "next"), str(records), justify="right")
    for name, title in zip((*_COUNTS, *_FAULTS), _titles(), strict=True):
        table.add_column(title, str(sum(getattr(row, name) for row in ledger.rows)), justify="right")
    for row in ledger.rows:
        numbers = (row.partition, row.first, row.next, *(getattr(row, name) for name in (*_COUNTS, *_FAULTS)))
        style = "bold" if row.unaccounted or row.expired_unread else None
        table.add_row(row.jobcenter, row.event, *map(str, numbers), style=style)
    return table


def _titles() -> tuple[str, ...]:
    return (
        t("angewandt", "applied"),
        t("doppelt", "duplicate"),
        t("veraltet", "stale"),
        t("Widerspruch", "conflict"),
        t("abgelehnt", "rejected"),
        t("verfallen", "expired"),
        t("Lücken", "gaps"),
        t("fehlt Zahlen", "not in reporting"),
        t("fehlt Börse", "not on board"),
    )


def _verdict(ledger: Ledger) -> str:
    records = sum(row.next - row.first for row in ledger.rows)
    if ledger.unaccounted:
        return t(
            f"Die Abrechnung geht NICHT auf: {ledger.unaccounted} von {records} Nachrichten ohne genau einen Verbleib.",
            f"The ledger does NOT add up: {ledger.unaccounted} of {records} records without exactly one outcome.",
        )
    return t(
        f"Die Abrechnung geht auf: {records} Nachrichten, jede mit genau einem Verbleib.",
        f"The ledger adds up: {records} records, each with exactly one outcome.",
    )
