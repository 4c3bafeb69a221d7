"""Where the connector's time goes without Kafka: `take` alone, new rows and then the same rows on the next day.

`python -m tests.bench.take_only [ROWS]`; microseconds of CPU for each row.
"""

from __future__ import annotations

import gc
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from connectors.intake import finish, take
from connectors.registry import build_source
from connectors.state import State
from hub.settings import Settings
from schemas.jobcenter import load_jobcenter
from tests.bench.csv_made import write_csv

JOBCENTER, SOURCE = "borken", "stellen"
DAYS = {"new": date(2026, 11, 23), "unchanged": date(2026, 11, 24)}


def main(count: int) -> dict[str, float]:
    """CPU for each row of both days."""
    gc.set_threshold(50_000, 20, 50)  # as `jobhub run` does
    found = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        jobcenter = load_jobcenter(Settings().deploy_folder / "jobcenters" / f"{JOBCENTER}.yaml")
        state = State(folder / "state.sqlite")
        path = folder / "stellen_voll.csv"
        write_csv(path, count)
        for what, day in DAYS.items():
            path = path.rename(folder / f"stellen_voll_{day}.csv")
            source = build_source(jobcenter, SOURCE)
            (delivery,) = source.deliveries(folder, None)
            began = time.process_time()
            take(state, jobcenter, source, delivery, folder=folder, today=day)
            found[what] = (time.process_time() - began) / count * 1e6
            state.mark_published([(0, one.numbers[0], one.numbers) for one in state.unpublished(count + 10)])
            for entry in state.deliveries.in_state("READ"):
                finish(state, entry)
        state.close()
    return found


if __name__ == "__main__":
    for what_, micros in main(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000).items():
        print(f"{what_:10} {micros:6.2f} µs CPU a row")
