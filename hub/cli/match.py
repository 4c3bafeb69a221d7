"""jobhub match list|suggestions|explain|join|split|undo: which jobs of several Jobcenters are one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.output import Exit, Failure, language, note, print_json, stdout, t

if TYPE_CHECKING:
    from psycopg import Connection

    from hub.match.decision import Verdict

Json = Annotated[bool, typer.Option("--json", help="Ein JSON-Objekt statt Text.")]
Limit = Annotated[int, typer.Option("--limit", min=1, help="Höchstens so viele zeigen.")]
DatabaseUrl = Annotated[
    str | None, typer.Option("--database-url", help="Adresse von PostgreSQL; sonst die der letzten Demo.")
]
Bootstrap = Annotated[
    str | None, typer.Option("--bootstrap-servers", help="Adresse von Kafka; sonst JOBHUB_BOOTSTRAP_SERVERS.")
]
One = Annotated[str, typer.Argument(metavar="A", help="<jobcenter>:<Kennung>, zum Beispiel borken:BOR-0025147")]
Other = Annotated[str, typer.Argument(metavar="B", help="Die andere Stelle.")]
Reason = Annotated[str, typer.Option("--reason", help="Warum, in einem Satz; nichts über Personen.")]

_REASON_LETTERS_MAX = 500


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    group = typer.Typer(no_args_is_help=True, help="Dieselbe Stelle von mehreren Jobcentern: eine Karte.")
    app.add_typer(group, name="match")

    @group.command("list", help="Karten, die für mehrere Stellen stehen.")
    def list_(limit: Limit = 50, database_url: DatabaseUrl = None, as_json: Json = False) -> None:
        from hub.match import listing

        with _database(database_url) as connection:
            (total, _), found = listing.count(connection), listing.cards(connection, limit)
        if as_json:
            print_json({"total": total, "cards": found})
            return
        for card in found:
            stdout().print(f"{card['score']:.2f}  {'  '.join(card['members'])}", markup=False)
        _rest(total, len(found), t("Keine Stelle ist doppelt.", "No job is there twice."))

    @group.command(
        "suggestions", help="Unsichere Paare, das wahrscheinlichste zuerst; entschieden wird mit join, split."
    )
    def suggestions(limit: Limit = 50, database_url: DatabaseUrl = None, as_json: Json = False) -> None:
        from hub.match import listing
        from hub.match.explain import sentences

        with _database(database_url) as connection:
            (_, total), found = listing.count(connection), listing.suggestions(connection, limit)
        if as_json:
            print_json({"total": total, "suggestions": found})
            return
        for pair in found:
            stdout().print(f"{pair['score']:.2f}  {pair['a']}  {pair['b']}", markup=False)
            for line in sentences(pair["rule"], pair["score"], pair["why"], language())[2:]:
                stdout().print(f"      {line}", markup=False)
        _rest(total, len(found), t("Kein Paar ist offen.", "No pair is open."))

    @group.command("explain", help="Warum zwei Stellen eine Karte haben, oder nicht.")
    def explain(a: One, b: Other, database_url: DatabaseUrl = None, as_json: Json = False) -> None:
        from hub.match import listing
        from hub.settings import Settings

        pair = _pair(a, b)
        with _database(database_url) as connection:
            found = listing.explained(connection, *pair, Settings().day)
        if as_json:
            print_json({"found": found is not None, **(found or {"a": pair[0], "b": pair[1]})})
        elif found is not None:
            _show(found)
        if found is None:
            note(t("Eine der beiden ist nicht auf der Börse.", "One of the two is not on the board."))
            raise typer.Exit(int(Exit.FINDINGS))

    @group.command("join", help="Diese beiden sind eine Stelle. Gilt, bis anders entschieden wird.")
    def join(
        a: One, b: Other, reason: Reason, bootstrap_servers: Bootstrap = None, database_url: DatabaseUrl = None,
        as_json: Json = False,
    ) -> None:  # fmt: skip
        _refuse_if_hidden(_pair(a, b), database_url)
        _decide(a, b, "JOIN", reason, bootstrap_servers, as_json=as_json)

    @group.command("split", help="Diese beiden sind zwei Stellen. Gilt, bis anders entschieden wird.")
    def split(a: One, b: Other, reason: Reason, bootstrap_servers: Bootstrap = None, as_json: Json = False) -> None:
        _decide(a, b, "SPLIT", reason, bootstrap_servers, as_json=as_json)

    @group.command("undo", help="Nimmt eine Entscheidung zurück; die Regeln entscheiden wieder.")
    def undo(a: One, b: Other, reason: Reason, bootstrap_servers: Bootstrap = None, as_json: Json = False) -> None:
        _decide(a, b, "RULES", reason, bootstrap_servers, as_json=as_json)


@contextmanager
def _database(option: str | None) -> Iterator[Connection[Any]]:
    import psycopg

    from hub.cli import _database
    from hub.settings import Settings

    with (
        _database.database_or_demo(option, Settings()) as address,
        _database.reachable(),
        psycopg.connect(address, connect_timeout=5) as connection,
    ):
        yield connection


def _pair(a: str, b: str) -> tuple[str, str]:
    from hub.match.cards import pair_of
    from schemas.topics import JOBCENTER_ID

    for entity in (a, b):
        jobcenter, _, source_id = entity.partition(":")
        if not source_id or len(source_id.split()) != 1 or not JOBCENTER_ID.match(jobcenter):
            raise Failure(
                Exit.USAGE,
                "E109",
                t(f"{entity!r} ist keine Kennung.", f"{entity!r} is not an id."),
                todo=t("So schreiben: borken:BOR-0025147", "Write it like this: borken:BOR-0025147"),
            )
    if a == b:
        what = t("Das ist zweimal dieselbe Stelle.", "That is the same job twice.")
        raise Failure(Exit.USAGE, "E109", what, todo=t("Zwei Kennungen nennen.", "Name two ids."))
    return pair_of(a, b)


def _refuse_if_hidden(pair: tuple[str, str], database_url: str | None) -> None:
    """A hidden employer would be read off the public twin. The matcher never joins such a pair; say so at once."""
    from hub.match import listing
    from hub.settings import Settings

    settings = Settings()
    if not (database_url or settings.database_url):
        return  # the decision is sound without a database; the matcher keeps the two apart all the same
    with _database(database_url) as connection:
        if listing.never_together(connection, *pair, settings.day):
            raise Failure(
                Exit.FINDINGS,
                "E105",
                t("Nur eine der beiden nennt ihren Arbeitgeber.", "Only one of the two names its employer."),
                why=t("Auf einer Karte wäre der andere nicht mehr verborgen.", "On one card the other would show."),
                todo=t("Die Jobcenter fragen, was gelten soll.", "Ask the Jobcenters which of both shall hold."),
            )


def _decide(a: str, b: str, verdict: Verdict, reason: str, option: str | None, *, as_json: bool) -> None:
    from hub.cli import _cluster
    from hub.match.decision import publish
    from hub.settings import Settings
    from schemas import topics
    from schemas.leak_guard import leak_in

    pair = _pair(a, b)
    if not reason.strip() or len(reason) > _REASON_LETTERS_MAX or not reason.isprintable():
        what = t("Die Begründung fehlt oder ist zu lang.", "The reason is missing or too long.")
        todo = t("Einen Satz schreiben, höchstens 500 Zeichen.", "Write a sentence of at most 500 characters.")
        raise Failure(Exit.USAGE, "E106", what, todo=todo)
    if (code := leak_in(reason)) is not None:
        # It would be kept for good; the value itself is not shown.
        raise Failure(Exit.USAGE, code, t("Die Begründung nennt eine Person.", "The reason names a person."))
    broker = _cluster.broker_or_demo(option, Settings())
    _cluster.check_permissions(broker, topics=[topics.MATCH])
    with _cluster.reachable(broker):
        asyncio.run(publish(broker.address, broker.security, *pair, verdict, reason.strip()))
    if as_json:
        print_json({"a": pair[0], "b": pair[1], "verdict": verdict, "reason": reason.strip()})
        return
    said = {
        "JOIN": t("eine Stelle", "one job"),
        "SPLIT": t("zwei Stellen", "two jobs"),
        "RULES": t("die Regeln entscheiden", "the rules decide"),
    }[verdict]
    stdout().print(f"{pair[0]}  {pair[1]}  {said}", markup=False)
    note(t("Gilt in wenigen Sekunden, auch nach einem Neuaufbau.", "Holds within seconds, after a rebuild too."))


def _show(found: dict[str, Any]) -> None:
    from hub.match.explain import sentences

    lines = [f"{found['a']}  {found['b']}", *sentences(found["rule"], found["score"], found, language())]
    if decided := found["decision"]:
        lines.append(f"{t('Entscheidung', 'Decision')}: {decided['verdict']}  {decided['reason']}")
    together = t("auf einer Karte", "on one card") if found["card"] else t("nicht auf einer Karte", "not on one card")
    lines.append(f"{t('Ergebnis', 'Result')}: {together}")
    stdout().print("\n".join(lines), markup=False)


def _rest(total: int, shown: int, nothing: str) -> None:
    if not total:
        stdout().print(nothing, markup=False)
    elif total > shown:
        more = t(f"… und {total - shown} weitere (--limit)", f"… and {total - shown} more (--limit)")
        stdout().print(more, markup=False)
