"""Holds the files of other projects in static/vendor to the versions and hashes of vendor.lock.json."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

VENDOR = Path(__file__).with_name("static") / "vendor"
LOCK = "vendor.lock.json"


def problems(folder: Path = VENDOR) -> list[str]:
    """What differs from the lock; empty when every file is there, is the one locked, and none is there besides."""
    locked: dict[str, str] = {}
    for package in json.loads((folder / LOCK).read_text(encoding="utf-8"))["packages"]:
        locked |= package["files"]
    present = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name != LOCK
    }
    return (
        [f"{name}: missing" for name in sorted(locked.keys() - present.keys())]
        + [f"{name}: not in {LOCK}" for name in sorted(present.keys() - locked.keys())]
        + [f"{name}: changed" for name in sorted(locked.keys() & present.keys()) if locked[name] != present[name]]
    )


if __name__ == "__main__":
    sys.exit("\n".join(problems()) or 0)
