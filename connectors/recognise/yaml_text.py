"""A Jobcenter's file as text with comments, from a recognised delivery: made to be read and corrected by people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from connectors.recognise.labels import label
from schemas.codes import Language
from schemas.jobcenter import Jobcenter

_WIDTH = 10**6
_DOUBTED = {"load": "action"}
"""Entry -> what is doubted beside it: where nothing says what has ended, there is no line for the action."""


@dataclass(frozen=True, slots=True)
class Told:
    """What stands in the file beside the source."""

    name: str
    kreis: str
    source: str
    file: str
    following: str
    """How the file is tried."""
    lookups: Mapping[str, Any] = field(default_factory=dict)
    doubts: Mapping[str, str] = field(default_factory=dict)
    """Field -> what somebody has to look at, as a comment."""
    persons: Sequence[str] = ()


def yaml_text(told: Told, source: Mapping[str, Any], language: Language) -> str:
    """The file's text."""
    de = language == "de"
    lines = [
        f"# {told.name}: "
        + ("Vorschlag von jobhub init nach" if de else "proposed by jobhub init from")
        + f" {told.file}",
        "# " + _hint(told, de),
        f"name: {_flow(told.name)}",
        f"kreis: {_quoted(told.kreis)}",
        "",
    ]
    if told.lookups:
        lines += ["lookups:", *(f"  {name}: {_flow(table)}" for name, table in told.lookups.items()), ""]
    lines += ["sources:", f"  {told.source}:"]
    for name, value in source.items():
        if name == "columns":
            lines.append(f"    columns: # {_columns_are(str(source['type']), de)}")
            lines += [_column(path, entry, told, language) for path, entry in value.items()]
        elif name == "ignore":
            lines.append(f"    ignore: {_flow(value)}{_ignored(told, de)}")
        elif name == "options":
            lines += ["    options:", *(f"      {key}: {_flow(entry)}" for key, entry in value.items())]
        else:
            shown = _quoted(value) if name == "key" else _flow(value)
            doubt = told.doubts.get(_DOUBTED.get(name, name))
            lines.append(f"    {name}: {shown}{_comment(name, str(value), de)}{_look(doubt, language)}")
    return "\n".join(lines) + "\n"


def added(present: str, new: str) -> str:
    """A Jobcenter's file with the source of another text behind its own, everything in it left as it is.

    Args:
        present: the file.
        new: a text of `yaml_text` with the source.
    """
    block = new.partition("\nsources:\n")[2]
    lines = present.splitlines()
    begin = next(number for number, line in enumerate(lines) if line.startswith("sources:"))
    after = (number for number in range(begin + 1, len(lines)) if lines[number][:1] not in ("", " ", "#"))
    end = next(after, len(lines))
    return "\n".join([*lines[:end], *block.splitlines(), *lines[end:]]) + "\n"


def parsed(text: str, jobcenter: str) -> Jobcenter:
    """The Jobcenter a text describes."""
    return Jobcenter.model_validate({"id": jobcenter, **yaml.safe_load(text)})


def _hint(told: Told, de: bool) -> str:
    if de:
        return f"Prüfen, ob sie passt (gesendet wird nichts): {told.following}"
    return f"Check that it fits (nothing is sent): {told.following}"


def _columns_are(type_: str, de: bool) -> str:
    if type_ == "json_file":
        return "Feld: Pfad im Datensatz, Namen mit / verbunden" if de else "field: path in an item, names joined by /"
    return "Feld: Spalte der Datei" if de else "field: column of the file"


def _column(path: str, entry: Any, told: Told, language: Language) -> str:
    return f"      {path}: {_flow(entry)} # {label(path, language)}{_look(told.doubts.get(path), language)}"


def _look(doubt: str | None, language: Language) -> str:
    return "" if doubt is None else f" · {'BITTE PRÜFEN' if language == 'de' else 'PLEASE CHECK'}: {doubt}"


_COMMENTS = {
    ("load", "full"): (
        "Vollabzug: was in der Datei fehlt, gibt es nicht mehr",
        "full load: what is missing from the file is gone",
    ),
    ("load", "delta"): ("nur Änderungen: was fehlt, bleibt", "changes only: what is missing stays"),
    ("files", ""): (
        "ein Datum JJJJ-MM-TT oder JJJJMMTT im Namen ist der Tag der Lieferung",
        "a date YYYY-MM-DD or YYYYMMDD in the name is the day of the delivery",
    ),
    ("key", ""): ("Kennung; '{Mandant}-{Nr}' verbindet Spalten", "identifier; '{Mandant}-{Nr}' joins columns"),
    ("version", ""): ("zählt je Datensatz hoch", "counts up for each entity"),
    ("action", ""): ("was mit dem Datensatz geschah", "what happened to the entity"),
}


def _comment(name: str, value: str, de: bool) -> str:
    found = _COMMENTS.get((name, value)) or _COMMENTS.get((name, ""))
    return f" # {found[0 if de else 1]}" if found else ""


def _ignored(told: Told, de: bool) -> str:
    said = "diese Spalten liest niemand" if de else "nobody reads these columns"
    if told.persons:
        said += "; " + ("nach Personen aussehend: " if de else "about people, it seems: ") + ", ".join(told.persons)
    return f" # {said}"


def _flow(value: Any) -> str:
    dumped: str = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=_WIDTH, sort_keys=False)
    return dumped.removesuffix("\n").removesuffix("\n...").strip()


def _quoted(value: Any) -> str:
    dumped: str = yaml.safe_dump(str(value), default_style='"', allow_unicode=True, width=_WIDTH)
    return dumped.strip()
