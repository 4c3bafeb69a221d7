"""Notes that all pages were checked for barriers today without findings; `make browser` runs it after such a run."""

from __future__ import annotations

import json
import re
from datetime import datetime

from axe_playwright_python.sync_playwright import Axe

from hub.settings import BERLIN
from hub.web.checked import NOTED
from tests.browser.modes import MODES
from tests.support.pages import PAGES


def axe_version() -> str:
    """Version of the axe script that the tests run."""
    found = re.search(r"axe v([0-9.]+)", Axe().axe_script)
    return found[1] if found else "unknown"


def note(day: str) -> str:
    """The file that the accessibility statement reads."""
    return (
        "# Written by `make browser` after a run of axe over all pages without findings.\n"
        f"day: {day}\naxe: {json.dumps(axe_version())}\npages: {2 * len(PAGES)}\nmodes: {len(MODES)}\n"
    )


if __name__ == "__main__":
    NOTED.write_text(note(datetime.now(BERLIN).date().isoformat()), encoding="utf-8")
