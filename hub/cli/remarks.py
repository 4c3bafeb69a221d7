"""jobhub remarks list: what readers of the board say is wrong with the vacancies of one Jobcenter."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.output import Exit, Failure, print_json, stdout, t

if TYPE_CHECKING:
    from hub.cli._cluster import Broker

_REASONS = {
    "FILLED": ("schon besetzt", "taken already"),
    "WRONG_PLACE": ("Ort falsch", "wrong place"),
    "WRONG_PAY": ("Bezahlung falsch", "wrong pay"),
    "DEAD_CONTACT": ("Link oder Kontakt geht nicht", "link or contact does not work"),
    "DISCRIMINATING": ("benachteiligt Menschen", "discriminates against people"),
    "OTHER": ("etwas anderes", "something else"),
    "UNKNOWN": ("ohne Angabe", "not stated"),
}


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    verbs = typer.Typer(no_args_is_help=True, help="Was Leserinnen und Leser der Jobbörse als Fehler melden: list.")
    app.add_typer(verbs, name="remarks")

    @verbs.command("list", help="Gemeldete Fehler eines Jobcenters aus den letzten 90 Tagen; das Neueste zuerst.")
    def list_(
        jobcenter: Annotated[str, typer.Argument(help="Kennung.")],
        limit: Annotated[int, typer.Option("--limit", min=1, help="Höchstens so viele zeigen.")] = 50,
        bootstrap_servers: Annotated[
            str | None, typer.Option("--bootstrap-servers", help="Adresse von Kafka; sonst die der letzten Demo.")
        ] = None,
        as_json: Annotated[bool, typer.Option("--json", help="Ein JSON-Objekt statt Text.")] = False,
    ) -> None:
        from hub.cli import _cluster
        from hub.settings import Settings
        from schemas.topics import JOBCENTER_ID

        if not JOBCENTER_ID.match(jobcenter):
            what = t(f"{jobcenter!r} ist keine Kennung.", f"{jobcenter!r} is not an id.")
            raise Failure(Exit.USAGE, "E702", what, todo=t("So schreiben: borken", "Write it like this: borken"))
        broker = _cluster.broker_or_demo(bootstrap_servers, Settings())
        with _cluster.reachable(broker):
            found = asyncio.run(_read(broker, jobcenter))
        if as_json:
            print_json({"total": len(found), "remarks": [_as_dict(remark) for remark in found[:limit]]})
        else:
            _show(found, limit)


async def _read(broker: Broker, jobcenter: str) -> list[dict[str, Any]]:
    """Every remark the topic holds, newest first."""
    from hub.cli._whole_topic import whole_topic
    from schemas import topics
    from schemas.codec import codec
    from schemas.codes import Refused

    found = []
    async for record in whole_topic(broker, topics.remark(jobcenter)):
        try:
            found.append(codec("remark").decode(record.value))
        except Refused:
            continue  # not by our web
    return sorted(found, key=lambda remark: remark["made_at"], reverse=True)


def _as_dict(remark: dict[str, Any]) -> dict[str, Any]:
    return {**remark, "made_at": remark["made_at"].isoformat()}


def _show(found: list[dict[str, Any]], limit: int) -> None:
    from hub.cli._refused import printable
    from hub.settings import BERLIN

    lines = []
    for remark in found[:limit]:
        when = remark["made_at"].astimezone(BERLIN)
        reason = t(*_REASONS[remark["reason"]])
        lines.append(f"{when:%Y-%m-%d %H:%M}  {remark['jobcenter']}:{remark['source_id']}  {reason}")
        if remark["text"]:
            lines.append(f"{'':18}{' '.join(remark['text'].split())}")
    if not found:
        lines.append(t("Niemand hat einen Fehler gemeldet.", "Nobody has reported an error."))
    elif len(found) > limit:
        more = len(found) - limit
        lines.append(t(f"… und {more} weitere (--limit)", f"… and {more} more (--limit)"))
    stdout().print(printable("\n".join(lines)), markup=False)
