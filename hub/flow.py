"""The story of one batch: decode → validate → deduplicate → fan out, or reject; then account for every offset.

Pure: no Kafka, no Faust, no clock, no state of its own. What is known is handed in and only read; what changes is
handed back and becomes true when the caller has committed it. Asking twice does no harm.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import cast

from hub.fast.judge import Judge, in_doubt
from hub.fast.raws import Raw
from hub.steps.account import account
from hub.steps.batch import Batch, Fate, Good, Known, Ledger, Outcome, Part, RawRecord, Settled, Sure
from hub.steps.decode import POISON, decode, read
from hub.steps.deduplicate import Stamp, deduplicate, entity_of, fingerprint, state_key
from hub.steps.fan_out import SHOWN_ON, fan_out
from hub.steps.reject import PublicKeys, origin_of, readable, reject
from hub.steps.validate import good_ones, validate
from schemas import topics
from schemas.codec import codec
from schemas.codes import Finding
from schemas.envelope import Origin
from schemas.topics import Event

CONTRADICTION = Finding("E522", "version")
CONFLICT = Fate.CONFLICT  # an enum is slow to ask for its members


class Flow:
    """What happens to the records of one kind of event."""

    def __init__(self, event: Event, public_keys: PublicKeys) -> None:
        self.event = event
        self._codec = codec(event)
        self._public_keys = public_keys
        self._judge = Judge(event)
        self._shown_on = SHOWN_ON[event]

    def run(self, batch: Batch, known: Known) -> Outcome:
        """What the batch brings about. Earlier records of the batch count as known to later ones."""
        outcome = Outcome()
        verdicts = iter(self._verdicts(batch))
        for part in batch.parts:
            if not part.records:
                continue
            ledger = self._work_off(batch, part, islice(verdicts, len(part.records)), known, outcome)
            outcome.count(part.jobcenter, self.event, ledger)
            for receipt in account(part, ledger, batch.now_ms):
                outcome.rows[topics.receipts(part.jobcenter)].append(receipt)
        return outcome

    def _verdicts(self, batch: Batch) -> list[Sure | Good | Finding]:
        """The fast way says which records are surely good. Those in doubt go the plain way, which decides."""
        sure: list[Sure | Good | Finding | None] = [*self._judge.judge(batch)]
        doubtful = in_doubt(batch.parts, sure)
        plain = iter(good_ones(doubtful, validate(self.event, doubtful, decode(self._codec, doubtful))))
        for place in [place for place, good in enumerate(sure) if good is None]:
            sure[place] = next(plain)
        return cast("list[Sure | Good | Finding]", sure)

    def _work_off(
        self, batch: Batch, part: Part, verdicts: Iterable[Sure | Good | Finding], known: Known, outcome: Outcome
    ) -> Ledger:
        """What becomes of the records of a part. Most are surely good, and everybody gets them as they came: of these
        no object is made, and nothing is called but the decision."""
        changes, ledger = outcome.changes, Ledger(part.records[0].offset)
        add_fate, add_delivery = ledger.fates.append, ledger.deliveries.append
        for place, verdict in enumerate(verdicts):
            if isinstance(verdict, (Good, Finding)):
                ledger.add(self._settle(batch, part, part.records[place], verdict, known, outcome))
                continue
            key, stamp, row, head = verdict
            fate = deduplicate(stamp, changes.get(key) or known.get(key))
            if fate.applied:
                for topic in self._shown_on:
                    outcome.rows[topic].append(row)
                changes[key] = stamp
                add_fate(fate)
                add_delivery(head.origin.delivery)
            elif fate is CONFLICT:
                ledger.add(self._refuse(batch, part, part.records[place], fate, CONTRADICTION, outcome))
            else:
                ledger.add(Settled(ledger.first + place, fate, head.origin, entity_of(key)))
        return ledger

    def _settle(
        self, batch: Batch, part: Part, raw: RawRecord, verdict: Good | Finding, known: Known, outcome: Outcome
    ) -> Settled:
        if isinstance(verdict, Finding):
            return self._refuse(batch, part, raw, Fate.REJECTED, verdict, outcome)
        key = state_key(self.event, raw.key or b"")
        before = outcome.changes.get(key) or known.get(key)
        claim = Stamp(verdict.epoch, verdict.version, fingerprint(raw.value or b""), verdict.ended)
        fate = deduplicate(claim.pack(), before)
        if fate is CONFLICT:
            return self._refuse(batch, part, raw, fate, CONTRADICTION, outcome)
        if not fate.applied:
            return Settled(raw.offset, fate, verdict.head.origin, raw.key)
        record = verdict.record if verdict.record is not None else read(self._codec, raw.value or b"")
        had_public_view = before is not None and Stamp.unpack(before).public_view
        rows, public_view, public = fan_out(batch, part, raw, record, had_public_view)
        for topic, row in rows:
            outcome.rows[topic].append(row)
        outcome.changes[key] = claim._replace(public_view=public_view).pack()
        return Settled(raw.offset, fate, verdict.head.origin, None if public else raw.key, None, public)

    def _refuse(
        self, batch: Batch, part: Part, raw: RawRecord, fate: Fate, finding: Finding, outcome: Outcome
    ) -> Settled:
        settled = _refused(raw, fate, finding)
        row = reject(batch, part, raw.value, settled, self._public_keys)
        outcome.rows[topics.rejected(part.jobcenter)].append(row)
        return settled


def _refused(raw: RawRecord, fate: Fate, finding: Finding) -> Settled:
    if finding is POISON:
        return Settled(raw.offset, fate, Origin(), None, finding)  # neither its key nor its headers are looked at
    # The key of a record in conflict is its entity, which has passed the leak guard.
    key = raw.key if fate is CONFLICT else readable(raw.key)
    headers = raw.headers_of_origin if isinstance(raw, Raw) else raw.headers
    return Settled(raw.offset, fate, origin_of(headers), key, finding)
