"""`jobhub` with a step that cannot bear a certain key: JOBHUB_TEST_KILLER_KEY, JOBHUB_TEST_KILLER=exit|raise."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from hub import flow
from hub.cli.main import main
from hub.steps.batch import Part
from hub.steps.decode import decode as real_decode
from schemas.codec import Codec

_KILLER = os.environ.get("JOBHUB_TEST_KILLER_KEY", "").encode()


def _decode(codec: Codec, parts: Sequence[Part]) -> list[Any]:
    for part in parts:
        for record in part.records:
            if record.key == _KILLER and record.offset not in part.poison:
                if os.environ["JOBHUB_TEST_KILLER"] == "exit":
                    os._exit(139)
                raise ValueError(f"cannot bear {record.value!r}")
    return real_decode(codec, parts)


if _KILLER:
    flow.decode = _decode  # type: ignore[attr-defined]

if __name__ == "__main__":
    main()
