"""The story of one batch: decode → validate → deduplicate → fan out, or reject; then account for every offset.

Pure: no Kafka, no Faust, no clock, no state of its own. What is known is handed in and only read; what changes is
handed back and becomes true when the caller has committed it. Asking twice does no harm.
"""

from __future__ import annotations

from hub.fast.judge import Judge
from hub.steps.account import account
from hub.steps.batch import Batch, Fate, Good, Known, Outcome, Part, RawRecord, Settled
from hub.steps.decode import POISON, decode, read
from hub.steps.deduplicate import Stamp, deduplicate, fingerprint, state_key
from hub.steps.fan_out import fan_out, pass_on
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
        self._judge = Judge(event)
