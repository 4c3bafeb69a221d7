"""From a sample of rows to the description of a source: event, key, fields, what is asked and what is missing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.fields import IDENTITY, fields_of
from connectors.recognise.assign import Match, assign, is_never
from connectors.recognise.fieldwise import column_entry, notation_of
from connectors.recognise.kinds import Profile
from connectors.recognise.meaning import meaning_of
from connectors.recognise.placements import open_values
from schemas.topics import Event

EVENTS: tuple[Event, ...] = ("vacancy", "measure", "placement")
_NO_FIELDS = ("key", "tenant", "version", "action")
_MANDATORY: dict[str, tuple[str, ...]] = {
    "vacancy": ("title", "kldb2010", "visibility", "published_from", "openings"),
    "measure": ("title", "instrument", "start_on"),
    "placement": ("month", "placement_type", "kldb3", "kreis"),
}
_UNSURE_BELOW = 0.74
"""A column taken for its values alone, or for a header that only resembles a known one, wants a second look."""
_HOURLY_MAX, _MONTHLY_MAX = 150, 20_000


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something only a person who knows the export can say; `proposal` is what is taken without an answer."""

    about: str
    """Field the doubt is about."""
    column: str | None
    value: str | None
    """Code value it is about; "" is an empty cell, None the column as a whole."""
    proposal: str | None


@dataclass(slots=True)
class Proposal:
    """A source as the Jobcenter's file would describe it, as far as a sample tells."""

    event: Event
    key: str | None = None
    version: str | None = None
    action: dict[str, Any] | None = None
    columns: dict[str, Any] = field(default_factory=dict)
    ignore: list[str] = field(default_factory=list)
    persons: list[str] = field(default_factory=list)
    """Columns among the ignored ones that look like data about people."""
    doubts: list[Doubt] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    """Mandatory fields no column was found for; "key" is the identifier."""
    candidates: dict[str, Match] = field(default_factory=dict)
    """Fields with a column whose header fits and whose values nobody can know."""
    needs_dkz_table: bool = False
    """Occupations are numbers of the Bundesagentur, and no table beside the file translates them."""

    @property
    def missing_code(self) -> str:
        """Code of a missing mandatory field."""
        return "E321" if self.needs_dkz_table else "E320"

    def column_of(self) -> dict[str, str]:
        """Field -> column, of those that have one."""
        told = {path: entry if isinstance(entry, str) else entry.get("column") for path, entry in self.columns.items()}
        return {path: column for path, column in told.items() if column}

    def read_columns(self) -> set[str]:
        """Every column something is read from: fields, key, version, action."""
        told = {*self.column_of().values(), *re.findall(r"\{([^{}]+)\}", self.key or ""), self.version or ""}
        return told | {self.action["column"]} if self.action else told


def event_of(columns: Sequence[Profile]) -> Event:
    """Which kind of event the columns speak of: the one whose own fields are found best."""

    def points(event: Event) -> float:
        found = assign(event, columns)
        due = [found[name].points if name in found else 0.0 for name in _MANDATORY[event]]
        return sum(due) / len(due) + 0.02 * len(found)

    return max(EVENTS, key=points)


def propose(columns: Sequence[Profile], *, spreadsheet: bool = False, event: Event | None = None) -> Proposal:
    """Propose the description of a source from the profiles of its columns."""
    kind = event or event_of(columns)
    found = assign(kind, columns)
    made = Proposal(kind)
    _take_key(made, found, columns)
    if "action" in found and ((told := action_of(found["action"].column))["upsert"] or told["end"]):
        made.action = told
    kinds = fields_of(kind)
    elsewhere = notation_of([match.column for match in found.values()])
    for path, match in sorted(found.items(), key=lambda item: list(kinds).index(item[0]) if item[0] in kinds else -1):
        if path in _NO_FIELDS:
            continue
        entry, meaning = column_entry(
            path, kinds[path].kind, match.column, spreadsheet=spreadsheet, elsewhere=elsewhere
        )
        made.columns[path] = entry
        if match.points < _UNSURE_BELOW:
            made.doubts.append(Doubt(path, match.column.header, None, match.column.header))
        for value in meaning.unknown if meaning else ():
            made.doubts.append(Doubt(path, match.column.header, value, None))
        for value in meaning.unsure if meaning else ():
            made.doubts.append(Doubt(path, match.column.header, value, meaning.codes[value] if meaning else None))
        if isinstance(entry, dict) and entry.get("otherwise") is not None:
            made.doubts.append(Doubt(path, match.column.header, "", str(entry["otherwise"])))
    if kind == "vacancy":
        _complete_vacancy(made, found)
    if kind == "placement":
        made.columns.setdefault("openings_filled", {"constant": 1})
        if "subsidy" in made.columns:
            made.columns["subsidy"]["otherwise"] = "NONE"
        made.doubts += [
            Doubt("placement_type", found["placement_type"].column.header, value, None)
            for value in open_values(made.columns)
        ]
    _list_missing(made)
    used = made.read_columns()
    made.ignore = [column.header for column in columns if column.header and column.header not in used]
    made.persons = [
        column.header
        for column in columns
        if column.header in made.ignore and (column.is_client_number or is_never(column.header))
    ]
    return made


def _take_key(made: Proposal, found: dict[str, Match], columns: Sequence[Profile]) -> None:
    key = found.get("key")
    if key is None or (not key.column.is_unique and "tenant" not in found):
        single = [
            column
            for column in columns
            if (column.is_unique or column.is_nearly_unique)
            and column.share("long") == 0
            and not (column.is_client_number or is_never(column.header))
        ]
        named = [column for column in single if column.place == 0]
        if key is None and named:
            made.key = f"{{{named[0].header}}}"
            made.doubts.append(Doubt("key", named[0].header, None, made.key))
            return
    if key is None:
        made.missing.append("key")
        return
    made.key = f"{{{key.column.header}}}"
    # A number unique today may be another body's number tomorrow.
    if (tenant := found.get("tenant")) is not None and len(tenant.column.values) != 1:
        made.key = f"{{{tenant.column.header}}}-{made.key}"
    if (version := found.get("version")) is not None:
        made.version = version.column.header
    if tenant is not None and tenant.column.share("ags") > 0.8:
        made.columns["organisational_unit"] = tenant.column.header


def action_of(column: Profile) -> dict[str, Any]:
    """What the values of a column say was done with the row's entity."""
    codes = meaning_of("action", column.values).codes
    return {
        "column": column.header,
        "upsert": [value for value, what in codes.items() if what == "upsert"],
        "end": [value for value, what in codes.items() if what == "end"],
    }


def _complete_vacancy(made: Proposal, found: dict[str, Match]) -> None:
    """What follows from other columns, or is the same for every row."""
    columns = made.columns
    if "offer_type" not in columns or not columns["offer_type"]["codes"]:
        columns["offer_type"] = {"constant": "ARBEIT"}
    if "visibility" in columns and not columns["visibility"]["codes"]:
        del columns["visibility"]
        made.candidates["visibility"] = found["visibility"]
        made.doubts = [doubt for doubt in made.doubts if doubt.about != "visibility"]
    if "visibility" not in columns:
        # Nobody but the Jobcenter can say who may see a vacancy; until it has, nobody outside does.
        columns["visibility"] = {"constant": "INTERNAL"}
        made.doubts.append(Doubt("visibility", None, None, "INTERNAL"))
    if "openings" not in columns:
        columns["openings"] = {"constant": 1}
        made.doubts.append(Doubt("openings", None, None, "1"))
    if "industry.code" in columns:
        columns["industry.version"] = {"constant": "WZ2008"}
    if "employer.name" not in columns:
        columns.pop("employer.betriebsnummer", None)
    _minijob(columns)
    if "term_until" in columns and "contract_term" not in columns:
        until = columns["term_until"]
        columns["contract_term"] = {
            "column": until["column"],
            "empty": until["empty"],
            "codes": {"*": "BEFRISTET"},
            "otherwise": "UNBEFRISTET",
        }
    _pay(made, found)


def _minijob(columns: dict[str, Any]) -> None:
    time = columns.get("working_time")
    if not isinstance(time, dict) or "employment_kind" in columns:
        return
    mini = [value for value, meant in time.get("codes", {}).items() if meant == ["MINIJOB"]]
    if mini:
        columns["employment_kind"] = {
            "column": time["column"],
            "codes": {**dict.fromkeys(mini, "GERINGFUEGIG_ENTLOHNT"), "*": "UNKNOWN"},
        }


def _pay(made: Proposal, found: dict[str, Match]) -> None:
    columns = made.columns
    if "pay" in columns:
        for name in ("pay.minimum", "pay.maximum", "pay.period"):
            columns.pop(name, None)
        return
    amounts = [found[name].column for name in ("pay.minimum", "pay.maximum") if name in columns]
    if not amounts:
        columns.pop("pay.period", None)
    elif "pay.period" not in columns:
        middle = max(column.median or 0 for column in amounts)
        period = "HOUR" if middle <= _HOURLY_MAX else "MONTH" if middle <= _MONTHLY_MAX else "YEAR"
        columns["pay.period"] = {"constant": period}
        made.doubts.append(Doubt("pay.period", None, None, period))


def _list_missing(made: Proposal) -> None:
    columns = made.columns
    for path, due in fields_of(made.event).items():
        parent = path.rpartition(".")[0]
        if due.nullable or due.has_default or path in columns or path in IDENTITY or due.kind == "record":
            continue
        if parent and fields_of(made.event)[parent].nullable and not any(n.startswith(f"{parent}.") for n in columns):
            continue
        if parent in columns:
            continue
        made.missing.append(path)
    for place in ("workplace", "location"):
        if place in fields_of(made.event) and not {f"{place}.plz", f"{place}.place"} & columns.keys():
            made.missing.append(f"{place}.plz")


__all__ = ["EVENTS", "Doubt", "Proposal", "event_of", "propose"]
