"""What the rows of one delivery lead to, each compared with what was sent before and with the rows above it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import count
from typing import TYPE_CHECKING, Any

from connectors import fast
from connectors.columns import Columns
from connectors.compare import SENT, Outcome, decide
from connectors.contract.lines import SplitLines, Unread
from connectors.contract.reading import PassesOver, Reading, SplitsLines
from connectors.contract.row import Broken, Row
from connectors.examine import Examined, check_rules, identify_all, map_row, worst
from connectors.mapping.row_mapping import RowMapping
from connectors.offered import Offered
from connectors.outgoing import Content, Outgoing, content, ended, read_body
from connectors.report import Tally
from connectors.said import Said
from connectors.state import Remembered, State
from schemas import rules
from schemas.codec import Record
from schemas.writer import Doubt, long_bytes

if TYPE_CHECKING:
    from connectors.fast.events import Events, Made


class Rows:
    """Settles rows one after the other, inside the delivery's transaction."""

    def __init__(self, state: State, mapping: RowMapping, out: Outgoing, day: date, now: datetime) -> None:
        self.state, self.mapping, self.out, self.day, self.now = state, mapping, out, day, now
        self.event, self.jobcenter = mapping.config.event, mapping.jobcenter
        self.tally = Tally()
        self.said = Said()
        self.is_missing_keys = False
        """Whether a row was refused of which nobody knows whose it was: then nothing is surely absent."""
        self._before: dict[str, Remembered | None] = {}
        self._bodies: dict[int, bytes] = {}
        # Only where the source keeps no versions and says nothing of ends can an equal row be passed over unread.
        self._skips_equal_rows = mapping.config.version is None and mapping.config.action is None
        self._tells_time = mapping.config.modified is not None
        self._columns = _columns(mapping)
        self._fast = _fast(mapping, self._columns)
        self._is_first = not state.remembers(self.event)  # then nothing is known but what stood in the file before
        self._read_after_all: Callable[[int, bytes, bytes], Row | Broken]

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
                    self._settle(one, row_hash, known)
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
            self._settle(one, row_hash, known)
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
            self._settle(*(examined.get(at) or self._as_made(rows, made, at)), known)
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
            self._before.update(dict.fromkeys(keys))
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
        self._bodies = self._bodies_of({str(one.key) for one in found if one.ending is not None}, known)
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

    def _settle(self, one: Examined, row_hash: bytes | None, known: dict[str, Remembered]) -> None:
        """Count a row and, if it says something new, send it."""
        key = one.key
        last = known.get(key) if key is not None else None
        if one.ending is not None and key is not None:
            self._settle_end(one, last, known)
            return
        if one.code is not None or key is None:
            self._reject(one, one.code or "E208", one.column, known)
            return
        made = one.made
        if made is None and one.record is not None:
            made = content(self.event, one.record)
        if one.turned is not None:
            self.tally.remark("W107", one.line, one.turned)
        if one.equal_to is not None and not self._contradicts(one, one.equal_to, known):
            self._count(key, Outcome.UNCHANGED, one.equal_to, one.line)
        if made is None or self._contradicts(one, made.hash, known):
            return
        decision = decide(
            last.known if last else None,
            epoch=self.jobcenter.epoch,
            version=one.version,
            fingerprint=made.hash,
            ended=False,
        )
        if decision.outcome in SENT:
            time = (self.mapping.modified(one.row.values) if one.row else None) or self.now
            self._before.setdefault(key, last)
            sent = self.out.send(
                key, decision, made, is_end=False, line=one.line, time=time, row_hash=row_hash, last=last
            )
            if decision.outcome is not Outcome.OTHER:
                known[key] = sent
        else:
            if decision.outcome is Outcome.DUPLICATE:
                self.out.note(key, Outcome.DUPLICATE, line=one.line, version=decision.version)
            elif last is not None and row_hash is not None:
                known[key] = Remembered(last.known, row_hash, last.record, last.source)
                self.out.remember(key, known[key])
        self._count(key, decision.outcome, made.hash, one.line)

    def _settle_end(self, one: Examined, last: Remembered | None, known: dict[str, Remembered]) -> None:
        """An end by row, told from what is known of the entity; only of an unknown one the row itself must do."""
        key, reason = str(one.key), one.ending.reason if one.ending else "UNKNOWN"
        if last is None and one.row is not None and one.row.ends:
            self._count(key, Outcome.UNCHANGED, None, one.line)  # it was never on offer here
            return
        if last is None and one.record is None:
            self._reject(one, one.code or "E101", one.column, known)
            return
        base = one.record if last is None else self._last_sent(key, last)
        record = ended(base or {}, reason, self.day)
        findings = rules.check(self.event, record)
        if findings:
            first = worst(findings)
            self._reject(one, first.code, self.mapping.column_of(first.field), known)
            return
        made = content(self.event, record)
        decision = decide(
            last.known if last else None,
            epoch=self.jobcenter.epoch,
            version=one.version,
            fingerprint=made.hash,
            ended=True,
        )
        if decision.outcome in SENT:
            time = (self.mapping.modified(one.row.values) if one.row else None) or self.now
            self._before.setdefault(key, last)
            sent = self.out.send(key, decision, made, is_end=True, line=one.line, time=time, row_hash=None, last=last)
            if decision.outcome is not Outcome.OTHER:
                known[key] = sent
        elif decision.outcome is Outcome.DUPLICATE:
            self.out.note(key, Outcome.DUPLICATE, line=one.line, version=decision.version)
        self._count(key, decision.outcome, None, one.line)

    def _last_sent(self, key: str, last: Remembered) -> Record:
        body = self._bodies.get(last.record)
        if body is None:  # sent by a row further up
            body = self.out.bodies({last.record: key})[last.record]
        return read_body(self.event, body)

    def _contradicts(self, one: Examined, hash_: str, known: dict[str, Remembered]) -> bool:
        """The same key a second time in a file without versions: a repeat, or a contradiction that keeps both out."""
        key = str(one.key)
        if self.mapping.config.version is not None or (said := self.said.of(key)) is None:
            return False
        first_hash, outcome, line = said
        if first_hash is None and outcome is Outcome.UNCHANGED and key in known:
            first_hash = known[key].known.hash  # it was passed over unread
        if first_hash == hash_:
            self.tally.count(Outcome.DUPLICATE)
            self.out.note(key, Outcome.DUPLICATE, line=one.line)
            return True
        if outcome is not Outcome.REJECTED:
            self._take_back_first(key, outcome, line, known)
        self._refuse_row(key, "E209", self.mapping.key_column, one.line)
        return True

    def _reject(self, one: Examined, code: str, column: str | None, known: dict[str, Remembered]) -> None:
        key = one.key
        if key is not None and self.mapping.config.version is None and (said := self.said.of(key)) is not None:
            # Beside a row that was accepted this one contradicts it, whatever else is wrong with it.
            _, outcome, line = said
            if outcome is not Outcome.REJECTED:
                self._take_back_first(key, outcome, line, known)
        self._refuse_row(key, code, column, one.line)

    def _take_back_first(self, key: str, outcome: Outcome, line: int, known: dict[str, Remembered]) -> None:
        before = None if self.said.is_first(key) else self._before.get(key, known.get(key))
        self.out.take_back(key, before)
        known.pop(key, None)
        if before is not None:
            known[key] = before
        self.tally.take_back(outcome)
        self._refuse_row(key, "E209", self.mapping.key_column, line)

    def _refuse_row(self, key: str | None, code: str, column: str | None, line: int) -> None:
        if key is None:
            self.is_missing_keys = True
        else:
            self.said.note(key, None, Outcome.REJECTED, line)
        self.tally.reject(code, line, column)
        self.out.note(key, Outcome.REJECTED, line=line, code=code, column=column)

    def _count(self, key: str, outcome: Outcome, hash_: str | None, line: int) -> None:
        self.said.note(key, hash_, outcome, line)
        self.tally.count(outcome)


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
