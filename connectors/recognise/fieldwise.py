"""How one field is read from its column: notation of days and numbers, meanings of codes, days that mean nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from connectors.recognise.header import words
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


@dataclass(frozen=True, slots=True)
class Notation:
    """How a file writes days and decimals elsewhere: what an empty column is taken to be written in."""

    day: str | None = None
    decimal: str | None = None


def notation_of(columns: Sequence[Profile]) -> Notation:
    """The notation most of these columns show; without one that shows any, None."""
    days = Counter(parser for parser in map(_day_parser, columns) if parser not in (None, "day_of_timestamp"))
    decimals = Counter(parser for parser in map(_decimal_parser, columns) if parser not in (None, "euro_de"))
    return Notation(*(next((name for name, _ in found.most_common(1)), None) for found in (days, decimals)))


def column_entry(
    field: str, kind: str, column: Profile, *, spreadsheet: bool, elsewhere: Notation = Notation()
) -> tuple[Any, Meaning | None]:
    """What stands in the Jobcenter's file for a field, and what its codes mean if it has some.

    Args:
        field: the field, "pay.minimum".
        kind: its type in the event's schema.
        column: its column.
        spreadsheet: cells may be numbers and days themselves, and text beside them.
        elsewhere: how other columns of the file are written.
    """
    name = column.header
    if kind == "date":
        return _day(field, column, spreadsheet, elsewhere), None
    if kind in ("double", "decimal"):
        # Whole numbers read the same in both, and the German form is declared.
        parser = _decimal_parser(column) or elsewhere.decimal or "decimal_de"
        nothing = {"empty": list(column.far)} if column.far else {}
        return {
            "column": name,
            "parse": "decimal_excel" if spreadsheet and parser != "euro_de" else parser,
            **nothing,
        }, None
    if kind in ("int", "long"):
        some = {"otherwise": 1} if field == "openings" and 0 < column.filled < column.rows else {}
        return {"column": name, "parse": "integer", **some}, None
    if field == "month":
        return {"column": name, "parse": "month"}, None
    if field == "kldb2010":
        return {"column": name, "parse": "kldb"}, None
    if field == "pay":
        return {"column": name, "parse": "pay_range"}, None
    if (spreadsheet or column.numbers) and (padded := _PADDED.get(field)):
        return {"column": name, "parse": padded}, None
    if field in known("words"):
        meaning = meaning_of("anonymous" if _hides_employer(field, column) else field, column.values)
        codes = {value: [symbol] if field in LISTS else symbol for value, symbol in meaning.codes.items()}
        return {"column": name, "codes": {**codes, **meaning.several}}, meaning
    return name, None


def _hides_employer(field: str, column: Profile) -> bool:
    """Whether a yes in the column means "without the employer": a column "anonym" and nothing but yes and no in it."""
    if field != "visibility" or not column.values:
        return False
    named = any(word.startswith("anonym") for word in words(column.header))
    return named and not meaning_of("anonymous", column.values).unknown


_PADDED = {
    "workplace.ags": "ags_excel",
    "employer.betriebsnummer": "betriebsnummer_excel",
    "industry.code": "wz_excel",
}


def _day(field: str, column: Profile, spreadsheet: bool, elsewhere: Notation) -> dict[str, Any]:
    if column.days and spreadsheet:
        parser, usual = "date_any_excel", ["31.12.9999"]
    elif column.days:
        parser, usual = "day_of_timestamp" if column.moments else "date_iso", ["9999-12-31"]
    else:
        parser = _day_parser(column) or elsewhere.day or "date_de"
        usual = _USUAL_FAR[parser]
    entry: dict[str, Any] = {"column": column.header, "parse": parser}
    if field not in _DAYS_ALWAYS_TOLD:
        entry["empty"] = list(dict.fromkeys([*usual, *column.far]))
    return entry


def _day_parser(column: Profile) -> str | None:
    """The first of those that fit best; a time of day beside some of the days makes it the last one."""
    kinds = {"date_de": "date_de", "date_iso": "date_iso", "date_compact": "date_compact", "day_of_timestamp": "stamp"}
    shares = {parser: column.share(kind) for parser, kind in kinds.items()}
    best = max(shares, key=lambda parser: shares[parser])
    return best if shares[best] else None


def _decimal_parser(column: Profile) -> str | None:
    """Comma or point, if one of them is there."""
    if column.share("euro") > _SOME:
        return "euro_de"
    comma, point = column.share("comma"), column.share("point")
    if column.numbers or point > comma:
        return "decimal_point"
    return "decimal_de" if comma else None
