"""jobhub deliveries list|show|approve: what a connector did with its deliveries, and the release of held ends."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from hub.cli._options import JsonOutput
from hub.cli._states import state_words
from hub.cli._usage import at_state
from hub.cli.output import Exit, Failure, language, print_json, stdout, t
from schemas.codes import explain

if TYPE_CHECKING:
    from connectors.approve import TooMany
    from connectors.deliveries import DeliveryState
    from connectors.state import State

_LINES_MAX = 8
_COUNTS = {
    "rows_read": ("Zeilen", "rows"),
    "sent_new": ("neu", "new"),
    "sent_changed": ("geänd.", "changed"),
    "sent_ended": ("Ende", "ended"),
    "unchanged": ("unver.", "unchanged"),
    "duplicate": ("dopp.", "twice"),
    "sent_other": ("Hub", "hub"),
    "rejected": ("abgel.", "rejected"),
    "held": ("gehalten", "held"),
}
"""With them the sum comes out. What is left to the hub is rare, and shown only where there is any."""
_DATA = typer.Option("--data", help="Ordner mit dem Zustand; sonst JOBHUB_DATA.")


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    group = typer.Typer(no_args_is_help=True, help="Lieferungen eines Jobcenters: list, show, approve, end.")
    app.add_typer(group, name="deliveries")

    @group.command("list", help="Alle Lieferungen mit Zustand und Zahlen.")
    def list_(
        jobcenter: Annotated[str, typer.Argument(help="Kennung.")],
        data: Annotated[Path | None, _DATA] = None,
        as_json: JsonOutput = False,
    ) -> None:
        state = _open(data, jobcenter)
        try:
            found = state.deliveries.all()
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
                help="Höchstens so viele: Beendigungen, abgelehnte (E503), alle (E505), neue (E506), alte (E507).",
            ),
        ],
        data: Annotated[Path | None, _DATA] = None,
        as_json: JsonOutput = False,
    ) -> None:
        from connectors.approve import TooMany, admit
        from connectors.approve import approve as release
        from connectors.expected import is_stopped
        from connectors.values.days import BERLIN
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
                    f"{entry.file} hält nichts zurück ({state_words(entry.state, None)}).",
                    f"{entry.file} holds nothing back ({state_words(entry.state, None)}).",
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

    @group.command("end", help="Beendet, was eine Quelle offen ließ, die nicht mehr in der YAML-Datei steht (W716).")
    def end(
        jobcenter: Annotated[str, typer.Argument(help="Kennung.")],
        source: Annotated[str, typer.Argument(help="Name, den die Quelle hatte.")],
        ceiling: Annotated[int, typer.Option("--ceiling", min=0, help="Höchstens so viele Beendigungen sind richtig.")],
        data: Annotated[Path | None, _DATA] = None,
        as_json: JsonOutput = False,
    ) -> None:
        from connectors.approve import TooMany, end_left
        from connectors.renamed import left_open
        from connectors.values.days import BERLIN
        from hub.cli._jobcenters import load_one
        from hub.settings import Settings

        participant, state = load_one(jobcenter), _open(data, jobcenter)
        try:
            if source in participant.sources:
                what = t(f"{source} steht in {jobcenter}.yaml.", f"{source} stands in {jobcenter}.yaml.")
                why = t(
                    "Beendet wird nur, was eine entfernte Quelle offen ließ.",
                    "Only what a source left open that was taken out can be ended.",
                )
                todo = t(f"Die Quelle {source} aus der YAML-Datei nehmen.", f"Take {source} out of the YAML file.")
                raise Failure(Exit.USAGE, "E731", what, why, todo)
            left = {one.source: one.count for one in left_open(state.sql, participant)}
            if source not in left:
                what = t(f"Von {source!r} ist nichts offen.", f"Nothing of {source!r} is open.")
                open_ones = ", ".join(f"{name} ({count})" for name, count in left.items()) or "–"
                why = t(f"Offen ließen etwas: {open_ones}", f"These left something open: {open_ones}")
                raise Failure(Exit.USAGE, "E731", what, why)
            today = Settings().today or datetime.now(BERLIN).date()
            count = end_left(state, participant, source, ceiling=ceiling, today=today)
        except TooMany as error:
            what = t(
                f"Es sind {error.waiting} offen, erlaubt sind {error.ceiling}.",
                f"{error.waiting} are open; {error.ceiling} are allowed.",
            )
            raise Failure(Exit.FINDINGS, "W716", what, todo=f"--ceiling {error.waiting}") from error
        finally:
            state.close()
        if as_json:
            print_json({"jobcenter": jobcenter, "source": source, "ended": count})
            return
        stdout().print(
            t(
                f"{count} Beendigungen vorgemerkt; jobhub run sendet sie.",
                f"{count} ends noted; jobhub run sends them.",
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
        "E506": t(
            f"Es sind {waiting} neue Zeilen, erlaubt sind {ceiling}.",
            f"There are {waiting} new rows; {ceiling} are allowed.",
        ),
        "E507": t(
            f"{waiting} Angebote wären wie in der älteren Lieferung, erlaubt sind {ceiling}.",
            f"{waiting} offers would be as in the older delivery; {ceiling} are allowed.",
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
    with at_state(path):
        return State(path)


def _find(state: State, name: str) -> DeliveryState:
    found = state.deliveries.find(name)
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
    table = Table(box=None, pad_edge=False)
    states = [state_words(entry.state, entry.reason) for entry in found]
    table.add_column(t("Lieferung", "delivery"), no_wrap=True)
    # Of the state the code at its end says what to do: it is never cut either.
    table.add_column(t("Zustand", "state"), no_wrap=True, min_width=max(map(len, states), default=0))
    counts = {count: name for count, name in _COUNTS.items() if count != "sent_other" or _most(found, count) > 0}
    for count, name in counts.items():
        # On a narrow screen a name may be cut short, a number never.
        least = max(len(str(_most(found, count))), len(t(*name)))
        table.add_column(t(*name), justify="right", no_wrap=True, min_width=least)
    for entry, state in zip(found, states, strict=True):
        table.add_row(entry.id, state, *(str(entry.report[name]) for name in counts))
    return table


def _most(found: list[DeliveryState], count: str) -> int:
    return max((entry.report[count] for entry in found), default=0)


def _show(entry: DeliveryState) -> None:
    stdout().print(_table([entry]))
    if entry.reason:
        reason = explain(entry.reason)
        stdout().print(f"{entry.reason}  {reason.text(language())}\n{'':6}{reason.next_step(language())}", markup=False)
    causes: dict[tuple[str, str | None], list[int]] = {}
    for finding in entry.report["findings"]:
        lines = causes.setdefault((finding["code"], finding["column"]), [])
        lines += [finding["line"]] if finding["line"] is not None else []
    for (code, column), lines in causes.items():
        where = t("Datei", "file") if not lines else _rows(lines)
        told = f"{where}, {column}" if column else where
        stdout().print(f"{told}: {code}  {explain(code).text(language())}", markup=False)


def _rows(lines: list[int]) -> str:
    """The lines of one cause; --json has all of them."""
    shown = ", ".join(map(str, lines[:_LINES_MAX])) + (" …" if len(lines) > _LINES_MAX else "")
    if len(lines) == 1:
        return t(f"Zeile {shown}", f"row {shown}")
    return t(f"{len(lines)} Zeilen ({shown})", f"{len(lines)} rows ({shown})")
