"""`jobhub` as usual, but a test may name a step of the sinks at which the process kills or stops itself.

JOBHUB_SINK_DIES_AT=step:passage, or step:passage:stop. The steps, in the order of a batch:
before (the transaction), advanced, written, accounted (all but the commit), committed.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Awaitable, Callable
from typing import Any

from hub.cli.main import main
from hub.sinks.engine import account, progress
from hub.sinks.engine.store import Store
from hub.sinks.engine.table import TargetTable

STEPS = ("before", "advanced", "written", "accounted", "committed")

_step, _passage, _how = ([*os.environ.get("JOBHUB_SINK_DIES_AT", "").split(":"), "", ""])[:3]
_passed = 0


def _at(step: str) -> None:
    global _passed
    if step and step == _step:
        _passed += 1
        if _passed == int(_passage):
            os.kill(os.getpid(), signal.SIGSTOP if _how == "stop" else signal.SIGKILL)


def _around(call: Callable[..., Awaitable[Any]], before: str = "", after: str = "") -> Any:
    async def stepped(*args: Any, **kwargs: Any) -> Any:
        _at(before)
        result = await call(*args, **kwargs)
        _at(after)
        return result

    return stepped


if __name__ == "__main__":
    progress.advance = _around(progress.advance, after="advanced")
    account.write_range = _around(account.write_range, after="accounted")
    TargetTable.write = _around(TargetTable.write, after="written")  # type: ignore[method-assign]
    Store.store = _around(Store.store, before="before", after="committed")  # type: ignore[method-assign]
    main()
