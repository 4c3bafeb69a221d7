"""The demo's account as a table: a line for each delivery, read from left to right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

from hub.cli.output import t

if TYPE_CHECKING:
    from hub.demo.account import Account
    from hub.demo.summary import DeliveryLine

_COLUMNS = (
    ("read", "Zeilen", "rows"),
    ("published", "neu", "new"),
    ("changed", "geänd.", "changed"),
    ("unchanged", "gleich", "same"),
    ("ended", "Ende", "ended"),
    ("duplicate", "dopp.", "dupl."),
    ("rejected", "abgel.", "reject."),
    ("held", "gehalt.", "held"),
)


def table(account: Account) -> Table:
    """One line for each delivery, Jobcenter by Jobcenter; stale and conflicting rows only if there are any."""
    columns = [*_COLUMNS]
    columns += [
        column
        for column in (("stale", "veraltet", "stale"), ("conflict", "Konflikt", "conflict"))
        if any(line.counts[column[0]] for line in account.deliveries)
    ]
    shown = Table(box=None, padding=(0, 1, 0, 0), header_style="bold underline")
    shown.add_column("Jobcenter", no_wrap=True)
    shown.add_column(t("Lieferung", "Delivery"), no_wrap=True)
    for _, de, en in columns:
        shown.add_column(t(de, en), justify="right", no_wrap=True)
    before = None
    for line in _ordered(account):
        if before not in (None, line.jobcenter):
            shown.add_row()
        name = line.jobcenter if line.jobcenter != before else ""
        shown.add_row(name, _name(line), *(_figure(line.counts[column]) for column, _, _ in columns))
        before = line.jobcenter
    return shown


def reasons(account: Account) -> list[str]:
    """Why rows were refused or withdrawals held, a line for each delivery where that happened."""
    return [
        f"  {line.jobcenter} {_name(line)}: {_reasons(line)}"
        for line in _ordered(account)
        if line.by_code or line.reason
    ]


def _ordered(account: Account) -> list[DeliveryLine]:
    return sorted(account.deliveries, key=lambda line: line.jobcenter)


_EVENTS = {
    "vacancy": ("Stellen", "vacancies"),
    "measure": ("Maßnahmen", "measures"),
    "placement": ("Vermittlungen", "placements"),
}


def _name(line: DeliveryLine) -> str:
    """What was delivered and for which day; the file's name if its name tells no day."""
    what = t(*_EVENTS[line.event])
    return f"{what} {line.day:%d.%m.}" if line.day else what


def _figure(value: int) -> str:
    return _thousands(value) if value else "·"


def _reasons(line: DeliveryLine) -> str:
    found = [f"{code} ×{count}" if count > 1 else code for code, count in sorted(line.by_code.items())]
    if line.reason:
        found.append(f"{line.reason} ({line.state})")
    return ", ".join(found)


def _portal(account: Account) -> list[str]:
    """Where to report a job, where the letters are that a real portal would send, and who may accept it."""
    web, portal = account.addresses.web, account.portal
    one = next(iter(account.jobcenters), "borken")
    return [
        t(
            f"Arbeitgeber {web}/arbeitgeber   E-Mails liegen in {portal.outbox}",
            f"Employers  {web}/arbeitgeber   e-mails are in {portal.outbox}",
        ),
        t(
            f"Arbeitsliste {web}/mitarbeitende/{one}/stellen   Name demo, Kennwort in {portal.password}",
            f"Work list  {web}/mitarbeitende/{one}/stellen   name demo, password in {portal.password}",
        ),
    ]


def lines(account: Account, *, once: bool) -> list[str]:
    """What follows the table: the ledger's verdict, the address, how to stop; the most important last."""
    verdict = (
        t("jede Nachricht hat genau ein Ergebnis", "every record has exactly one outcome")
        if account.unaccounted == 0
        else t(f"{account.unaccounted} Nachrichten ohne Ergebnis", f"{account.unaccounted} records without an outcome")
    )
    # Of the examples an offer is known; of other deliveries the Jobcenter is.
    known = next(iter(account.jobcenters), "borken")
    offer = "borken:BOR-0025147" if known == "borken" else t(f"{known}:<Kennung>", f"{known}:<id>")
    told = []
    if not account.new_deliveries:
        told += [
            t(
                "Nichts Neues: alle Lieferungen waren schon aufgenommen, nichts wurde noch einmal veröffentlicht.",
                "Nothing new: all deliveries had been taken in before, nothing was published again.",
            ),
            "",
        ]
    told += [
        *_refusals(reasons(account)),
        t(
            f"Einen Grund erklären: jobhub explain E112    Ein Angebot verfolgen: jobhub trace {offer}",
            f"Explain a reason: jobhub explain E112    Follow an offer: jobhub trace {offer}",
        ),
        f"Ledger     {verdict} (unaccounted {account.unaccounted})",
        f"Kafka      {account.addresses.kafka}",
        _board(account) + ("" if once else f"   {account.addresses.web}/"),
        t(f"Dauer      {account.seconds:.1f} s", f"Took       {account.seconds:.1f} s"),
    ]
    if not once:
        told += _portal(account)
    if account.failed:
        told.append(
            t(f"GESCHEITERT: {', '.join(account.failed)}", f"FAILED: {', '.join(account.failed)}")
            + t(" (siehe oben)", " (see above)")
        )
    if not once:
        told.append(t("Beenden mit Strg+C.", "Stop with Ctrl-C."))
    return told


def _board(account: Account) -> str:
    """How many vacancies there are, and on how many cards: the same job of two Jobcenters is one."""
    vacancies = _thousands(account.vacancies)
    if account.cards is None:
        return t(
            f"Jobbörse   {vacancies} Stellen (gleiche werden noch zusammengefasst)",
            f"Job board  {vacancies} vacancies (the same ones are still being folded)",
        )
    cards = _thousands(account.cards)
    return t(f"Jobbörse   {vacancies} Stellen auf {cards} Karten", f"Job board  {vacancies} vacancies on {cards} cards")


def _thousands(number: int) -> str:
    return f"{number:,}".replace(",", t(".", ","))


def _refusals(told: list[str]) -> list[str]:
    return [t("Ablehnungen und Zurückhaltungen:", "Refusals and held withdrawals:"), *told, ""] if told else []
