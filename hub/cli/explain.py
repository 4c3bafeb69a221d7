"""jobhub explain CODE: what a rule code means, why it appears, what to do, and an example."""

from __future__ import annotations

import textwrap
from dataclasses import asdict
from typing import Annotated, Any

import typer

from hub.cli._options import JsonOutput
from hub.cli.output import Exit, Failure, language, print_json, stdout, t
from schemas.causes import causes, near, similar, speaking_of
from schemas.codes import codes

_WIDTH = 100


def register(app: typer.Typer) -> None:
    """Add the verb."""

    @app.command("explain", help="Erklärt einen Regelcode mit Ursache und Beispiel: jobhub explain E112")
    def explain_code(
        code: Annotated[
            str | None, typer.Argument(help="Code wie E112, oder ein Wort wie Postleitzahl; ohne Angabe: alle.")
        ] = None,
        as_json: JsonOutput = False,
    ) -> None:
        chosen = codes() if code is None else {name: codes()[name] for name in _meant(code)}
        if code is not None and len(chosen) == 1:
            (name,) = chosen
            if as_json:
                print_json(_whole(name))
            else:
                stdout().print(_told(name), markup=False)
        elif as_json:
            print_json({"codes": [_whole(name) for name in chosen]})
        else:
            for entry in chosen.values():
                stdout().print(f"{entry.code}  {entry.text(language())}", markup=False)


def _meant(typed: str) -> list[str]:
    """The code typed, or the codes that speak of the word typed."""
    if typed.upper() in codes():
        return [typed.upper()]
    if found := speaking_of(typed):
        return found
    likely = near(typed)
    lines = [f"jobhub explain {name}   {codes()[name].text(language())}" for name in likely]
    raise Failure(
        Exit.USAGE,
        "E105",
        t(f"Den Code {typed!r} gibt es nicht.", f"There is no code {typed!r}."),
        why=t("Ein Code ist ein Buchstabe mit drei Ziffern.", "A code is one letter and three digits."),
        todo=t("Meinten Sie:", "Did you mean:") + "".join(f"\n      {line}" for line in lines)
        if lines
        else t("Alle Codes zeigt: jobhub explain", "All codes: jobhub explain"),
    )


def _whole(name: str) -> dict[str, Any]:
    return {**asdict(codes()[name]), **asdict(causes()[name]), "similar": similar(name)}


def _told(name: str) -> str:
    entry, cause = codes()[name], causes()[name]
    parts = [
        (t("Warum", "Why"), cause.cause(language())),
        (t("Tun", "Do"), entry.next_step(language())),
        (t("Beispiel", "Example"), cause.example(language())),
    ]
    if entry.security:
        intent = t(
            "Es kann Absicht dahinter stehen: Der Hub zählt es gesondert.",
            "There may be intent behind it: the hub counts it apart.",
        )
        parts.append((t("Schutz", "Safety"), intent))
    if others := similar(name):
        told = ", ".join(f"{other} ({codes()[other].text(language()).rstrip('.')})" for other in others)
        parts.append((t("Verwandt", "Related"), told))
    lines = [f"{name}  {entry.text(language())}"]
    for title, text in parts:
        wrapped = textwrap.wrap(text, _WIDTH - 10, break_long_words=False, break_on_hyphens=False)
        lines.append(f"{title:10}" + f"\n{'':10}".join(wrapped))
    return "\n".join(lines)
