"""What a lost state file learns from the Jobcenter's own topics: rubbish among them tells nothing and stops nothing."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from connectors.recall import Recalled
from schemas.codec import codec
from tests.support.events import vacancy

SOUND = codec("vacancy").encode(vacancy(jobcenter="borken", source_id="B-1", version=3))


def _record(value: bytes, key: bytes = b"borken:B-1") -> SimpleNamespace:
    return SimpleNamespace(key=key, value=value, headers=[])


@pytest.mark.parametrize(
    "value", [b"", b"no avro", SOUND[:5] + b"\xff" * 40, SOUND[:-1], SOUND[:7] + b"\xc3\x28" + SOUND[9:]]
)
def test_what_cannot_be_read_tells_nothing(value: bytes) -> None:
    recalled = Recalled("borken")

    for rubbish in (value, SOUND, value):
        recalled.event("vacancy", _record(rubbish))
        recalled.delivery(_record(rubbish))

    assert [3] == [what.known.version for what in recalled.entities["vacancy"].values()]
    assert {} == recalled.deliveries
