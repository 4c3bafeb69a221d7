"""jobhub rejected list|show: what the hub refused, and, for its Jobcenter alone, the original."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli._options import BootstrapServersOrDemo, DatabaseOrDemo, JsonOutput
from hub.cli.output import Exit, Failure, language, note, print_json, stdout, t
from schemas.codes import codes, explain
from schemas.topics import JOBCENTER_ID

if TYPE_CHECKING:
    from hub.cli._refused import Original
    from hub.store.refusals import Refusal
    from schemas.envelope import Coordinates

_HEX_BYTES_SHOWN = 1024

AsJson = JsonOutput


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    verbs = typer.Typer(no_args_is_help=True, help="Was der Hub abgewiesen hat: list, show.")
    app.add_typer(verbs, name="rejected")

    @verbs.command("list", help="Was abgewiesen wurde, warum, und woher es kam; das Neueste zuerst.")
    def list_(
        jobcenter: Annotated[str | None, typer.Argument(help="Kennung; ohne: alle.")] = None,
        code: Annotated[str | None, typer.Option("--code", help="Nur dieser Regelcode, zum Beispiel E202.")] = None,
        limit: Annotated[int, typer.Option("--limit", min=1, help="Höchstens so viele zeigen.")] = 50,
        database_url: DatabaseOrDemo = None,
        as_json: AsJson = False,
    ) -> None:
        _check(jobcenter, code)
        found, total = _ask(database_url, jobcenter, code.upper() if code else None, limit)
        if not found and jobcenter:
            from hub.cli._jobcenters import load_one

            load_one(jobcenter)  # a slip of the pen must not look like good news
        if as_json:
            print_json({"total": total, "rejected": [_as_dict(refusal) for refusal in found]})
        else:
            _show_list(found, total)

    @verbs.command("show", help="Eine abgewiesene Nachricht; mit dem privaten Schlüssel des Jobcenters ihr Original.")
    def show(
        jobcenter: Annotated[str, typer.Argument(help="Kennung.")],
        topic: Annotated[str | None, typer.Argument(help="Topic, aus dem sie kam.")] = None,
        partition: Annotated[int | None, typer.Argument(min=0, help="Partition.")] = None,
        offset: Annotated[int | None, typer.Argument(min=0, help="Offset.")] = None,
        record: Annotated[
            str | None, typer.Option("--id", help="Alles in einem: topic-partition-offset, oder wie list es schreibt.")
        ] = None,
        private_key: Annotated[
            Path | None, typer.Option("--private-key", help="Datei <jobcenter>.key; öffnet das Original.")
        ] = None,
        bootstrap_servers: BootstrapServersOrDemo = None,
        as_json: AsJson = False,
    ) -> None:
        from hub.cli._refused import open_original

        _check(jobcenter, None)
        place = _place(jobcenter, topic, partition, offset, record)
        refusal = _fetch(bootstrap_servers, jobcenter, place)
        original = open_original(refusal, private_key) if private_key else None
        if as_json:
            print_json(_with_original(refusal, original))
        else:
            _show_one(refusal, original, tried=private_key is not None)


def _check(jobcenter: str | None, code: str | None) -> None:
    if jobcenter is not None and not JOBCENTER_ID.match(jobcenter):
        what = t(f"{jobcenter!r} ist keine Kennung.", f"{jobcenter!r} is not an id.")
        raise Failure(Exit.USAGE, "E702", what, todo=t("So schreiben: borken", "Write it like this: borken"))
    if code is not None and code.upper() not in codes():
        what = t(f"Den Code {code!r} gibt es nicht.", f"There is no code {code!r}.")
        raise Failure(Exit.USAGE, "E105", what, todo="jobhub explain")


# ------------------------------------------------------------------------------------------------------ list


def _ask(database_url: str | None, jobcenter: str | None, code: str | None, limit: int) -> tuple[list[Refusal], int]:
    import psycopg

    from hub.cli import _database
    from hub.settings import Settings
    from hub.store.refusals import read_refusals

    with (
        _database.database_or_demo(database_url, Settings()) as address,
        _database.reachable(),
        psycopg.connect(address, connect_timeout=5) as connection,
    ):
        return read_refusals(connection, jobcenter, code, limit)


def _as_dict(refusal: Refusal) -> dict[str, Any]:
    return {**asdict(refusal), "rejected_at": refusal.rejected_at.isoformat(), **_texts(refusal.code)}


def _texts(code: str) -> dict[str, str]:
    return {"message": explain(code).text(language()), "fix": explain(code).next_step(language())}


def _show_list(found: list[Refusal], total: int) -> None:
    from hub.cli._refused import printable
    from hub.settings import BERLIN

    lines = []
    for one in found:
        place = f"{one.file or t('ohne Datei', 'no file')}:{one.line or '–'}"
        key = one.key or t("ohne Kennung", "no id")
        kept = t("Original versiegelt", "original sealed") if one.has_original else t("kein Original", "no original")
        when = one.rejected_at.astimezone(BERLIN)
        lines += [
            f"{when:%Y-%m-%d %H:%M}  {one.code}  {key}  {place}  {one.topic}[{one.partition}]@{one.offset}  {kept}",
            f"{'':18}{explain(one.code).text(language())}" + (f"  ({one.field})" if one.field else ""),
        ]
    if not found:
        lines.append(t("Nichts wurde abgewiesen.", "Nothing was rejected."))
    elif total > len(found):
        lines.append(t(f"… und {total - len(found)} weitere (--limit)", f"… and {total - len(found)} more (--limit)"))
    stdout().print(printable("\n".join(lines)), markup=False)


# ------------------------------------------------------------------------------------------------------ show


def _place(
    jobcenter: str, topic: str | None, partition: int | None, offset: int | None, record: str | None
) -> Coordinates:
    from hub.cli._refused import place_of
    from schemas import topics
    from schemas.envelope import Coordinates

    if record is not None and topic is None:
        place = place_of(record)
    elif record is None and topic is not None and partition is not None and offset is not None:
        place = Coordinates(topic, partition, offset)
    else:
        what = t(
            "Welche Nachricht? Entweder TOPIC PARTITION OFFSET oder --id.",
            "Which record? TOPIC PARTITION OFFSET or --id.",
        )
        why = t("Genau eine der beiden Schreibweisen.", "Exactly one of the two ways.")
        raise Failure(Exit.USAGE, "E109", what, why, f"jobhub rejected list {jobcenter}")
    known = [topics.rejected(jobcenter), *(topics.raw(jobcenter, event) for event in topics.EVENTS)]
    if place.topic not in known:
        what = t(f"{place.topic!r} ist kein Topic von {jobcenter}.", f"{place.topic!r} is not a topic of {jobcenter}.")
        why = t("Es gibt: ", "Known: ") + ", ".join(known)
        raise Failure(Exit.USAGE, "E109", what, why, f"jobhub rejected list {jobcenter}")
    return place


def _fetch(bootstrap_servers: str | None, jobcenter: str, place: Coordinates) -> dict[str, Any]:
    from hub.cli import _cluster
    from hub.cli._refused import find
    from hub.settings import Settings

    broker = _cluster.broker_or_demo(bootstrap_servers, Settings())
    with _cluster.reachable(broker):
        found = asyncio.run(find(broker, jobcenter, place))
    if found is None:
        raise Failure(
            Exit.FINDINGS,
            "E109",
            t("Diese Nachricht ist nicht unter den abgewiesenen.", "This record is not among the rejected ones."),
            why=t(
                "Sie wurde nicht abgewiesen, oder es ist länger als 30 Tage her.",
                "It was not rejected, or that was more than 30 days ago.",
            ),
            todo=f"jobhub rejected list {jobcenter}",
        )
    return found


def _with_original(refusal: dict[str, Any], original: Original | None) -> dict[str, Any]:
    sealed = refusal["sealed"]
    told = {name: value for name, value in refusal.items() if name != "sealed"}
    told["rejected_at"] = refusal["rejected_at"].isoformat()
    told |= {**_texts(refusal["code"]), "sealed_for": sealed["recipient"] if sealed else None, "original": None}
    if original is not None:
        told["original"] = {"schema": original.schema, "record": original.record, "hex": None}
        if original.record is None:
            told["original"]["hex"] = original.value.hex()
    return told


def _show_one(refusal: dict[str, Any], original: Original | None, *, tried: bool) -> None:
    from hub.cli._refused import as_json_text, printable
    from hub.settings import BERLIN

    code, field, sealed = refusal["code"], refusal["field"], refusal["sealed"]
    rows = {
        t("Code", "Code"): f"{code}  {explain(code).text(language())}",
        t("Tun", "Do"): explain(code).next_step(language()),
        t("Feld", "Field"): field,
        t("Kennung", "Id"): refusal["key"],
        t("Lieferung", "Delivery"): refusal["delivery"],
        t("Zeile", "Row"): f"{refusal['source_file'] or '–'}:{refusal['source_line'] or '–'}",
        t("Kam aus", "Came from"): "{origin_topic}[{origin_partition}]@{origin_offset}".format(**refusal),
        t("Abgewiesen", "Rejected"): f"{refusal['rejected_at'].astimezone(BERLIN):%Y-%m-%d %H:%M:%S}",
    }
    lines = [printable(f"{name:12}{value}") for name, value in rows.items() if value]
    head = f"{t('Original', 'Original'):12}"
    if sealed is None:
        why = t("nicht aufbewahrt (kein öffentlicher Schlüssel)", "not kept (no public key on file)")
        lines.append(head + why)
    elif original is None:
        key = t(f"versiegelt für {sealed['recipient']}", f"sealed for {sealed['recipient']}")
        lines.append(f"{head}{key}; --private-key {refusal['jobcenter']}.key")
    elif original.record is not None:
        lines += [f"{head}{original.schema}", as_json_text(original.record)]
    else:
        lines += [head + t("nicht lesbar, daher hexadezimal", "not readable, hence hexadecimal"), *_hex(original.value)]
    stdout().print("\n".join(lines), markup=False)
    if original is not None:
        note(t("Nur für dieses Jobcenter: nicht weitergeben.", "For this Jobcenter only: do not pass on."))
    elif tried:
        note(t("Es gibt kein Original zu öffnen.", "There is no original to open."))


def _hex(value: bytes) -> list[str]:
    shown = value[:_HEX_BYTES_SHOWN]
    lines = [shown[start : start + 32].hex(" ") for start in range(0, len(shown), 32)]
    rest = len(value) - len(shown)
    return lines + ([t(f"… und {rest} weitere Bytes (--json)", f"… and {rest} more bytes (--json)")] if rest else [])
