"""Places where a test lets the process die or stand still: JOBHUB_FAILPOINT=step:count, or step:count:stop."""

from __future__ import annotations

import os
import signal
from collections import Counter

_step, _count, _how = ([*os.environ.get("JOBHUB_FAILPOINT", "").split(":"), "", ""])[:3]
_passed: Counter[str] = Counter()


def at(step: str) -> None:
    """Nothing, unless a test named this step: then the process kills (or stops) itself at the given passage."""
    if step == _step:
        _passed[step] += 1
        if _passed[step] == int(_count):
            os.kill(os.getpid(), signal.SIGSTOP if _how == "stop" else signal.SIGKILL)
