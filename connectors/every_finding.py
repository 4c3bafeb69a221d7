"""All that is wrong with a row, not only what it is refused for: a clerk mends it once, not once a night.

The engine stops at the first fault of a row. Here a refused row is asked again with a stand-in in place of each
faulty cell, until nothing new is found. Which rows are refused, and their first code, the engine alone decides.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from connectors.contract.row import Row
from connectors.errors import BadRow
from connectors.lookups import Tables
from connectors.mapping.row_mapping import RowMapping
from connectors.stand_ins import stand_in
from schemas import rules
from schemas.codes import Finding
from schemas.jobcenter import Column, Jobcenter

_KEY = "stand-in-1"
# A stand-in says nothing about its neighbours: what a rule between fields finds beside one is not believed.
_TOGETHER = (
    {"published_from", "published_until", "start_on"},
    {"start_on", "term_until", "end_on", "instrument", "funder"},
    {"placement_type", "subsidy"},
    {"workplace.plz", "workplace.place", "workplace.ags"},
    {"pay.minimum", "pay.maximum", "pay.period"},
    {"seats", "seats_free"},
    {"outcomes.entries", "outcomes.exits", "outcomes.early_exits", "outcomes.employed_after_6_months"},
)
_BETWEEN_FIELDS = frozenset({"E201", "E202", "E203", "E204", "E205", "E206", "E211", "E212", "E213", "E214"})


@dataclass(frozen=True, slots=True)
class Fault:
    """A code and the column it is about."""

    code: str
    column: str | None


class EveryFinding:
    """Asks refused rows of one source for all their faults."""

    def __init__(self, jobcenter: Jobcenter, name: str, tables: Tables) -> None:
        self._jobcenter, self._name, self._tables = jobcenter, name, tables
        self._mapping = RowMapping(jobcenter, name, tables)
        self._paths = tuple(jobcenter.sources[name].columns)
        self._without: dict[frozenset[str], RowMapping] = {}

    def of(self, row: Row) -> list[Fault]:
        """Every fault of a row, in the order they are found: key, version and action, cells, rules."""
        found: dict[Fault, None] = {}
        for ask in (self._mapping.key, self._mapping.version, self._mapping.ending):
            try:
                ask(row.values)
            except BadRow as error:
                found[Fault(error.code, error.column)] = None
        faulty: set[str] = set()
        record: dict[str, Any] | None = None
        while record is None:
            try:
                record = self._mapping_without(faulty).record(row.values, _KEY)
            except BadRow as error:
                fresh = self._fields_of(error.column) - faulty
                found[Fault(error.code, error.column)] = None
                if not fresh:
                    return list(found)
                faulty |= fresh
        for finding in self._broken_rules(row, record, faulty):
            found[Fault(finding.code, self._mapping.column_of(finding.field))] = None
        return list(found)

    def _broken_rules(self, row: Row, record: dict[str, Any], faulty: set[str]) -> Iterator[Finding]:
        event = self._mapping.config.event
        while True:
            fresh: set[str] = set()
            for finding in rules.check(event, record):
                if not _is_beside(finding, faulty):
                    yield finding
                fresh |= self._within(finding.field)
            if fresh <= faulty:
                return
            faulty |= fresh
            try:
                record = self._mapping_without(faulty).record(row.values, _KEY)
            except BadRow:
                return

    def _fields_of(self, column: str | None) -> set[str]:
        columns = self._mapping.config.columns
        return {path for path in self._paths if column in columns[path].names or path == column}

    def _within(self, field: str | None) -> set[str]:
        name = field or ""
        return {path for path in self._paths if path == name or path.startswith(f"{name}.")}

    def _mapping_without(self, faulty: set[str]) -> RowMapping:
        """The mapping with stand-ins for some fields; there are few combinations, so each is made once."""
        if not faulty:
            return self._mapping
        wanted = frozenset(faulty)
        if wanted not in self._without:
            source = self._jobcenter.sources[self._name]
            columns = dict(source.columns)
            for path in wanted:
                sound = stand_in(path)
                if sound is None:
                    del columns[path]
                else:
                    columns[path] = Column(constant=sound)
            changed = source.model_copy(update={"columns": columns})
            jobcenter = self._jobcenter.model_copy(update={"sources": {self._name: changed}})
            self._without[wanted] = RowMapping(jobcenter, self._name, self._tables)
        return self._without[wanted]


def _is_beside(finding: Finding, faulty: set[str]) -> bool:
    field = finding.field or ""
    if field in faulty:
        return True
    if finding.code not in _BETWEEN_FIELDS:
        return False
    return any(field in group and group & faulty for group in _TOGETHER)
