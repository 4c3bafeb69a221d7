"""`jobhub` as usual, but broken in one way a test names. Never started outside of tests/chaos."""

from __future__ import annotations

import os

from hub.cli.main import main
from tests.chaos import breaks

if __name__ == "__main__":
    for name in os.environ.get("JOBHUB_CHAOS_BREAK", "").split(","):
        if name:
            breaks.BREAKS[name]()
    main()
