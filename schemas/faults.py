"""What is wrong with a configuration, in German and English, as the person who wrote it would say it.

pydantic's own messages are English and speak of types. The table below has a text for each kind of fault people make;
of any other kind pydantic's message is given, with its name.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

Place = tuple[str | int, ...]

_SHOWN_MOST = 60
_ALIKE = 0.7


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: where, and what, in both languages."""

    place: Place
    de: str
    en: str
    unquoted: bool = False
    """A number or a date stands where a text is wanted: quotes are missing."""
    is_unknown_name: bool = False

    @property
    def path(self) -> str:
        """The place as it is written in messages: sources.stellen.load."""
        return ".".join(str(part) for part in self.place)


# Kind of fault -> German and English; {value} is what stands there, the others are pydantic's.
_TEXTS: Mapping[str, tuple[str, str]] = {
    "missing": ("diese Angabe fehlt", "this is missing"),
    "string_type": ("{value} ist kein Text", "{value} is not a text"),
    "int_type": ("{value} ist keine ganze Zahl", "{value} is not a whole number"),
    "int_parsing": ("{value} ist keine ganze Zahl", "{value} is not a whole number"),
    "int_from_float": ("{value} ist keine ganze Zahl", "{value} is not a whole number"),
    "float_type": ("{value} ist keine Zahl", "{value} is not a number"),
    "float_parsing": ("{value} ist keine Zahl; ein Komma wird als Punkt geschrieben", "{value} is not a number"),
    "bool_type": ("{value} ist weder true noch false", "{value} is neither true nor false"),
    "bool_parsing": ("{value} ist weder true noch false", "{value} is neither true nor false"),
    "date_from_datetime_parsing": ("{value} ist kein Datum wie 2026-12-24", "{value} is not a date like 2026-12-24"),
    "date_parsing": ("{value} ist kein Datum wie 2026-12-24", "{value} is not a date like 2026-12-24"),
    "date_type": ("{value} ist kein Datum wie 2026-12-24", "{value} is not a date like 2026-12-24"),
    "literal_error": (
        "{value} gibt es hier nicht; möglich: {expected}",
        "{value} is not known here; known: {expected}",
    ),
    "enum": ("{value} gibt es hier nicht; möglich: {expected}", "{value} is not known here; known: {expected}"),
    "string_pattern_mismatch": (
        "{value} hat nicht die verlangte Form {pattern}",
        "{value} does not have the form {pattern}",
    ),
    "list_type": (
        "hier gehört eine Liste hin, zum Beispiel [a, b]; da steht {value}",
        "a list belongs here, such as [a, b]; there is {value}",
    ),
    "tuple_type": (
        "hier gehört eine Liste hin, zum Beispiel [a, b]; da steht {value}",
        "a list belongs here, such as [a, b]; there is {value}",
    ),
    "dict_type": (
        "hier gehören Namen mit Werten hin, einer je Zeile; da steht {value}",
        "names with values belong here, one a line; there is {value}",
    ),
    "model_type": (
        "hier gehören Namen mit Werten hin, einer je Zeile; da steht {value}",
        "names with values belong here, one a line; there is {value}",
    ),
    "too_short": ("hier muss mindestens {min_length} Eintrag stehen", "at least {min_length} entry must be here"),
    "greater_than_equal": ("{value} ist zu klein; mindestens {ge}", "{value} is too small; at least {ge}"),
    "greater_than": ("{value} ist zu klein; mehr als {gt}", "{value} is too small; more than {gt}"),
    "less_than_equal": ("{value} ist zu groß; höchstens {le}", "{value} is too large; at most {le}"),
}


class Wrong(ValueError):
    """Raised in a validator of ours: what does not hold together, in both languages."""

    def __init__(self, en: str, *, de: str) -> None:
        super().__init__(en)
        self.de = de


def faults_of(error: ValidationError, model: type[BaseModel], *, shows_values: bool = True) -> list[Fault]:
    """The faults pydantic found, in the order of the file, unknown names first: they often explain what is missing.

    Args:
        error: what validating `model` raised.
        model: tells which names are known at a place.
        shows_values: False where a value may be a password in the wrong place.
    """
    found = [_fault(one, model, shows_values) for one in error.errors(include_url=False)]
    return sorted(found, key=lambda fault: not fault.is_unknown_name)


def _fault(one: Mapping[str, Any], model: type[BaseModel], shows_values: bool) -> Fault:
    kind, place = str(one["type"]), tuple(one["loc"])
    if kind == "extra_forbidden":
        return _unknown_name(place, model)
    if kind == "value_error":
        error = one["ctx"]["error"]
        return Fault(place, str(getattr(error, "de", error)), str(error))
    if kind not in _TEXTS:
        said = f"{one['msg']} ({kind})"
        return Fault(place, said, said)
    if place and place[-1] == "[key]":
        place = place[:-1]
    value, details = one["input"], {name: _plain(text) for name, text in one.get("ctx", {}).items()}
    de, en = _TEXTS[kind]
    in_german = details | {"expected": details.get("expected", "").replace(" or ", " oder ")}
    unquoted = kind == "string_type" and not isinstance(value, str | list | dict | None)
    return Fault(
        place,
        de.format(value=_shown(value, "„{}“", "nichts") if shows_values else "der Wert", **in_german),
        en.format(value=_shown(value, '"{}"', "nothing") if shows_values else "the value", **details),
        unquoted,
    )


def _plain(bound: Any) -> str:
    return f"{bound:g}" if isinstance(bound, float) else str(bound)


def _unknown_name(place: Place, model: type[BaseModel]) -> Fault:
    name, known = str(place[-1]), _known_names(model, place[:-1])
    near = difflib.get_close_matches(name.lower(), known, n=1, cutoff=_ALIKE)
    if near:
        de, en = f"Meinten Sie „{near[0]}“?", f'Did you mean "{near[0]}"?'
    else:
        names = ", ".join(known)
        de, en = f"Bekannt sind: {names}", f"Known: {names}"
    return Fault(place, f"unbekannt. {de}", f"unknown. {en}", is_unknown_name=True)


def _known_names(model: type[BaseModel], place: Sequence[str | int]) -> list[str]:
    """Names that may stand at a place, as the file writes them."""
    at: Any = model
    for part in place:
        at = _inner(at, part)
    found = _models_in(at)
    return [field.alias or name for one in found for name, field in one.model_fields.items() if name != "id"]


def _inner(annotation: Any, part: str | int) -> Any:
    for one in _models_in(annotation):
        by_written = {field.alias or name: field for name, field in one.model_fields.items()}
        if part in by_written:
            return by_written[str(part)].annotation
    for one in _parts_of(annotation):
        if get_origin(one) in (dict, list, tuple):
            return get_args(one)[1 if get_origin(one) is dict else 0]
    return None


def _parts_of(annotation: Any) -> list[Any]:
    """What may stand there, None apart: of `A | None` that is A."""
    if get_origin(annotation) in (dict, list, tuple) or isinstance(annotation, type):
        return [annotation]
    return [one for one in get_args(annotation) if one is not type(None)]


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    return [one for one in _parts_of(annotation) if isinstance(one, type) and issubclass(one, BaseModel)]


def _shown(value: Any, quoted: str, nothing: str) -> str:
    """What stands there; of lists and names with values only that they are such."""
    if value is None:
        return nothing
    if isinstance(value, Mapping):
        return "{…}"
    if isinstance(value, list | tuple):
        return "[…]"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    text = text if len(text) <= _SHOWN_MOST else text[:_SHOWN_MOST] + "…"
    return quoted.format(text)
