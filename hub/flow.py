"""The story of one batch: decode → validate → deduplicate → fan out, or reject; then account for every offset.

Pure: no Kafka, no Faust, no clock, no state of its own. What is known is handed in and only read; what changes is
handed back and becomes true when the caller has committed it. Asking twice does no harm.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hub.fast.judge import Judge, in_doubt
from hub.steps.account import account
from hub.steps.batch import Batch, Fate, Good, Known, Outcome, Part, RawRecord, Settled
from hub.steps.decode import POISON, decode, read
from hub.steps.deduplicate import Stamp, deduplicate, fingerprint, state_key
from hub.steps.fan_out import SHOWN_ON, fan_out, pass_on
from hub.steps.reject import PublicKeys, origin_of, readable, reject
from hub.steps.validate import good_ones, validate
from schemas import topics
from schemas.codec import codec
from schemas.codes import Finding
from schemas.envelope import Origin
from schemas.topics import Event

CONFLICT = Finding("E522", "version")


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
        verdicts = iter(self._verdicts(batch.parts))
        for part in batch.parts:
            settled = [
                self._settle(batch, part, raw, verdict, known, outcome)
                for raw, verdict in zip(part.records, verdicts, strict=False)
            ]
            outcome.count(part.jobcenter, self.event, settled)
            for receipt in account(part, settled, batch.now_ms):
                outcome.write(topics.receipts(part.jobcenter), receipt)
        return outcome

    def _verdicts(self, parts: Sequence[Part]) -> Iterable[Good | Finding]:
        """The fast way says which records are surely good. Those in doubt go the plain way, which decides."""
        sure = self._judge.judge(parts)
        doubtful = in_doubt(parts, sure)
        plain = iter(good_ones(doubtful, validate(self.event, doubtful, decode(self._codec, doubtful))))
        return (good if good is not None else next(plain) for good in sure)

    def _settle(
        self, batch: Batch, part: Part, raw: RawRecord, verdict: Good | Finding, known: Known, outcome: Outcome
    ) -> Settled:
        if isinstance(verdict, Finding):
            settled = _refused(raw, Fate.REJECTED, verdict)
        else:
            settled = self._apply(batch, part, raw, verdict, known, outcome)
        if settled.finding is not None:
            row = reject(batch, part, raw.value, settled, self._public_keys)
            outcome.write(topics.rejected(part.jobcenter), row)
        return settled

    def _apply(self, batch: Batch, part: Part, raw: RawRecord, good: Good, known: Known, outcome: Outcome) -> Settled:
        key = state_key(self.event, raw.key or b"")
        before = outcome.changes.get(key) or known.get(key)
        last = Stamp.unpack(before) if before is not None else None
        claim = Stamp(good.epoch, good.version, fingerprint(raw.value or b""), good.ended)
        fate = deduplicate(claim, last)
        if fate is Fate.CONFLICT:
            return _refused(raw, fate, CONFLICT)
        if not fate.applied:
            return Settled(raw.offset, fate, good.head.origin, _key_of_good(raw))
        if good.unchanged:
            row, public, public_view = pass_on(batch, part, raw, good.head), True, True
            for topic in self._shown_on:
                outcome.write(topic, row)
        else:
            record = good.record if good.record is not None else read(self._codec, raw.value or b"")
            rows, public_view, public = fan_out(batch, part, raw, record, last is not None and last.public_view)
            for topic, row in rows:
                outcome.write(topic, row)
        outcome.changes[key] = Stamp(good.epoch, good.version, claim.fingerprint, good.ended, public_view).pack()
        return Settled(raw.offset, fate, good.head.origin, None if public else _key_of_good(raw), None, public)


def _key_of_good(raw: RawRecord) -> str:
    return (raw.key or b"").decode()  # it is the entity, which has passed the leak guard


def _refused(raw: RawRecord, fate: Fate, finding: Finding) -> Settled:
    if finding is POISON:
        return Settled(raw.offset, fate, Origin(), None, finding)  # neither its key nor its headers are looked at
    return Settled(raw.offset, fate, origin_of(raw.headers), readable(raw.key), finding)
