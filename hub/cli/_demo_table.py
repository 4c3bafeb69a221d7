"""The demo's account as a table: a line for each delivery, read from left to right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.table import Table

from hub.cli.output import t

if TYPE_CHECKING:
    from hub.demo.story import Account
    from hub.demo.summary import DeliveryLine

_COLUMNS = (
    ("read", "gelesen", "read"),
    ("published", "neu", "new"),
    ("changed", "geänd.", "changed"),
    ("unchanged", "gleich", "same"),
    ("ended", "beendet", "ended"),
    ("duplicate", "doppelt", "dupl."),
    ("rejected", "abgel.", "rejected"),
    ("held", "gehalten", "held"),
)


def table(account: Account) -> Table:
    """One line for each delivery, Jobcenter by Jobcenter; stale and conflicting rows only if there are any."""
    columns = [*_COLUMNS]
    columns += [
        column
        for column in (("stale", "veraltet", "stale"), ("conflict", "Konflikt", "conflict"))
        if any(line.counts[column[0]] for line in account.deliveries)
    ]
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    shown.add_column("Jobcenter")
    shown.add_column(t("Lieferung", "Delivery"), no_wrap=True)
    for _, de, en in columns:
        shown.add_column(t(de, en), justify="right")
    shown.add_column(t("Gründe", "Reasons"))
    before = None
    for line in sorted(account.deliveries, key=lambda one: one.jobcenter):
        if before not in (None, line.jobcenter):
            shown.add_section()
        shown.add_row(
            line.jobcenter if line.jobcenter != before else "",
            line.file,
            *(_figure(line, name) for name, _, _ in columns),
            _reasons(line),
        )
        before = line.jobcenter
    return shown


def _figure(line: DeliveryLine, name: str) -> str:
    value = line.counts[name]
    return f"{value:,}".replace(",", t(".", ",")) if value else "·"


def _reasons(line: DeliveryLine) -> str:
    reasons = [f"{code}×{count}" if count > 1 else code for code, count in sorted(line.by_code.items())]
    if line.reason:
        reasons.insert(0, f"{line.reason}!")
    return " ".join(reasons)


def lines(account: Account, *, once: bool) -> list[str]:
    """What follows the table: the ledger's verdict, the address, how to stop; the most important last."""
    vacancies = f"{account.vacancies:,}".replace(",", t(".", ","))
    verdict = (
        t("jede Nachricht hat genau ein Ergebnis", "every record has exactly one outcome")
        if account.unaccounted == 0
        else t(f"{account.unaccounted} Nachrichten ohne Ergebnis", f"{account.unaccounted} records without an outcome")
    )
    told = [
        t(
            "Einen Grund erklären: jobhub explain E112    Ein Angebot verfolgen: jobhub trace borken:BOR-0025147",
            "Explain a reason: jobhub explain E112    Follow an offer: jobhub trace borken:BOR-0025147",
        ),
        f"Ledger     {verdict} (unaccounted {account.unaccounted})",
        f"Kafka      {account.addresses.kafka}",
        t(f"Jobbörse   {vacancies} Stellen", f"Job board  {vacancies} vacancies")
        + ("" if once else f"   {account.addresses.web}/"),
        t(f"Dauer      {account.seconds:.1f} s", f"Took       {account.seconds:.1f} s"),
    ]
    if account.failed:
        told.append(
            t(f"GESCHEITERT: {', '.join(account.failed)}", f"FAILED: {', '.join(account.failed)}")
            + t(" (siehe oben)", " (see above)")
        )
    if not once:
        told.append(t("Beenden mit Strg+C.", "Stop with Ctrl-C."))
    return told
