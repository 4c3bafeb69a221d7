"""What `jobhub init` has to be told, because no file says it: by option, by asking, or as proposed."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import typer

from hub.cli.output import Exit, Failure, language, note, t
from schemas.topics import JOBCENTER_ID

if TYPE_CHECKING:
    from connectors.recognise.kinds import Profile
    from connectors.recognise.recognised import Recognised

_LOADS = ("full", "delta")
_SAY_ENDS = ("hr_ba_xml", "http_push", "sql_outbox")
"""Source types whose own form says what has ended."""
_VISIBILITIES = ("public", "anonymous", "internal")


@dataclass(frozen=True, slots=True)
class Office:
    """The Jobcenter a file belongs to."""

    id: str
    name: str
    kreis: str


class Answers:
    """Completes a proposal. Asks only if somebody sits there; what must not be guessed ends the verb instead."""

    def __init__(self, recognised: Recognised, *, asks: bool) -> None:
        self._recognised, self._proposal = recognised, recognised.proposal
        self._asks = asks and _someone_is_there()
        self._settled: set[tuple[str, str | None]] = set()

    # ------------------------------------------------------------------------------------------------ columns

    def map_columns(self, told: Sequence[str]) -> None:
        """--map field=column."""
        for entry in told:
            field, _, column = entry.partition("=")
            if not column:
                raise _usage(f"--map {entry}", "--map kldb2010=Spalte")
            self._map(field.strip(), column.strip())

    def ask_missing(self) -> None:
        """Columns of mandatory fields nobody found."""
        from connectors.recognise.labels import label

        for field in list(self._proposal.missing):
            name = label(field, language())
            free = ", ".join(self._proposal.ignore) or "–"
            if self._asks and not self._proposal.needs_dkz_table:
                self._ask_column(field, name, free)
                continue
            if self._proposal.needs_dkz_table:
                raise Failure(Exit.FINDINGS, "E321", t(f"Pflichtfeld {name}", f"Mandatory field {name}"))
            raise Failure(
                Exit.FINDINGS,
                "E320",
                t(f"Pflichtfeld {name} ({field})", f"Mandatory field {name} ({field})"),
                why=t(f"Nicht zugeordnete Spalten: {free}", f"Columns mapped to nothing: {free}"),
                todo=f"--map {field}=…"
                if field == "key"
                else t(
                    f"--map {field}=SPALTE; gibt es keine: --fixed {field}=WERT",
                    f"--map {field}=COLUMN; if there is none: --fixed {field}=VALUE",
                ),
            )

    def _ask_column(self, field: str, name: str, free: str) -> None:
        """Asked until the column is one; where the export has none, the same value holds for every row."""
        none = "" if field == "key" else t("; keine: Enter", "; none: Enter")
        question = t(f"Welche Spalte ist „{name}“? ({free}{none})", f"Which column is “{name}”? ({free}{none})")
        while True:
            column = str(typer.prompt(question, default=None if field == "key" else "", show_default=False, err=True))
            try:
                if column.strip() or field == "key":
                    self._map(field, column.strip())
                else:
                    every = t(
                        f"Welcher Wert gilt für alle Zeilen ({name})?", f"Which value holds for all rows ({name})?"
                    )
                    self.fix([f"{field}={typer.prompt(every, err=True)}"])
                return
            except Failure as failure:
                note(failure.what)

    def fix(self, told: Sequence[str]) -> None:
        """--fixed field=value: what no column says and is the same in every row."""
        from connectors.fields import IDENTITY, fields_of

        fields = fields_of(self._proposal.event)
        for entry in told:
            field, _, value = entry.partition("=")
            if field not in fields or field in IDENTITY:
                known = ", ".join(sorted(set(fields) - set(IDENTITY)))
                raise _usage(t(f"Ein Feld {field!r} gibt es nicht.", f"There is no field {field!r}."), known)
            self._proposal.columns[field] = {"constant": _constant(entry, fields[field].kind, value.strip())}
            self._settle(field)

    def _settle(self, field: str) -> None:
        """Somebody said where the field comes from."""
        self._proposal.missing = [name for name in self._proposal.missing if name != field]
        self._proposal.doubts = [doubt for doubt in self._proposal.doubts if doubt.about != field]
        used = self._proposal.read_columns()
        self._proposal.ignore = [
            one.header for one in self._recognised.profiles if one.header and one.header not in used
        ]
        self._proposal.persons = [name for name in self._proposal.persons if name in self._proposal.ignore]

    def _map(self, field: str, column: str) -> None:
        from connectors.fields import IDENTITY, fields_of
        from connectors.recognise.fieldwise import column_entry
        from connectors.recognise.proposal import Doubt

        if field == "key":
            # Several columns together, as the file writes it: {Mandant}-{Nr}
            for part in re.findall(r"\{([^{}]+)\}", column) or [column]:
                self._profile(part)
            self._proposal.key = column if "{" in column else f"{{{column}}}"
        elif field == "action":
            self._map_action(self._profile(column))
            return
        else:
            profile = self._profile(column)
            fields = fields_of(self._proposal.event)
            if field not in fields:
                raise _usage(
                    t(f"Ein Feld {field!r} gibt es nicht.", f"There is no field {field!r}."),
                    ", ".join(sorted(set(fields) - set(IDENTITY))),
                )
            spreadsheet = self._recognised.sample.type == "excel_file"
            entry, meaning = column_entry(field, fields[field].kind, profile, spreadsheet=spreadsheet)
            self._proposal.columns[field] = entry
            self._proposal.candidates.pop(field, None)
            self._settle(field)
            # Which column it is has been said, what its values mean has not.
            for value in (*meaning.unknown, *meaning.unsure) if meaning else ():
                self._proposal.doubts.append(Doubt(field, column, value, meaning.codes.get(value) if meaning else None))
            return
        self._settle(field)

    def _profile(self, column: str) -> Profile:
        found = next((one for one in self._recognised.profiles if one.header == column), None)
        if found is None:
            known = ", ".join(one.header for one in self._recognised.profiles)
            raise _usage(t(f"Eine Spalte {column!r} gibt es nicht.", f"There is no column {column!r}."), known)
        return found

    def _map_action(self, profile: Profile) -> None:
        """The column that says what is new, changed or ended."""
        from connectors.recognise.meaning import meaning_of
        from connectors.recognise.proposal import Doubt, action_of

        self._proposal.action = action_of(profile)
        self._settle("action")
        meaning = meaning_of("action", profile.values)
        for value in (*meaning.unknown, *meaning.unsure):
            self._proposal.doubts.append(Doubt("action", profile.header, value, meaning.codes.get(value)))

    def doubt_ends(self, source: Mapping[str, Any]) -> None:
        """Changes only, and nothing says which rows are ends: they would be read as open. Said, never guessed."""
        from connectors.recognise.proposal import Doubt

        says_itself = self._proposal.event == "placement" or source["type"] in _SAY_ENDS
        if source["load"] == "delta" and "action" not in source and not says_itself:
            nothing = t("nichts endet, denn keine Spalte sagt es", "nothing ends, for no column says so")
            self._proposal.doubts.append(Doubt("action", None, None, nothing))

    # ------------------------------------------------------------------------------------------------ codes

    def set_codes(self, told: Sequence[str]) -> None:
        """--code column:value=symbol."""
        for entry in told:
            found = re.fullmatch(r"(.+?):(.*)=([A-Za-z0-9_]+)", entry)
            if found is None:
                raise _usage(f"--code {entry}", '--code "Arbeitszeit:VZ=VOLLZEIT"')
            fields = [doubt.about for doubt in self._proposal.doubts if doubt.column == found[1]] or [
                field for field, column in self._proposal.column_of().items() if column == found[1]
            ]
            if not fields and (field := self._candidate(found[1])) is not None:
                self._take_candidate(field)
                fields = [field]
            if not fields:
                raise _usage(t(f"Spalte {found[1]!r} ist nicht zugeordnet.", f"Column {found[1]!r} is not mapped."), "")
            self._set_code(fields[0], found[1], found[2], found[3])

    def _candidate(self, column: str) -> str | None:
        return next((name for name, match in self._proposal.candidates.items() if match.column.header == column), None)

    def _take_candidate(self, field: str) -> None:
        """A column whose values say nothing to us becomes the field's, for somebody tells what they mean."""
        header = self._proposal.candidates.pop(field).column.header
        self._proposal.columns[field] = {"column": header, "codes": {}}
        self._proposal.ignore = [name for name in self._proposal.ignore if name != header]
        self._proposal.doubts = [doubt for doubt in self._proposal.doubts if doubt.about != field]

    def _ask_candidates(self) -> None:
        from connectors.recognise.labels import label
        from connectors.recognise.proposal import Doubt

        for field, match in list(self._proposal.candidates.items()):
            values = list(match.column.values)
            question = t(
                f"Sagt Spalte {match.column.header} ({', '.join(values)}) etwas über: {label(field)}?",
                f"Does column {match.column.header} ({', '.join(values)}) tell about: {label(field, 'en')}?",
            )
            if typer.confirm(question, default=False, err=True):
                self._take_candidate(field)
                self._proposal.doubts += [Doubt(field, match.column.header, value, None) for value in values]

    def ask_codes(self) -> None:
        """Meanings of values nobody can know."""
        if not self._asks:
            return
        self._ask_candidates()
        from connectors.recognise.labels import label
        from connectors.recognise.meaning import symbols_of

        for doubt in self._proposal.doubts:
            if not doubt.value or (doubt.about, doubt.value) in self._settled:
                continue
            symbols = symbols_of(doubt.about)
            choices = "  ".join(
                f"[{number}] {symbol}{_gloss(doubt.about, symbol)}" for number, symbol in enumerate(symbols, start=1)
            )
            nothing = t("[0] unbekannt: Zeile ablehnen", "[0] unknown: refuse the row")
            question = t(
                f"Spalte {doubt.column} ({label(doubt.about)}): Was bedeutet „{doubt.value}“?  {choices}  {nothing}",
                f"Column {doubt.column} ({label(doubt.about, 'en')}): what does “{doubt.value}” mean?"
                f"  {choices}  {nothing}",
            )
            default = symbols.index(doubt.proposal) + 1 if doubt.proposal in symbols else 0
            chosen = _number(question, len(symbols), default)
            if chosen:
                self._set_code(doubt.about, doubt.column or "", doubt.value, symbols[chosen - 1])
            else:
                self._proposal.columns[doubt.about]["codes"].pop(doubt.value, None)
            self._settled.add((doubt.about, doubt.value))

    def _set_code(self, field: str, column: str, value: str, symbol: str) -> None:
        from connectors.recognise.meaning import LISTS, symbols_of
        from connectors.recognise.placements import OPEN

        symbols = symbols_of(field)
        if symbol not in symbols:
            raise _usage(f"{symbol}: {field}", ", ".join(symbols))
        if symbol == OPEN and "subsidy" not in self._proposal.columns:
            raise _usage(f"{symbol}: {field}", "--map subsidy=…")
        entry = self._proposal.columns.get(field)
        if field == "action" and self._proposal.action is not None:
            for values in (self._proposal.action["upsert"], self._proposal.action["end"]):
                values[:] = [one for one in values if one != value]
            self._proposal.action[symbol].append(value)
        elif isinstance(entry, dict) and entry.get("column") == column:
            entry.setdefault("codes", {})[value] = [symbol] if field in LISTS else symbol
        self._settled.add((field, value))

    # ------------------------------------------------------------------------------------------------ whole file

    def ask_visibility(self, told: str | None) -> None:
        """Who may see the vacancies, if no column says it."""
        if self._proposal.columns.get("visibility") != {"constant": "INTERNAL"}:
            return
        chosen = (told or "").lower()
        if not chosen and self._asks:
            question = t(
                "Keine Spalte sagt, wer eine Stelle sehen darf. Alle: public (jeder), anonymous (ohne Arbeitgeber), "
                "internal (nur Jobcenter)?",
                "No column says who may see a vacancy. All: public, anonymous (without employer), internal?",
            )
            chosen = typer.prompt(question, default="internal", err=True).lower()
        if chosen:
            if chosen not in _VISIBILITIES:
                raise _usage(f"--visibility {chosen}", " | ".join(_VISIBILITIES))
            self._proposal.columns["visibility"] = {"constant": chosen.upper()}
            self._settled.add(("visibility", None))

    def load(self, told: str | None) -> str:
        """Full or delta. Never guessed: it decides whether what is missing from a file is gone."""
        if told is None and self._recognised.sample.type == "hr_ba_xml":
            return "full"  # the file itself says which it is, and overrules this
        if told is None and self._proposal.event == "placement":
            return "delta"  # facts that happened; none is withdrawn because a later file does not repeat it
        if told is None and self._asks:
            told = typer.prompt(
                t(
                    "Enthält jede Datei alles, was offen ist (full), oder nur Änderungen (delta)?",
                    "Does each file hold everything that is open (full), or changes only (delta)?",
                ),
                err=True,
            )
        if told is None:
            what = t("Vollabzug oder nur Änderungen?", "Full load or changes only?")
            raise Failure(Exit.USAGE, "E722", what, todo="--load full | --load delta")
        if told.lower() not in _LOADS:
            raise _usage(f"--load {told}", " | ".join(_LOADS))
        return told.lower()

    def office(self, told: str | None, title: str | None, kreis: str | None) -> Office:
        """Whose file it is: as told, otherwise as the places of work say."""
        from connectors.recognise.office import OFFICES, kreis_of, office_of

        proposed = office_of(self._recognised)
        if told is None and self._asks:
            told = typer.prompt(t("Kennung des Jobcenters", "Id of the Jobcenter"), default=proposed, err=True)
        chosen = told or proposed
        if chosen is None:
            what = t("Welches Jobcenter?", "Which Jobcenter?")
            raise Failure(Exit.USAGE, "E722", what, todo=f"--jobcenter {' | '.join(OFFICES)} | …")
        if not JOBCENTER_ID.match(chosen):
            raise _usage(f"--jobcenter {chosen}", "a-z, 0-9")
        known: tuple[str | None, str | None] = OFFICES.get(chosen, (None, None))
        key = kreis or known[1]
        there = kreis_of(self._recognised)
        if key is None and self._asks:
            question = t("Kreisschlüssel (fünf Ziffern)", "Key of the Kreis (five digits)")
            key = typer.prompt(question, default=there, err=True)
        if key is None or not re.fullmatch("[0-9]{5}", key):
            raise Failure(Exit.USAGE, "E722", t("Welcher Kreis?", "Which Kreis?"), todo=f"--kreis {there or '05915'}")
        return Office(chosen, title or known[0] or f"Jobcenter {chosen.capitalize()}", key)

    def open_points(self) -> dict[str, str]:
        """Field -> what was taken without anybody having said so."""
        found: dict[str, list[str]] = {}
        for doubt in self._proposal.doubts:
            if (doubt.about, doubt.value) in self._settled:
                continue
            taken = doubt.proposal or t("keine Bedeutung", "no meaning")
            value = t("leer", "empty") if doubt.value == "" else doubt.value
            found.setdefault(doubt.about, []).append(f"{value} = {taken}" if value else taken)
        return {about: t("angenommen ", "taken as ") + ", ".join(points) for about, points in found.items()}


def _gloss(field: str, symbol: str) -> str:
    """What a symbol means, where it is not a German word."""
    from connectors.recognise.labels import label

    path = f"{field}={symbol}"
    meant = label(path, language())
    return "" if meant == path else f" ({meant})"


def _someone_is_there() -> bool:
    return sys.stdin.isatty()


def _constant(entry: str, kind: str, value: str) -> Any:
    """The value in the type of its field."""
    from connectors.errors import BadRow
    from connectors.values.days import date_any_excel
    from connectors.values.numbers import integer
    from connectors.values.texts import text

    try:
        if kind == "date":
            return date_any_excel(value)
        return integer(value) if kind in ("int", "long") else text(value)
    except BadRow:
        expected = t("ein Tag wie 25.11.2026", "a day like 2026-11-25") if kind == "date" else "1, 2, 3 …"
        raise _usage(f"--fixed {entry}", expected) from None


def _number(question: str, most: int, default: int) -> int:
    """A number from 0 to `most`; asked again until it is one."""
    while True:
        chosen = int(typer.prompt(question, type=int, default=default, err=True))
        if 0 <= chosen <= most:
            return chosen


def _usage(what: str, todo: str) -> Failure:
    return Failure(Exit.USAGE, "E731", what, todo=todo or None)
