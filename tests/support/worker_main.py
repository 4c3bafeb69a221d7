"""`jobhub` as a test wants it.

With a step that cannot bear a certain key: JOBHUB_TEST_KILLER_KEY, JOBHUB_TEST_KILLER=exit|raise. Some days ago:
JOBHUB_TEST_DAYS_AGO. With too short a memory for what has ended: JOBHUB_TEST_FORGETS_AFTER_DAYS.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from typing import Any

from hub import flow
from hub.cli.main import main
from hub.fast.judge import Judge
from hub.steps.batch import Batch, Good, Part, Sure
from hub.steps.decode import decode as real_decode
from hub.stream import task
from hub.stream.forgetting import Forgetting
from schemas.codec import Codec

real_judge = Judge.judge
_KILLER = os.environ.get("JOBHUB_TEST_KILLER_KEY", "").encode()


def _meet(parts: Sequence[Part]) -> None:
    for part in parts:
        for record in part.records:
            if record.key == _KILLER and record.offset not in part.poison:
                if os.environ["JOBHUB_TEST_KILLER"] == "exit":
                    os._exit(139)
                raise ValueError(f"cannot bear {record.value!r}")


def _decode(codec: Codec, parts: Sequence[Part]) -> list[Any]:
    _meet(parts)
    return real_decode(codec, parts)


def _judge(judge: Judge, batch: Batch) -> list[Sure | Good | None]:
    _meet(batch.parts)
    return real_judge(judge, batch)


if _KILLER:
    flow.decode = _decode  # type: ignore[attr-defined]
    Judge.judge = _judge  # type: ignore[method-assign,assignment]

if days_ago := int(os.environ.get("JOBHUB_TEST_DAYS_AGO", "0")):
    task._now_ms = lambda: int((time.time() - days_ago * 86_400) * 1000)

if forgets_after := int(os.environ.get("JOBHUB_TEST_FORGETS_AFTER_DAYS", "0")):
    real_init = Forgetting.__init__

    def _forgetful(self: Forgetting, *given: Any) -> None:
        real_init(self, *given)
        self._kept_ms = forgets_after * 86_400_000

    Forgetting.__init__ = _forgetful  # type: ignore[method-assign,assignment]

if __name__ == "__main__":
    main()
