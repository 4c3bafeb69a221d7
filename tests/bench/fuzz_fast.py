"""`python -m tests.bench.fuzz_fast [RECORDS] [SEED]`: the fast way and the plain way agree on so many mixed records.

Records are sound, broken by rule, at their limits or damaged byte by byte (tests/support/mixed_raws.py). Compared are
all rows that would be written, byte for byte, receipts among them, the state, the counts. Exit code 1 if they differ.
"""

from __future__ import annotations

import sys
from collections import Counter

from hub.flow import Flow
from schemas.topics import EVENTS, Event
from tests.support.mixed_raws import MixedRaws, differences, plain_flow, sure_share

BATCH = 250


def compare(event: Event, count: int, seed: int) -> int:
    """Batches in which the two ways differ."""
    fast, plain, mixed = Flow(event, {}), plain_flow(event), MixedRaws(event, seed, samples=200)
    known: dict[bytes, bytes] = {}
    wrong, share, outcomes = 0, Counter[bool](), Counter[str]()
    for number in range(-(-count // BATCH)):
        batch = mixed.batch(BATCH)
        share += sure_share(fast, batch)
        expected = plain.run(batch, known)
        if found := differences(expected, fast.run(batch, known)):
            wrong += 1
            print(f"DIFFERENT {event} batch {number}: {', '.join(found)}")
        for (_, _, fate), records in expected.counts.items():
            outcomes[fate.value] += records
        known.update(expected.changes)
        if number % 20 == 19:
            known.clear()
    told = ", ".join(f"{outcome} {records}" for outcome, records in outcomes.most_common())
    print(f"{event}: {share.total()} records, surely good {share[True]}, different batches {wrong}; {told}")
    return wrong


def main() -> int:
    """Exit code."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 60_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    return int(sum(compare(event, count // len(EVENTS), seed) for event in EVENTS) > 0)


if __name__ == "__main__":
    sys.exit(main())
