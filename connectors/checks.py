"""Examines a file without sending anything: format, mapping, and every row that would be refused, with its place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from connectors.checked import Checked, CheckFinding
from connectors.contract.delivery import Delivery
from connectors.contract.reading import CountsItems
from connectors.contract.row import Row
from connectors.errors import Stop
from connectors.every_finding import EveryFinding, Fault
from connectors.examine import Examined, check_rules, identify, in_batches, is_leak, map_row
from connectors.file_hashes import sha256_of
from connectors.file_source import day_of
from connectors.lookups import Tables, read_lookups
from connectors.mapping.key import key_columns
from connectors.mapping.row_mapping import RowMapping
from connectors.mapping.wanted import wanted_columns
from connectors.names import plain
from connectors.outgoing import content
from connectors.recognise.recognised import SOURCE, Recognised
from connectors.registry import build_source
from connectors.shown import masked_value, shown_value
from schemas import rules
from schemas.jobcenter import Jobcenter

_BATCH = 500


def sources_for(jobcenter: Jobcenter, path: Path) -> list[str]:
    """Names of the sources whose pattern a file's name fits."""
    return [name for name, source in jobcenter.sources.items() if source.files and path.match(source.files)]


def check_file(jobcenter: Jobcenter, name: str, path: Path) -> Checked:
    """Examine one file as a delivery of one source. Reads the file and the lookup tables beside it, nothing else.

    Raises:
        ConfigurationError: the Jobcenter's file does not hold together.
    """
    is_file = path.is_file() and not path.is_symlink()
    sha256 = sha256_of(path) if is_file else None
    delivery = Delivery(name, plain(path.name), path, sha256, day_of(path.name), jobcenter.sources[name].load)
    return _check(jobcenter, delivery, path.parent)


def check_view(jobcenter: Jobcenter, name: str, folder: Path) -> Checked:
    """The same for a source that is a view in a database; lookup tables lie in the folder.

    Raises:
        ConfigurationError: the Jobcenter's file does not hold together.
        Retry: the database is away.
    """
    config = jobcenter.sources[name]
    title = str(config.options.get("view") or "query")
    return _check(jobcenter, Delivery(name, title, None, None, None, config.load), folder)


def _check(jobcenter: Jobcenter, delivery: Delivery, folder: Path) -> Checked:
    name = delivery.source
    config, source = jobcenter.sources[name], build_source(jobcenter, name)
    size = _size(delivery.path) if delivery.path else 0
    found = Checked(jobcenter.id, name, config.event, delivery.file, size, config.load)
    found.mapping = {target: column.names for target, column in config.columns.items() if column.names}
    try:
        tables = read_lookups(jobcenter.lookups, folder)
        reading = source.read(delivery)
        found.format = reading.description
        found.by_item = isinstance(reading, CountsItems) and reading.counts_items
        rows = _Rows(found, jobcenter, name, tables)
        for batch in in_batches(reading, _BATCH):
            rows.add(batch)
        found.complete, found.load, found.unmapped = reading.complete, reading.load, list(reading.unmapped)
        if not found.rows and reading.load == "full":
            raise Stop("E306", f"{found.file} has no rows")
        if not reading.complete and found.rows:
            found.note(CheckFinding("E302", None, None, None), first=True)
        # What stops a row comes before what is only worth a look; both in the order of the file.
        found.findings.sort(key=lambda finding: not finding.is_error)
    except Stop as error:
        found.refuse(error)
    return found


def check_recognised(path: Path, recognised: Recognised) -> Checked:
    """Examine a file nobody described, as it was recognised. A mandatory field without a column is a finding too."""
    found = check_file(recognised.jobcenter(), SOURCE, path)
    if found.refused is None:
        for field_ in recognised.proposal.missing:
            found.note(CheckFinding(recognised.proposal.missing_code, None, field_, None), first=True)
        encoding = recognised.sample.encoding
        if encoding is not None and not (encoding.is_certain or encoding.is_harmless):
            found.note(CheckFinding("W321", None, None, encoding.name))
    return found


def unreadable(path: Path, error: Stop) -> Checked:
    """The result for a file that could not be taken for anything."""
    found = Checked("", "", "vacancy", plain(path.name), _size(path), "full")
    found.refuse(error)
    return found


class _Rows:
    """Examines rows and notes what is found in them."""

    def __init__(self, found: Checked, jobcenter: Jobcenter, name: str, tables: Tables) -> None:
        self._found = found
        self._mapping = RowMapping(jobcenter, name, tables)
        self._every = EveryFinding(jobcenter, name, tables)
        self._keys = frozenset(key_columns(jobcenter.sources[name]))
        self._seen: dict[str, tuple[str | None, int, int]] = {}
        """Key -> content hash (None: refused), line and number of the row it was first seen in."""

    def add(self, batch: Sequence[Any]) -> None:
        examined = [identify(self._mapping, row) for row in batch]
        for one in examined:
            map_row(self._mapping, one)
        check_rules(self._mapping, examined)
        for one in examined:
            self._add(one)

    def _add(self, one: Examined) -> None:
        found, mapping = self._found, self._mapping
        found.rows += 1
        self._settle_repeats(one)
        if one.code is not None and one.ending is None:
            for fault in self._faults(one):
                self._note(one, fault.code, fault.column)
            return
        found.valid += 1
        if one.turned is not None:
            self._note(one, "W107", one.turned)
        for remark in rules.remarks(mapping.config.event, one.record) if one.record is not None else []:
            self._note(one, remark.code, mapping.column_of(remark.field))

    def _settle_repeats(self, one: Examined) -> None:
        """The same key a second time: a repeat if it says the same, otherwise neither row can be taken.

        As connectors/rows.py decides it: whatever else is wrong with the second row, the first one is out as well.
        """
        key, config = one.key, self._mapping.config
        if key is None or config.version is not None or one.ending is not None:
            return
        accepted = one.code is None and one.record is not None
        hash_ = content(config.event, one.record).hash if accepted and one.record is not None else None
        if key not in self._seen:
            self._seen[key] = (hash_, one.line, self._found.rows)
            return
        first_hash, line, row = self._seen[key]
        if first_hash == hash_ and accepted:
            return
        if first_hash is not None:
            self._found.valid -= 1
            self._found.note(CheckFinding("E209", self._line(line), self._mapping.key_column, None, row))
        self._seen[key] = (None, one.line, self._found.rows)
        if accepted:
            one.reject("E209", self._mapping.key_column)

    def _faults(self, one: Examined) -> list[Fault]:
        """All faults of a refused row; the one the engine names comes first."""
        first = Fault(one.code or "", one.column)
        others = self._every.of(one.row) if isinstance(one.row, Row) else []
        # Where client data stands, nothing else matters: the cell is to be emptied.
        leaking = {fault.column for fault in (first, *others) if is_leak(fault.code)}
        return [first, *(o for o in others if o != first and (is_leak(o.code) or o.column not in leaking))]

    def _line(self, line: int) -> int | None:
        return None if self._found.by_item else line

    def _shape(self, values: Any, column: str | None) -> str | None:
        """Of a key not even the shape: it says nothing to anybody."""
        return None if column in self._keys else masked_value(values, column)

    def _note(self, one: Examined, code: str, column: str | None) -> None:
        values = one.row.values if isinstance(one.row, Row) else None
        value = shown_value(self._mapping, values, column, code)
        masked = "•••" if is_leak(code) else self._shape(values, column) if value is None else None
        self._found.note(CheckFinding(code, self._line(one.line), column, value, self._found.rows, masked))


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
