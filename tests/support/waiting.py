"""A program that says it is ready and then waits for ever, at a place with a name."""

from __future__ import annotations

import asyncio
import json


async def for_nothing() -> None:
    print(json.dumps({"event": "ready"}), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(for_nothing())
