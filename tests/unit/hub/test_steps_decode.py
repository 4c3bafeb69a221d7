"""What cannot be read is a finding with a code, never an exception."""

from __future__ import annotations

from typing import Any

import pytest

from hub.steps.batch import Batch
from hub.steps.decode import decode
from schemas.codec import codec
from schemas.codes import Finding
from tests.support.events import vacancy
from tests.support.raw import FakeRecord, batch_of, raw_of

GOOD = raw_of("vacancy", vacancy()).value or b""


def _decode(batch: Batch) -> list[Any]:
    return decode(codec("vacancy"), batch.parts)


@pytest.mark.parametrize(
    "value, code",
    [
        (None, "E606"),
        (b"", "E606"),
        (GOOD[:-3], "E602"),
        (GOOD + b"\0", "E603"),
        (b"\0\0\0\x99\x99" + GOOD[5:], "E601"),
        (codec("measure").header + GOOD[5:], "E607"),
        (b"hello", "E601"),
        (b"\0" * (1 << 20) + b"\0", "E605"),
    ],
)
def test_poison_gets_its_code_and_its_neighbours_pass(value: bytes | None, code: str) -> None:
    batch = batch_of("vacancy", raw_of("vacancy", vacancy()), FakeRecord(value, b"k"), raw_of("vacancy", vacancy()))

    before, poison, after = _decode(batch)

    assert (vacancy(), Finding(code), vacancy()) == (before, poison, after)


@pytest.mark.parametrize("headers", [[("a", b"")] * 101, [("a", b"x" * 16_385)], [("x" * 16_385, None)]])
def test_too_many_or_too_large_headers_are_refused(headers: list[tuple[str, bytes | None]]) -> None:
    batch = batch_of("vacancy", raw_of("vacancy", vacancy(), headers=headers))

    assert [Finding("E608")] == _decode(batch)


def test_a_header_without_a_value_does_no_harm() -> None:
    batch = batch_of("vacancy", raw_of("vacancy", vacancy(), headers=[("jobhub_delivery", None), ("ce_id", None)]))

    assert [vacancy()] == _decode(batch)


class Explosive:
    """Whoever looks at it finds out."""

    offset = 1

    def __getattr__(self, name: str) -> None:
        raise AssertionError(f"{name} was looked at")


def test_poison_is_not_looked_at() -> None:
    batch = batch_of("vacancy", raw_of("vacancy", vacancy()), Explosive(), poison={1})  # type: ignore[arg-type]

    assert [vacancy(), Finding("E901")] == _decode(batch)
