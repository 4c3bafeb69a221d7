"""What the rows of one delivery lead to, each compared with what was sent before and with the rows above it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import count
from typing import TYPE_CHECKING, Any

from connectors import fast
from connectors.columns import Columns
from connectors.compare import Outcome
from connectors.contract.lines import SplitLines, Unread
from connectors.contract.reading import PassesOver, Reading, SplitsLines
from connectors.contract.row import Broken, Row
from connectors.examine import Examined, check_rules, identify_all, map_row
from connectors.mapping.row_mapping import RowMapping
from connectors.offered import Offered
from connectors.outgoing import Content, Outgoing
from connectors.settle import Settle
from connectors.state import Remembered, State
from schemas.writer import Doubt, long_bytes

if TYPE_CHECKING:
    from connectors.fast.events import Events, Made


class Rows:
    """Settles rows one after the other, inside the delivery's transaction."""

    def __init__(self, state: State, mapping: RowMapping, out: Outgoing, day: date, now: datetime) -> None:
        self.state, self.mapping, self.out, self.now = state, mapping, out, now
        self.event, self.jobcenter = mapping.config.event, mapping.jobcenter
        self._settle = Settle(mapping, out, day, now)
        self.tally, self.said = self._settle.tally, self._settle.said
        # Only where the source keeps no versions and says nothing of ends can an equal row be passed over unread.
        self._skips_equal_rows = mapping.config.version is None and mapping.config.action is None
        self._tells_time = mapping.config.modified is not None
        self._columns = _columns(mapping)
        self._fast = _fast(mapping, self._columns)
        self._is_first = not state.remembers(self.event)  # then nothing is known but what stood in the file before
        self._read_after_all: Callable[[int, bytes, bytes], Row | Broken]

    @property
    def is_missing_keys(self) -> bool:
        """Whether a row was refused of which nobody knows whose it was: then nothing is surely absent."""
        return self._settle.is_missing_keys

    def pass_over(self, reading: Reading, offered: Offered) -> None:
        """Let a reading leave unread what is known by its mark: rows that active entities were last sent for."""
        self.said.offered = offered
        if self._skips_equal_rows and isinstance(reading, PassesOver):
            self._read_after_all = reading.read_after_all
            reading.pass_over(offered, self.mapping.fingerprint)
        if self._fast is not None and isinstance(reading, SplitsLines):
            reading.split_lines()

    def take(self, batch: list[Row | Broken | Unread | SplitLines]) -> None:
        """Examine, compare and settle some rows, in their order."""
        known: dict[str, Remembered] = {}
        read = iter(self._examined([row for row in batch if isinstance(row, Row | Broken)], known))
        first = list[tuple[str, Content, int, bytes | None]]()
        for row in batch:
            if isinstance(row, Unread):
                self.tally.rows += len(row.raws)
                for one, row_hash in self._pass_over(row, known):
                    self._send_first(first)
                    self._settle.settle(one, row_hash, known)
                continue
            if isinstance(row, SplitLines):
                self._send_first(first)
                self.tally.rows += len(row.raws)
                self._take_split(row, known)
                continue
            self.tally.rows += 1
            one, row_hash = next(read)
            if (made := one.made) is not None and not self._tells_time:
                key = str(one.key)
                if key not in known and key not in self.said:
                    self.said.note(key, made.hash, Outcome.NEW, one.line)
                    first.append((key, made, one.line, row_hash))
                    continue
            self._send_first(first)
            self._settle.settle(one, row_hash, known)
        self._send_first(first)
        self.out.flush()

    def _take_split(self, rows: SplitLines, known: dict[str, Remembered]) -> None:
        """Settle rows that were split together. A row in doubt is read after all."""
        if self._fast is None:
            raise TypeError("nobody asked for lines that are split")
        made = self._fast.made(rows.columns)
        again = self.said.known(made.named)
        known.update(self._remembered((again if self._is_first else made.named) - known.keys()))
        others = made.others(known.keys() | again | made.twice)
        in_doubt = [at for at in others if made.is_in_doubt(at)]
        read = [self._read_after_all(rows.line + at, rows.raws[at], rows.marks[at]) for at in in_doubt]
        examined = dict(zip(in_doubt, self._examined(read, known), strict=True))
        start = 0
        for at in others:
            self._send_split(rows, made, start, at)
            self._settle.settle(*(examined.get(at) or self._as_made(rows, made, at)), known)
            start = at + 1
        self._send_split(rows, made, start, len(made.keys))

    def _send_split(self, rows: SplitLines, made: Made, start: int, end: int) -> None:
        """Send what is nothing but new."""
        if start < end:
            keys: list[Any] = made.keys[start:end]
            hashes, lines = made.hashes[start:end], range(rows.line + start, rows.line + end)
            self.said.note_firsts(lines.start, keys, hashes)
            self._send_new(keys, hashes, made.first[start:end], lines, rows.marks[start:end])

    @staticmethod
    def _as_made(rows: SplitLines, made: Made, at: int) -> tuple[Examined, bytes | None]:
        return Examined(rows.line + at, key=made.keys[at], made=made.content(at)), rows.marks[at]

    def _pass_over(self, rows: Unread, known: dict[str, Remembered]) -> Iterator[tuple[Examined, bytes | None]]:
        """Note rows as unchanged. Those whose key stood in the file before are read: a repeat, or a contradiction."""
        offered = self.said.offered
        keys = [*map(offered.keys.__getitem__, rows.places)]
        if not self.said.knows_any(keys) and offered.note(rows.places, rows.line):
            self.tally.count(Outcome.UNCHANGED, len(keys))
            return
        for key, place, raw, mark, line in zip(
            keys, rows.places, rows.raws, rows.marks, count(rows.line), strict=False
        ):
            if key not in self.said and offered.note([place], line):
                self.tally.count(Outcome.UNCHANGED)
            else:
                yield from self._examined([self._read_after_all(line, raw, mark)], known)

    def _send_first(self, first: list[tuple[str, Content, int, bytes | None]]) -> None:
        """Send what is nothing but new, before the next row is settled: everything stands in the order of the file."""
        if first:
            keys, made, lines, row_hashes = zip(*first, strict=True)
            version = long_bytes(self.jobcenter.epoch) + long_bytes(1)
            bodies = [one.before + version + one.after for one in made]
            self._send_new(keys, [one.hash for one in made], bodies, lines, row_hashes)
            self._settle.before.update(dict.fromkeys(keys))
            first.clear()

    def _send_new(
        self,
        keys: Sequence[str],
        hashes: Sequence[str],
        bodies: Sequence[bytes],
        lines: Sequence[int],
        row_hashes: Sequence[bytes | None],
    ) -> None:
        self.out.send_first(keys, hashes, bodies, lines, row_hashes, self.now)
        self.tally.count(Outcome.NEW, len(keys))

    def _remembered(self, keys: set[str]) -> dict[str, Remembered]:
        """What was sent of these entities, by this delivery too."""
        if self._is_first:
            keys = self.said.known(keys)
        return self.state.remembered(self.event, keys) if keys else {}

    def _examined(self, rows: list[Row | Broken], known: dict[str, Remembered]) -> list[tuple[Examined, bytes | None]]:
        """Rows with their fingerprints. What was sent of their entities is added to `known`."""
        found = identify_all(self.mapping, rows)
        keys = {one.key for one in found if one.key is not None} - known.keys()
        known.update(self._remembered(keys))
        self._settle.bodies = self._bodies_of({str(one.key) for one in found if one.ending is not None}, known)
        examined: list[tuple[Examined, bytes | None]] = []
        for one in found:
            row_hash = self._row_hash(one)
            one.equal_to = self._hash_if_equal(one, row_hash, known)
            examined.append((one, row_hash))
        if self._columns is not None:
            self._make_by_column(self._columns, found)
        for one in found:
            if one.equal_to is None and one.made is None:
                map_row(self.mapping, one)
        check_rules(self.mapping, found)
        return examined

    def _bodies_of(self, keys: Iterable[str], known: dict[str, Remembered]) -> dict[int, bytes]:
        """What was last sent of entities that are to end, by its number."""
        wanted = {known[key].record: key for key in keys if key in known}
        return self.out.bodies(wanted) if wanted else {}

    @staticmethod
    def _make_by_column(columns: Columns, found: list[Examined]) -> None:
        asked = [
            (one, one.row, one.key)
            for one in found
            if one.row is not None and not one.row.ends and one.key is not None
            if one.code is None and one.equal_to is None
        ]
        contents = columns.contents([row for _, row, _ in asked], [key for *_, key in asked])
        for (one, *_), made in zip(asked, contents, strict=True):
            one.made = made

    def _row_hash(self, one: Examined) -> bytes | None:
        if one.row is None or one.code is not None or not self._skips_equal_rows or one.row.ends:
            return None
        if one.row.mark is not None:
            return one.row.mark
        return fingerprint(one.row.values.values(), self.mapping.fingerprint)

    def _hash_if_equal(self, one: Examined, row_hash: bytes | None, known: dict[str, Remembered]) -> str | None:
        """Content hash of the last event, if it was made from a row just like this one."""
        if row_hash is None or (last := known.get(one.key or "")) is None or row_hash != last.row_hash:
            return None
        return last.known.hash if not last.known.ended and last.known.epoch == self.jobcenter.epoch else None


def fingerprint(values: Iterable[Any], meaning: bytes) -> bytes:
    """Fingerprint of a row's values and of what they mean.

    Each stands behind its length: whatever was put between them might stand in one of them as well.
    """
    cells = map(repr, values)
    text = "".join([f"{len(cell)}:{cell}" for cell in cells])
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), key=meaning, digest_size=16).digest()


def _fast(mapping: RowMapping, columns: Columns | None) -> Events | None:
    """The fast way, if the extra is installed and this source can go it."""
    if columns is None or mapping.key_alone is None or mapping.config.modified is not None or not fast.IS_THERE:
        return None
    from connectors.fast.events import Events

    return Events(mapping, columns)


def _columns(mapping: RowMapping) -> Columns | None:
    try:
        return Columns(mapping)
    except Doubt:
        return None
