"""jobhub explain CODE: what a rule code means and what to do."""

from __future__ import annotations

import difflib
from dataclasses import asdict
from typing import Annotated

import typer

from hub.cli.output import Exit, Failure, language, print_json, stdout, t
from schemas.codes import codes


def register(app: typer.Typer) -> None:
    """Add the verb."""

    @app.command("explain", help="Erklärt einen Regelcode, zum Beispiel: jobhub explain E112")
    def explain_code(
        code: Annotated[str | None, typer.Argument(help="Code wie E112; ohne Code: alle.")] = None,
        as_json: Annotated[bool, typer.Option("--json", help="Ein JSON-Objekt statt Text.")] = False,
    ) -> None:
        known = codes()
        if code is None:
            if as_json:
                print_json({"codes": [asdict(entry) for entry in known.values()]})
            else:
                for entry in known.values():
                    stdout().print(f"{entry.code}  {entry.text(language())}", markup=False)
            return
        entry_or_none = known.get(code.upper())
        if entry_or_none is None:
            near = difflib.get_close_matches(code.upper(), known, n=3)
            raise Failure(
                Exit.USAGE,
                "E105",
                t(f"Den Code {code!r} gibt es nicht.", f"There is no code {code!r}."),
                todo=t("Meinten Sie: ", "Did you mean: ") + ", ".join(near) if near else "jobhub explain",
            )
        if as_json:
            print_json(asdict(entry_or_none))
            return
        stdout().print(
            f"{entry_or_none.code}  {entry_or_none.text(language())}\n"
            f"{t('Tun', 'Do'):6}{entry_or_none.next_step(language())}",
            markup=False,
        )
