"""`python -m tests.bench.check [ROWS]`: how long `jobhub check` takes for a file nobody described.

Three files: one with a defect in every thousandth row, one with two defects in every row, and the first once more
with a workbook of all rows as report. Wall-clock seconds, seconds of CPU, and microseconds of CPU per row.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.csv_made import write_csv

ROWS = 100_000


def main(arguments: list[str]) -> int:
    """Print one line for each file."""
    count = int(arguments[0]) if arguments else ROWS
    with tempfile.TemporaryDirectory(prefix="jobhub-bench-") as folder:
        good, bad = Path(folder) / "gut.csv", Path(folder) / "schlecht.csv"
        write_csv(good, count)
        _spoil(good, bad)
        for name, path, options in (
            ("a defect in every 1,000th row", good, []),
            ("two defects in every row", bad, []),
            ("with a workbook of all rows", good, ["--report", str(Path(folder) / "fehler.xlsx")]),
        ):
            wall, cpu = _timed([sys.executable, "-m", "hub.cli.main", "check", str(path), "--json", *options])
            print(f"{name:32}{count:>9,} rows{wall:8.1f} s{cpu:8.1f} s CPU{1e6 * cpu / count:8.1f} µs CPU per row")
    return 0


def _spoil(good: Path, bad: Path) -> None:
    """Every start becomes a day no calendar has, and every place of work loses a digit of its postcode."""
    lines = good.read_bytes().split(b"\r\n")
    plz, start = (lines[2].split(b";").index(name) for name in (b"PLZ", b"Beginn"))
    for number, line in enumerate(lines[3:], start=3):
        cells = line.split(b";")
        if len(cells) > start and b'"' not in line:
            cells[plz], cells[start] = cells[plz][:4], b"31.02.2027"
            lines[number] = b";".join(cells)
    bad.write_bytes(b"\r\n".join(lines))


def _timed(command: list[str]) -> tuple[float, float]:
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1):
        raise RuntimeError(done.stderr.decode("utf-8", "replace")[-2000:])
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
