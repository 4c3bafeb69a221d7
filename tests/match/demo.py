"""The demo's jobs as they are open at the end, and which of them are one: `demo_pairs.txt`, read off by eye.

The pairs were found by asking which jobs of one establishment in one town agree in occupation, start, hours, pay, term
and openings, and then read one by one. The look-alikes of the deliveries differ in the town or in the occupation.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.support.deliveries import DELIVERIES, connector, jobcenter_of

_PAIRS = Path(__file__).with_name("demo_pairs.txt")


def demo_pairs() -> set[tuple[str, str]]:
    """Pairs of entities that are one job."""
    lines = _PAIRS.read_text(encoding="utf-8").splitlines()
    return {(one, other) for one, other in (line.split() for line in lines if line and not line.startswith("#"))}


def demo_jobs(folder: Path) -> list[dict[str, Any]]:
    """The last record of every vacancy that is open after all deliveries."""
    last: dict[str, dict[str, Any]] = {}
    for name in sorted(path.name for path in DELIVERIES.iterdir() if path.is_dir()):
        with connector(folder / name, jobcenter_of(name), DELIVERIES / name) as one:
            for source in one.jobcenter.sources:
                one.take(source)
            for record in one.outbox("vacancy"):
                last[f"{record['jobcenter']}:{record['source_id']}"] = record
    return [record for record in last.values() if record["status"] == "ACTIVE"]
