"""Examines a file without sending anything: format, mapping, and every row that would be refused, with its place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from connectors.base import Delivery, FileSource, Row, day_of, plain, sha256_of
from connectors.errors import Stop
from connectors.examine import Examined, check_rules, identify, in_batches, is_leak, map_row
from connectors.lookups import read_lookups
from connectors.mapping import RowMapping, wanted_columns
from connectors.outgoing import content
from connectors.registry import build_source
from connectors.values import number_text
from schemas import rules
from schemas.jobcenter import Jobcenter
from schemas.leak_guard import leak_in

_BATCH = 500
_VALUE_MAX = 40
# Fields whose values may be shown. Titles, texts, names and addresses are not among them, nor is any key.
_SHOWN_FIELDS = """
    kldb2010 kldb3 ba_dkz_id plz ags kreis code version betriebsnummer instrument measure_number theme month subsidy
    placement_type weekly_hours openings openings_filled start_on end_on published_from published_until term_until
    visibility working_time employment_kind contract_term offer_type pay minimum maximum period
    seats seats_free entries exits early_exits employed_after_6_months
"""
_SHOWN = frozenset(_SHOWN_FIELDS.split())


@dataclass(frozen=True, slots=True)
class CheckFinding:
    """A place in the file and what is wrong there. `value` only where a value can hold nothing personal."""

    code: str
    line: int | None
    column: str | None
    value: str | None

    @property
    def is_error(self) -> bool:
        """Whether the row is refused; otherwise it is only worth a look."""
        return not self.code.startswith("W")


@dataclass(slots=True)
class Checked:
    """Result for one file."""

    jobcenter: str
    source: str
    event: str
    file: str
    size: int
    load: str
    format: str = ""
    complete: bool = False
    rows: int = 0
    valid: int = 0
    refused: str | None = None
    """What is wrong with the file as a whole, if it cannot be taken."""
    findings: list[CheckFinding] = field(default_factory=list)
    codes: Counter[str] = field(default_factory=Counter)
    unmapped: list[str] = field(default_factory=list)
    mapping: dict[str, list[str]] = field(default_factory=dict)

    @property
    def is_clean(self) -> bool:
        """Nothing is refused."""
        return self.refused is None and not any(not code.startswith("W") for code in self.codes)


def sources_for(jobcenter: Jobcenter, path: Path) -> list[str]:
    """Names of the sources whose pattern a file's name fits."""
    return [name for name, source in jobcenter.sources.items() if source.files and path.match(source.files)]


def check_file(jobcenter: Jobcenter, name: str, path: Path, limit: int = 1000) -> Checked:
    """Examine one file as a delivery of one source. Reads the file and the lookup tables beside it, nothing else.

    Raises:
        ConfigurationError: the Jobcenter's file does not hold together.
    """
    config, source = jobcenter.sources[name], build_source(jobcenter, name)
    found = Checked(jobcenter.id, name, config.event, plain(path.name), _size(path), config.load)
    found.mapping = {target: column.names for target, column in config.columns.items() if column.names}
    try:
        mapping = RowMapping(jobcenter, name, read_lookups(jobcenter.lookups, path.parent))
        is_file = isinstance(source, FileSource) and path.is_file() and not path.is_symlink()
        sha256 = sha256_of(path) if is_file else None
        reading = source.read(Delivery(name, found.file, path, sha256, day_of(path.name), config.load))
        found.format = reading.description
        first_hashes: dict[str, str] = {}
        for batch in in_batches(reading, _BATCH):
            examined = [identify(mapping, row) for row in batch]
            for one in examined:
                map_row(mapping, one)
            check_rules(mapping, examined)
            for one in examined:
                _add(found, mapping, one, first_hashes, limit)
        found.complete, found.load, found.unmapped = reading.complete, reading.load, list(reading.unmapped)
        if not found.rows and reading.load == "full":
            raise Stop("E306", f"{found.file} has no rows")
        if not reading.complete and found.rows:
            found.codes["E302"] += 1
            found.findings.insert(0, CheckFinding("E302", None, None, None))
        # What stops a row comes before what is only worth a look; both in the order of the file.
        found.findings.sort(key=lambda finding: not finding.is_error)
    except Stop as error:
        found.refused, found.valid = error.what, 0
        found.codes[error.code] += 1
        found.findings = [CheckFinding(error.code, None, None, None)]
    return found


def _add(found: Checked, mapping: RowMapping, one: Examined, first_hashes: dict[str, str], limit: int) -> None:
    found.rows += 1
    if one.code is None and one.record is not None and one.key is not None and mapping.config.version is None:
        hash_ = content(mapping.config.event, one.record).hash
        if first_hashes.setdefault(one.key, hash_) != hash_:
            one.reject("E209", mapping.key_column)
    if one.code is not None and one.ending is None:
        _note(found, CheckFinding(one.code, one.line, one.column, shown_value(mapping, one)), limit)
        return
    found.valid += 1
    if one.turned is not None:
        _note(found, CheckFinding("W107", one.line, one.turned, None), limit)
    for remark in rules.remarks(mapping.config.event, one.record) if one.record is not None else []:
        one.column = mapping.column_of(remark.field)
        _note(found, CheckFinding(remark.code, one.line, one.column, shown_value(mapping, one)), limit)


def _note(found: Checked, finding: CheckFinding, limit: int) -> None:
    found.codes[finding.code] += 1
    if finding.is_error or len(found.findings) < limit:
        found.findings.append(finding)


def shown_value(mapping: RowMapping, one: Examined) -> str | None:
    """The value behind a finding, if its column holds codes, numbers or days and it looks like nobody's number."""
    if one.column is None or not isinstance(one.row, Row) or is_leak(one.code):
        return None
    fields = [path for path, column in mapping.config.columns.items() if one.column in column.names]
    if not fields or not all(path.rsplit(".", 1)[-1] in _SHOWN for path in fields):
        return None
    raw: Any = one.row.values.get(one.column)
    text = number_text(raw[0] if isinstance(raw, list) and raw else raw)
    return text if text and len(text) <= _VALUE_MAX and text.isprintable() and leak_in(text) is None else None


def unread_columns(jobcenter: Jobcenter, name: str) -> tuple[str, ...]:
    """Columns a source leaves out on purpose."""
    return wanted_columns(jobcenter.sources[name]).ignore


def candidates(jobcenters: dict[str, Jobcenter], path: Path) -> Iterator[tuple[Jobcenter, str]]:
    """Jobcenters and sources a file may belong to: that of its folder's name if there is one, otherwise by pattern."""
    here = jobcenters.get(path.absolute().parent.name)
    for jobcenter in [here] if here else jobcenters.values():
        for name in sources_for(jobcenter, path):
            yield jobcenter, name


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
