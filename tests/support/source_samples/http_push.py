"""An inbox."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

from connectors.conformance import Sample
from connectors.contract.workplace import Workplace
from connectors.sources import http_push
from tests.support.source_samples.content import CANARY, COLUMNS, FULL_ROWS, ROWS, WANTED

_VARIABLE = "TEST_SAMPLE_PUSH_TOKEN"


@contextmanager
def sample(tmp_path: Path) -> Iterator[Sample]:
    """A request that was acknowledged; then one with an item that cannot be read."""
    (tmp_path / "in").mkdir()
    private = tmp_path / "private"

    def make() -> http_push.Source:
        return http_push.Source("s", {"port": 0, "token_env": _VARIABLE}, WANTED, None, "delta")

    def hand_in(body: bytes) -> None:
        source = make()
        source.open(Workplace(private, lambda rows: [None for _ in rows]))
        headers = {"Authorization": f"Bearer {CANARY * 2}", "Content-Type": "application/json"}
        address = f"http://127.0.0.1:{source.port}/events"
        assert 202 == httpx2.post(address, content=body, headers=headers, trust_env=False).status_code
        source.close()

    os.environ[_VARIABLE] = CANARY * 2
    try:
        hand_in(json.dumps(FULL_ROWS).encode())
        yield Sample(
            make, tmp_path / "in", COLUMNS, ROWS, CANARY,
            spoil=(lambda: hand_in(f'[{{"Nr": "{CANARY}", "Nr": 1}}]'.encode()),), private=private,
        )  # fmt: skip
    finally:
        os.environ.pop(_VARIABLE)
