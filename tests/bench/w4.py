"""W4: a large CSV file through the real connector on one core, until Kafka has acknowledged every record of it.

Twice: the first day every row is new, the second day brings the very same rows. Beside it, on the same core and in the
same run: csv.DictReader, fastavro and a producer (librdkafka) alone, which check nothing and remember nothing.
Employers have twenty vacancies each and a text of its own stands in every row, as in a real back office.
"""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import confluent_kafka

from hub.settings import Settings
from hub.topics import ensure_topics, jobcenter_ids, load_manifest
from schemas import topics
from tests.bench.context import Context, Real, cpu_secs, on_worker_core
from tests.bench.csv_made import PLANTED, planted, write_csv
from tests.support.outbox import entries
from tests.support.spoken import next_line
from tests.support.workers import PARTITIONS

ROWS = 1_000_000
JOBCENTER = "borken"
DAYS = ("2026-11-23", "2026-11-24")
_PEER_SHARE = 4
_TOPIC = topics.raw(JOBCENTER, "vacancy")
_PEER_TOPIC = topics.raw("muenster", "vacancy")


def run(context: Context) -> dict[str, Any]:
    """Figures of new rows and of unchanged ones, and of the peer."""
    count = context.events or ROWS
    deliveries = context.folder / "deliveries"
    deliveries.mkdir()
    first = deliveries / f"stellen_voll_{DAYS[0]}.csv"
    with context.services("w4", postgres=False) as real:
        manifest = load_manifest(Settings().deploy_folder / "topics.yaml")
        asyncio.run(ensure_topics(real.bootstrap_servers, manifest, jobcenter_ids(Settings().deploy_folder)))
        # Meanwhile the broker comes to rest: it has its topics for months, not since a second ago.
        context.say(f"writing {count:,} rows")
        write_csv(first, count)
        os.utime(first, (time.time() - 3600,) * 2)  # what was written just now is waited for
        context.say("new rows")
        new = _connector(context.folder, real, count)
        keys = _keys(real)
        second = deliveries / f"stellen_voll_{DAYS[1]}.csv"
        # Renamed, not linked: what yesterday's file hashed to is kept for as long as it lies there untouched, but only
        # if it had rested for five minutes, and those are not waited for here.
        first.rename(second)
        context.say("unchanged rows")
        unchanged = _connector(context.folder, real, count)
        exact = _exact(context.folder, count, new, unchanged, keys, _keys(real))
        context.say("csv.DictReader, fastavro and a producer alone")
        peer = _peer(second, real, count // _PEER_SHARE)
    return {
        "rows": count,
        "csv_bytes_per_row": second.stat().st_size // count,
        "exact": exact,
        "peer_rows_per_s": peer["rows_per_s"],
        "peer_cpu_us_per_row": peer["cpu_us_per_row"],
        "ratio": new["rows_per_s"] / peer["rows_per_s"],
        "must_new_rows_per_s": 50_000,
        "must_unchanged_rows_per_s": 150_000,
        "new": _figures(new),
        "unchanged": _figures(unchanged),
    }


def _figures(result: dict[str, Any]) -> dict[str, float]:
    return {name: result[name] for name in ("rows_per_s", "cpu_us_per_row", "rss_mb")}


# ---------------------------------------------------------------------------------------------------------- connector


def _connector(folder: Path, real: Real, count: int) -> dict[str, Any]:
    """`jobhub run --once` from its being ready to its end; what it told of its delivery."""
    command = [sys.executable, "-m", "hub.cli.main", "run", JOBCENTER, "--once", "--json", "--data", str(folder)]
    command += ["--deliveries", str(folder / "deliveries"), "--bootstrap-servers", real.bootstrap_servers]
    with (folder / "connector.log").open("wb") as log:
        process = subprocess.Popen(on_worker_core(command), stdout=subprocess.PIPE, stderr=log, text=True)
    ready = next_line(process, lambda: (folder / "connector.log").read_text()[-2000:])
    assert "ready" in ready, ready
    assert process.stdout is not None
    began, cpu_began = time.monotonic(), cpu_secs(process.pid)
    told = [json.loads(line) for line in process.stdout]
    _, status, used = os.wait4(process.pid, 0)
    secs = time.monotonic() - began
    process.stdout.close()
    process.returncode = os.waitstatus_to_exitcode(status)
    return {
        "rows_per_s": count / secs,
        "cpu_us_per_row": (used.ru_utime + used.ru_stime - cpu_began) / count * 1e6,
        "rss_mb": used.ru_maxrss // 1024,
        "delivery": next((one for one in reversed(told) if one.get("event") == "delivery"), {}),
    }


# -------------------------------------------------------------------------------------------------------------- check


def _exact(
    folder: Path, count: int, new: dict[str, Any], unchanged: dict[str, Any], after: Counter[bytes], end: Counter[bytes]
) -> bool:
    """Every sound row once in the raw topic, acknowledged; only the planted refused; the second day adds nothing."""
    refused = Counter(PLANTED[number % len(PLANTED)] for number in range(planted(count)))
    sound = count - refused.total()
    told = {"rows_read": count, "rejected": refused.total(), "rejected_by_code": dict(refused), "state": "COMPLETED"}
    with closing(sqlite3.connect(folder / "connectors" / f"{JOBCENTER}.sqlite")) as state:
        waiting = state.execute("SELECT sum(waiting) FROM parcel").fetchone()[0]
        unplaced = sum(one.offset is None or one.offset < 0 for one in entries(state))
    wrong = {
        "keys": len(after) != sound,
        "records": after.total() != sound,
        "not acknowledged": waiting,
        "without a place": unplaced,
        "first day": _differs(new["delivery"], {**told, "sent_new": sound, "unchanged": 0}),
        "second day": _differs(unchanged["delivery"], {**told, "sent_new": 0, "sent_ended": 0, "unchanged": sound}),
        "sent again": after != end,
    }
    if any(wrong.values()):
        print(f"NOT EXACT {wrong}", file=sys.stderr)
    return not any(wrong.values())


def _differs(told: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    return {name: told.get(name) for name, value in expected.items() if told.get(name) != value}


def _keys(real: Real) -> Counter[bytes]:
    """Keys of the raw topic, and how often each stands there."""
    settings: Any = {
        "bootstrap.servers": real.bootstrap_servers,
        "group.id": "bench-check",
        "enable.auto.commit": False,
        "enable.partition.eof": True,
    }
    reader, found, waiting = confluent_kafka.Consumer(settings), Counter[bytes](), len(PARTITIONS)
    reader.assign([confluent_kafka.TopicPartition(_TOPIC, number, 0) for number in PARTITIONS])
    while waiting:
        for message in reader.consume(5000, 0.1):
            if message.error() is None:
                found[message.key() or b""] += 1
            else:
                waiting -= 1
    reader.close()
    return found


def _peer(path: Path, real: Real, count: int) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.bench.csv_peer", str(path), real.bootstrap_servers, _PEER_TOPIC, str(count)]
    done = subprocess.run(on_worker_core(command), check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found
