"""jobhub deliveries list|show|approve: what a connector did with its deliveries, and the release of held ends."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from hub.cli._options import JsonOutput
from hub.cli.output import Exit, Failure, language, print_json, stdout, t
from schemas.codes import explain

if TYPE_CHECKING:
    from connectors.approve import TooMany
    from connectors.state import DeliveryState, State

_DATA = typer.Option("--data", help="Ordner mit dem Zustand; sonst JOBHUB_DATA.")


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    group = typer.Typer(no_args_is_help=True, help="Lieferungen eines Jobcenters: list, show, approve.")
    app.add_typer(group, name="deliveries")

    @group.command("list", help="Alle Lieferungen mit Zustand und Zahlen.")
    def list_(
        jobcenter: Annotated[str, typer.Argument(help="Kennung.")],
        data: Annotated[Path | None, _DATA] = None,
        as_json: JsonOutput = False,
    ) -> None:
        state = _open(data, jobcenter)
        try:
            found = state.deliveries()
        finally:
            state.close()
        if as_json:
            print_json({"jobcenter": jobcenter, "deliveries": [_as_dict(entry) for entry in found]})
        else:
            stdout().print(_table(found))

    @group.command("show", help="Eine Lieferung mit ihren abgelehnten Zeilen.")
    def show(
        jobcenter: Annotated[str, typer.Argument(help="Kennung.")],
        delivery: Annotated[str, typer.Argument(help="Kennung der Lieferung oder Dateiname.")],
        data: Annotated[Path | None, _DATA] = None,
        as_json: JsonOutput = False,
    ) -> None:
        state = _open(data, jobcenter)
        try:
            entry = _find(state, delivery)
        finally:
            state.close()
        if as_json:
            print_json({"jobcenter": jobcenter, **_as_dict(entry), "findings": entry.report["findings"]})
        else:
            _show(entry)

    @group.command("approve", help="Gibt zurückgehaltene Beendigungen oder eine gestoppte Lieferung frei.")
    def approve(
        jobcenter: Annotated[str, typer.Argument(help="Kennung.")],
        delivery: Annotated[str, typer.Argument(help="Kennung der Lieferung oder Dateiname.")],
        ceiling: Annotated[
            int,
            typer.Option(
                "--ceiling",
                min=0,
                help="Höchstens so viele Beendigungen, Ablehnungen (E503), Zeilen (E505) sind richtig.",
            ),
        ],
        data: Annotated[Path | None, _DATA] = None,
        as_json: JsonOutput = False,
    ) -> None:
        from connectors.approve import TooMany, admit
        from connectors.approve import approve as release
        from connectors.expected import is_stopped
        from connectors.values import BERLIN
        from hub.cli._jobcenters import load_one
        from hub.settings import Settings

        participant, state = load_one(jobcenter), _open(data, jobcenter)
        try:
            entry = _find(state, delivery)
            if is_stopped(entry.report):
                _told_admitted(jobcenter, entry, admit(state, entry, ceiling=ceiling), as_json)
                return
            if entry.state != "HELD":
                what = t(
                    f"{entry.file} hält nichts zurück ({entry.state}).",
                    f"{entry.file} holds nothing back ({entry.state}).",
                )
                raise Failure(Exit.USAGE, entry.reason or "E501", what)
            today = Settings().today or datetime.now(BERLIN).date()
            released = release(state, participant, entry, ceiling=ceiling, today=today)
        except TooMany as error:
            raise _too_many(entry, error) from error
        finally:
            state.close()
        if as_json:
            print_json({"jobcenter": jobcenter, "delivery": entry.id, "released": released})
        else:
            stdout().print(
                t(
                    f"{released} Beendigungen freigegeben; jobhub run sendet sie.",
                    f"{released} withdrawals released; jobhub run sends them.",
                ),
                markup=False,
            )


def _told_admitted(jobcenter: str, entry: DeliveryState, rows: int, as_json: bool) -> None:
    if as_json:
        print_json({"jobcenter": jobcenter, "delivery": entry.id, "admitted": rows})
        return
    told = t(
        f"Freigegeben mit {rows} Zeilen ({entry.reason}); jobhub run liest die Lieferung noch einmal.",
        f"Admitted with {rows} rows ({entry.reason}); jobhub run reads the delivery once more.",
    )
    stdout().print(told, markup=False)


def _too_many(entry: DeliveryState, error: TooMany) -> Failure:
    waiting, ceiling = error.waiting, error.ceiling
    what = {
        "E503": t(
            f"{waiting} Zeilen sind aus einem Grund abgelehnt, erlaubt sind {ceiling}.",
            f"{waiting} rows are refused for one cause; {ceiling} are allowed.",
        ),
        "E505": t(
            f"Es sind {waiting} Zeilen, erlaubt sind {ceiling}.", f"There are {waiting} rows; {ceiling} are allowed."
        ),
    }
    ends = t(
        f"Es warten {waiting} Beendigungen, erlaubt sind {ceiling}.",
        f"{waiting} withdrawals wait; {ceiling} are allowed.",
    )
    code = entry.reason or "E501"
    return Failure(Exit.FINDINGS, code, what.get(code, ends), todo=f"--ceiling {waiting}")


def _open(data: Path | None, jobcenter: str) -> State:
    from connectors.state import State
    from hub.cli._jobcenters import load_one, state_path
    from hub.settings import Settings

    load_one(jobcenter)
    path = state_path((data or Settings().data).absolute(), jobcenter)
    if not path.exists():
        what = t(
            f"{jobcenter} hat hier noch nichts geliefert ({path}).",
            f"{jobcenter} has delivered nothing here yet ({path}).",
        )
        why = t("Ein anderer Ordner (--data, JOBHUB_DATA)?", "Another folder (--data, JOBHUB_DATA)?")
        raise Failure(Exit.USAGE, "E703", what, why, todo=f"jobhub run {jobcenter}")
    return State(path)


def _find(state: State, name: str) -> DeliveryState:
    found = state.find_deliveries(name)
    if len(found) == 1:
        return found[0]
    if not found:
        what = t(f"Keine Lieferung {name!r}.", f"No delivery {name!r}.")
        why = t("So heißt keine, die hier gelesen wurde.", "None that was read here is called so.")
        raise Failure(Exit.USAGE, "E703", what, why, todo="jobhub deliveries list")
    ids = ", ".join(entry.id for entry in found)
    what = t(f"Mehrere Lieferungen passen zu {name!r}.", f"Several deliveries fit {name!r}.")
    raise Failure(Exit.USAGE, "E703", what, ids, t("Eine davon nennen.", "Name one of them."))


def _as_dict(entry: DeliveryState) -> dict[str, Any]:
    report = {name: value for name, value in entry.report.items() if name not in ("findings", "delivery", "jobcenter")}
    return {**report, "delivery": entry.id, "state": entry.state, "reason": entry.reason}


def _table(found: list[DeliveryState]) -> Table:
    names = (
        ("Lieferung", "delivery"),
        ("Zustand", "state"),
        ("Zeilen", "rows"),
        ("neu", "new"),
        ("geänd.", "changed"),
        ("Ende", "ended"),
        ("unver.", "unchanged"),
        ("abgel.", "rejected"),
        ("zurückgeh.", "held"),
    )
    table = Table(box=None, pad_edge=False)
    for name in names:
        table.add_column(t(*name), justify="left" if name in names[:2] else "right", no_wrap=True)
    for entry in found:
        counts = ("rows_read", "sent_new", "sent_changed", "sent_ended", "unchanged", "rejected", "held")
        state = entry.state + (f" {entry.reason}" if entry.reason else "")
        table.add_row(entry.id, state, *(str(entry.report[name]) for name in counts))
    return table


def _show(entry: DeliveryState) -> None:
    stdout().print(_table([entry]))
    if entry.reason:
        reason = explain(entry.reason)
        stdout().print(f"{entry.reason}  {reason.text(language())}\n{'':6}{reason.next_step(language())}", markup=False)
    for finding in entry.report["findings"]:
        line = f"{t('Zeile', 'row')} {finding['line']}" if finding["line"] is not None else t("Datei", "file")
        column = f", {finding['column']}" if finding["column"] else ""
        stdout().print(f"{line}{column}: {finding['code']}  {explain(finding['code']).text(language())}", markup=False)
