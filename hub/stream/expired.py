"""Records that retention deleted before we read them: each gets its outcome, so the hub can say how many, whose."""

from __future__ import annotations

from collections.abc import Iterator

from hub.steps.account import account
from hub.steps.batch import Fate, Ledger, Outcome, Part, Settled
from schemas import topics
from schemas.envelope import Origin
from schemas.topics import parse_raw

# Offsets in one transaction: some hundred kilobytes of receipts.
OFFSETS_MAX = 50_000


def expire(topic: str, partition: int, first: int, end: int, now_ms: int) -> Iterator[tuple[int, Outcome]]:
    """Receipts for the offsets from first up to end (not included), in portions, each with the position after it."""
    raw = parse_raw(topic)
    part = Part(topic, partition, raw.jobcenter, ())
    for start in range(first, end, OFFSETS_MAX):
        stop = min(start + OFFSETS_MAX, end)
        outcome = Outcome()
        ledger = Ledger(start)
        for offset in range(start, stop):
            ledger.add(Settled(offset, Fate.EXPIRED_UNREAD, Origin()))
        for receipt in account(part, ledger, now_ms):
            outcome.rows[topics.receipts(raw.jobcenter)].append(receipt)
        outcome.counts[raw.jobcenter, raw.event, Fate.EXPIRED_UNREAD] = stop - start
        yield stop, outcome
