"""Log lines reduced to what is known to be harmless: time, level, our own words, codes and counts."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections import deque
from pathlib import Path
from typing import Any

from connectors.report import Tally
from schemas.topics import JOBCENTER_ID

_MOST_LINES, _MOST_BYTES = 500, 4 << 20
_JOURNAL_SECONDS = 10

_TIME = re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?")
_LEVEL = re.compile(r"\b(debug|info|warning|error|critical)\b", re.I)
_CODE = re.compile(r"\b[EW][1-9][0-9]{2}\b")
# What our own log lines and the events of `jobhub run --json` say; a test holds it to the code.
EVENTS = frozenset(
    {
        *("ready", "delivery", "waiting", "recovered", "failed", "progress", "summary", "source_stopped"),
        "left_open",
        *("security event", "state recovered from topics", "source stopped", "source renamed"),
        "source left offers open",
        "a request was not answered",
    }
)
_NUMBERS = frozenset(
    {*Tally().values(), "seconds", "count", "rows", "records", "entities", "deliveries", "waiting", "version"}
)
# Field of an entry -> what its value must look like to be kept. A name of somebody looks like none of them.
_KEPT = {
    "timestamp": _TIME,
    "level": _LEVEL,
    "code": _CODE,
    "reason": _CODE,
    "jobcenter": JOBCENTER_ID,
    "logger": re.compile(r"(connectors|hub|schemas|aiokafka|asyncio|sqlalchemy)(\.[a-z_]+)*\Z"),
    "state": re.compile(r"(BEGUN|READ|COMPLETED|HELD|REFUSED)\Z"),
    "error": re.compile(r"[A-Za-z]{1,40}(Error|Exception|Failed|Refused|Retry|Stop)\Z"),
    "event": re.compile("|".join(EVENTS)),
}


def from_file(path: Path) -> list[dict[str, Any]]:
    """The last lines of a log file.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        file.seek(0, 2)
        file.seek(max(0, file.tell() - _MOST_BYTES))
        text = file.read().decode("utf-8", "replace")
    return [reduced(line) for line in deque(text.splitlines(), _MOST_LINES)]


def from_journal(jobcenter: str) -> list[dict[str, Any]]:
    """The last lines of the systemd unit of a connector; none where there is no journal."""
    if shutil.which("journalctl") is None:
        return []
    command = ["journalctl", "--unit", f"jobhub-connector@{jobcenter}", "--lines", str(_MOST_LINES), "--output", "cat"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_JOURNAL_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return []
    return [reduced(line) for line in done.stdout.splitlines()] if done.returncode == 0 else []


def reduced(line: str) -> dict[str, Any]:
    """What is left of one line. Its text is kept only if it is one of our own, which never hold a value."""
    try:
        entry = json.loads(line)
    except ValueError:
        entry = None
    if isinstance(entry, dict):
        return _of_entry(entry)
    found: dict[str, Any] = {"length": len(line)}
    if time := _TIME.search(line):
        found["timestamp"] = time[0]
    if level := _LEVEL.search(line):
        found["level"] = level[0].lower()
    if codes := sorted(set(_CODE.findall(line))):
        found["codes"] = codes
    return found


def _of_entry(entry: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in entry.items():
        if (
            (name in _NUMBERS and isinstance(value, int | float))
            or (name in _KEPT and isinstance(value, str) and _KEPT[name].fullmatch(value))
        ):  # fmt: skip
            found[name] = value
        elif name == "rejected_by_code" and isinstance(value, dict):
            found[name] = {code: n for code, n in value.items() if _CODE.fullmatch(code) and isinstance(n, int)}
    text = entry.get("event")
    if isinstance(text, str) and "event" not in found:
        found["event"] = f"<{len(text)} characters>"
    return found
