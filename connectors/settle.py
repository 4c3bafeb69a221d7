"""What a row leads to, compared with what was sent before and with what the delivery said of its key further up."""

from __future__ import annotations

from datetime import date, datetime

from connectors.compare import SENT, Outcome, decide
from connectors.examine import Examined, worst
from connectors.mapping.row_mapping import RowMapping
from connectors.outgoing import Content, Outgoing, content, ended, read_body
from connectors.report import Tally
from connectors.said import Said
from connectors.state import Remembered
from schemas import rules
from schemas.codec import Record


class Settle:
    """Settles the rows of one delivery one by one, in their order, inside its transaction."""

    def __init__(self, mapping: RowMapping, out: Outgoing, day: date, now: datetime) -> None:
        self._mapping, self._out, self._day, self._now = mapping, out, day, now
        self._event, self._epoch = mapping.config.event, mapping.jobcenter.epoch
        self.tally, self.said = Tally(), Said()
        self.is_missing_keys = False
        """Whether a row was refused of which nobody knows whose it was."""
        self.before: dict[str, Remembered | None] = {}
        """What was known of entities before the delivery said something new of them."""
        self.bodies: dict[int, bytes] = {}
        """What was last sent of entities that are to end, by its number."""

    def settle(self, one: Examined, row_hash: bytes | None, known: dict[str, Remembered]) -> None:
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
            made = content(self._event, one.record)
        if one.turned is not None:
            self.tally.remark("W107", one.line, one.turned)
        if one.equal_to is not None and not self._contradicts(one, one.equal_to, known):
            self._count(key, Outcome.UNCHANGED, one.equal_to, one.line)
        if made is None or self._contradicts(one, made.hash, known):
            return
        outcome = self._say(one, key, made, row_hash, last, known, is_end=False)
        if outcome is Outcome.UNCHANGED and last is not None and row_hash is not None:
            known[key] = Remembered(last.known, row_hash, last.record, last.source)
            self._out.remember(key, known[key])
        self._count(key, outcome, made.hash, one.line)

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
        record = ended(base or {}, reason, self._day)
        findings = rules.check(self._event, record)
        if findings:
            first = worst(findings)
            self._reject(one, first.code, self._mapping.column_of(first.field), known)
            return
        made = content(self._event, record)
        outcome = self._say(one, key, made, None, last, known, is_end=True)
        self._count(key, outcome, None, one.line)

    def _say(
        self,
        one: Examined,
        key: str,
        made: Content,
        row_hash: bytes | None,
        last: Remembered | None,
        known: dict[str, Remembered],
        *,
        is_end: bool,
    ) -> Outcome:
        """Send what is new and note what is a duplicate."""
        decision = decide(
            last.known if last else None, epoch=self._epoch, version=one.version, fingerprint=made.hash, ended=is_end
        )
        if decision.outcome in SENT:
            time = (self._mapping.modified(one.row.values) if one.row else None) or self._now
            self.before.setdefault(key, last)
            sent = self._out.send(
                key, decision, made, is_end=is_end, line=one.line, time=time, row_hash=row_hash, last=last
            )
            if decision.outcome is not Outcome.OTHER:
                known[key] = sent
        elif decision.outcome is Outcome.DUPLICATE:
            self._out.note(key, Outcome.DUPLICATE, line=one.line, version=decision.version)
        return decision.outcome

    def _last_sent(self, key: str, last: Remembered) -> Record:
        body = self.bodies.get(last.record)
        if body is None:  # sent by a row further up
            body = self._out.bodies({last.record: key})[last.record]
        return read_body(self._event, body)

    def _contradicts(self, one: Examined, hash_: str, known: dict[str, Remembered]) -> bool:
        """The same key a second time in a file without versions: a repeat, or a contradiction that keeps both out."""
        key = str(one.key)
        if self._mapping.config.version is not None or (said := self.said.of(key)) is None:
            return False
        first_hash, outcome, line = said
        if first_hash is None and outcome is Outcome.UNCHANGED and key in known:
            first_hash = known[key].known.hash  # it was passed over unread
        if first_hash == hash_:
            self.tally.count(Outcome.DUPLICATE)
            self._out.note(key, Outcome.DUPLICATE, line=one.line)
            return True
        if outcome is not Outcome.REJECTED:
            self._take_back_first(key, outcome, line, known)
        self._refuse_row(key, "E209", self._mapping.key_column, one.line)
        return True

    def _reject(self, one: Examined, code: str, column: str | None, known: dict[str, Remembered]) -> None:
        key = one.key
        if key is not None and self._mapping.config.version is None and (said := self.said.of(key)) is not None:
            # Beside a row that was accepted this one contradicts it, whatever else is wrong with it.
            _, outcome, line = said
            if outcome is not Outcome.REJECTED:
                self._take_back_first(key, outcome, line, known)
        self._refuse_row(key, code, column, one.line)

    def _take_back_first(self, key: str, outcome: Outcome, line: int, known: dict[str, Remembered]) -> None:
        before = None if self.said.is_first(key) else self.before.get(key, known.get(key))
        self._out.take_back(key, before)
        known.pop(key, None)
        if before is not None:
            known[key] = before
        self.tally.take_back(outcome)
        self._refuse_row(key, "E209", self._mapping.key_column, line)

    def _refuse_row(self, key: str | None, code: str, column: str | None, line: int) -> None:
        if key is None:
            self.is_missing_keys = True
        else:
            self.said.note(key, None, Outcome.REJECTED, line)
        self.tally.reject(code, line, column)
        self._out.note(key, Outcome.REJECTED, line=line, code=code, column=column)

    def _count(self, key: str, outcome: Outcome, hash_: str | None, line: int) -> None:
        self.said.note(key, hash_, outcome, line)
        self.tally.count(outcome)
