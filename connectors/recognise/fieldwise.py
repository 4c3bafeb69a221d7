"""How one field is read from its column: notation of days and numbers, meanings of codes, days that mean nothing."""

from __future__ import annotations

from typing import Any

from connectors.recognise.kinds import Profile
from connectors.recognise.known import known
from connectors.recognise.meaning import LISTS, Meaning, meaning_of

_USUAL_FAR = {
    "date_de": ["31.12.9999", "00.00.0000"],
    "date_iso": ["9999-12-31", "0000-00-00"],
    "date_compact": ["99991231", "00000000"],
    "day_of_timestamp": [],
}
_SOME = 0.1
_DAYS_ALWAYS_TOLD = ("published_from",)


def column_entry(field: str, kind: str, column: Profile, *, spreadsheet: bool) -> tuple[Any, Meaning | None]:
    """What stands in the Jobcenter's file for a field, and what its codes mean if it has some.

    Args:
        field: the field, "pay.minimum".
        kind: its type in the event's schema.
        column: its column.
        spreadsheet: cells may be numbers and days themselves, and text beside them.
    """
    name = column.header
    if kind == "date":
        return _day(field, column, spreadsheet), None
    if kind in ("double", "decimal"):
        parser = _notation(column)
        return {"column": name, "parse": "decimal_excel" if spreadsheet and parser != "euro_de" else parser}, None
    if kind in ("int", "long"):
        return {"column": name, "parse": "integer"}, None
    if field == "kldb2010":
        return {"column": name, "parse": "kldb"}, None
    if field == "pay":
        return {"column": name, "parse": "pay_range"}, None
    if (spreadsheet or column.numbers) and (padded := _PADDED.get(field)):
        return {"column": name, "parse": padded}, None
    if field in known("words"):
        meaning = meaning_of(field, column.values)
        codes = {value: [symbol] if field in LISTS else symbol for value, symbol in meaning.codes.items()}
        return {"column": name, "codes": {**codes, **meaning.several}}, meaning
    return name, None


_PADDED = {
    "workplace.ags": "ags_excel",
    "employer.betriebsnummer": "betriebsnummer_excel",
    "industry.code": "wz_excel",
}


def _day(field: str, column: Profile, spreadsheet: bool) -> dict[str, Any]:
    if column.days and spreadsheet:
        parser, usual = "date_any_excel", ["31.12.9999"]
    elif column.days:
        parser, usual = "day_of_timestamp" if column.moments else "date_iso", ["9999-12-31"]
    else:
        # The first of those that fit best; a time of day beside some of the days makes it the last one.
        kinds = {
            "date_de": "date_de",
            "date_iso": "date_iso",
            "date_compact": "date_compact",
            "day_of_timestamp": "stamp",
        }
        parser = max(kinds, key=lambda name: column.share(kinds[name]))
        usual = _USUAL_FAR[parser]
    entry: dict[str, Any] = {"column": column.header, "parse": parser}
    if field not in _DAYS_ALWAYS_TOLD:
        entry["empty"] = list(dict.fromkeys([*usual, *column.far]))
    return entry


def _notation(column: Profile) -> str:
    """Comma or point. Of text without either both read the same, and the German form is declared."""
    if column.share("euro") > _SOME:
        return "euro_de"
    if column.numbers:
        return "decimal_point"
    return "decimal_point" if column.share("point") > column.share("comma") else "decimal_de"
