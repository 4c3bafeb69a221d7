"""Renew the expected texts, and show what changes: `python -m tests.golden`. With --check nothing is written."""

from __future__ import annotations

import difflib
import sys
import tempfile
from pathlib import Path

from tests.golden.files import FILES
from tests.golden.produce import EXPECTED, LANGUAGES, expected_file, printed


def main(arguments: list[str]) -> int:
    """Print the differences; write them unless --check is given. 1 if there are some."""
    changed = 0
    EXPECTED.mkdir(exist_ok=True)
    wanted = {expected_file(name, language) for name in FILES for language in LANGUAGES}
    for stale in sorted(set(EXPECTED.glob("*.txt")) - wanted):
        print(f"{stale.name}: belongs to no file any more")
        changed += 1
        if "--check" not in arguments:
            stale.unlink()
    with tempfile.TemporaryDirectory() as folder:
        for name in FILES:
            for language in LANGUAGES:
                path, now = expected_file(name, language), printed(name, language, Path(folder))
                before = path.read_text(encoding="utf-8") if path.exists() else ""
                if now == before:
                    continue
                changed += 1
                lines = (before.splitlines(), now.splitlines())
                print("\n".join(difflib.unified_diff(*lines, path.name, path.name, lineterm="")))
                if "--check" not in arguments:
                    path.write_text(now, encoding="utf-8")
    print(f"{changed} changed")
    return int(changed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
