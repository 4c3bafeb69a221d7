"""The story of one batch: decode → validate → deduplicate → fan out, or reject; then account for every offset.

Pure: no Kafka, no Faust, no clock, no state of its own. What is known is handed in and only read; what changes is
handed back and becomes true when the caller has committed it. Asking twice does no harm.
"""

from __future__ import annotations

from hub.steps.account import account
from hub.steps.batch import Batch, Fate, Known, Outcome, Part, RawRecord, Settled
from hub.steps.decode import POISON, decode
from hub.steps.deduplicate import Stamp, deduplicate, fingerprint, state_key
from hub.steps.fan_out import Record, fan_out
from hub.steps.reject import PublicKeys, origin_of, readable, reject
from hub.steps.validate import validate
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

    def run(self, batch: Batch, known: Known) -> Outcome:
        """What the batch brings about. Earlier records of the batch count as known to later ones."""
        outcome = Outcome()
        verdicts = iter(validate(self.event, batch.parts, decode(self._codec, batch.parts)))
        for part in batch.parts:
            settled = [
                self._settle(batch, part, raw, verdict, known, outcome)
                for raw, verdict in zip(part.records, verdicts, strict=False)
            ]
            for receipt in account(part, settled, batch.now_ms):
                outcome.write(topics.receipts(part.jobcenter), receipt)
        return outcome

    def _settle(
        self, batch: Batch, part: Part, raw: RawRecord, verdict: Record | Finding, known: Known, outcome: Outcome
    ) -> Settled:
        if isinstance(verdict, Finding):
            settled = _refused(raw, Fate.REJECTED, verdict)
        else:
            settled = self._apply(batch, part, raw, verdict, known, outcome)
        if settled.finding is not None:
            row = reject(batch, part, raw.value, settled, self._public_keys)
            outcome.write(topics.rejected(part.jobcenter), row)
            outcome.codes[part.jobcenter, self.event, settled.finding.code] += 1
        outcome.counts[part.jobcenter, self.event, settled.fate] += 1
        return settled

    def _apply(
        self, batch: Batch, part: Part, raw: RawRecord, record: Record, known: Known, outcome: Outcome
    ) -> Settled:
        key = state_key(self.event, raw.key or b"")
        before = outcome.changes.get(key) or known.get(key)
        last = Stamp.unpack(before) if before is not None else None
        ended = record["status"] == "ENDED"
        claim = Stamp(record["epoch"], record["version"], fingerprint(raw.value or b""), ended)
        fate = deduplicate(claim, last)
        if fate is Fate.CONFLICT:
            return _refused(raw, fate, CONFLICT)
        if not fate.applied:
            return Settled(raw.offset, fate, origin_of(raw.headers), readable(raw.key))
        views = fan_out(batch, part, raw, record, last is not None and last.public_view)
        for topic, row in views.rows:
            outcome.write(topic, row)
        outcome.changes[key] = claim._replace(public_view=views.public_view).pack()
        shown = None if views.public else readable(raw.key)
        return Settled(raw.offset, fate, origin_of(raw.headers), shown, public=views.public)


def _refused(raw: RawRecord, fate: Fate, finding: Finding) -> Settled:
    if finding is POISON:
        return Settled(raw.offset, fate, Origin(), None, finding)  # neither its key nor its headers are looked at
    return Settled(raw.offset, fate, origin_of(raw.headers), readable(raw.key), finding)
