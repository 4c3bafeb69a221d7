"""Records whose header names are no text are read, marked, and refused; their neighbours are not harmed."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

import pytest
from aiokafka.consumer import fetcher
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy
from aiokafka.record.memory_records import MemoryRecords

from hub.steps.headers import letterhead
from schemas.header_names import Records, read_any_header_name


class Name(str):
    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        return super().encode("utf-8", "surrogateescape")


def batch(*names: str, base: int = 0, compression: int = 0) -> bytes:
    builder = _DefaultRecordBatchBuilderPy(
        magic=2,
        compression_type=compression,
        is_transactional=False,
        producer_id=-1,
        producer_epoch=-1,
        base_sequence=-1,
        batch_size=1 << 16,
    )
    for offset, name in enumerate(names):
        builder.append(offset, timestamp=1, key=b"k", value=b"v" * 10, headers=[(Name(name), b"x")])
    content = bytearray(builder.build())
    struct.pack_into(">q", content, 0, base)
    return bytes(content)


def read(records: Any) -> Iterator[tuple[int, str]]:
    while records.has_next():
        for record in records.next_batch():
            yield record.offset, record.headers[0][0]


@pytest.mark.parametrize("compression", [0, 1], ids=["plain", "gzip"])
def test_a_name_that_is_no_text_is_marked_and_its_neighbours_stay(compression: int) -> None:
    content = batch("a", "\udcff", "ä", compression=compression) + batch("b", "c\udcfe", base=3)

    assert [(0, "a"), (1, "\ufffd"), (2, "ä"), (3, "b"), (4, "c\ufffd")] == list(read(Records(content)))


def test_without_this_aiokafka_stops_at_it() -> None:
    with pytest.raises(UnicodeDecodeError):
        list(read(MemoryRecords(batch("a", "\udcff"))))


def test_a_batch_cut_off_by_the_size_of_the_fetch_is_left_for_the_next() -> None:
    content = batch("a") + batch("b", base=1)[:-3]

    assert [(0, "a")] == list(read(Records(content)))


def test_it_takes_the_place_aiokafka_has_for_it() -> None:
    before = fetcher.MemoryRecords
    try:
        assert hasattr(fetcher, "MemoryRecords")
        read_any_header_name()
        assert fetcher.MemoryRecords is Records
    finally:
        fetcher.MemoryRecords = before


@pytest.mark.parametrize("headers", [[("\ufffd", b"x")], [("ce_id", b"1"), ("x\ufffd", None)]])
def test_a_record_with_a_marked_name_is_refused(headers: list[tuple[str, bytes | None]]) -> None:
    assert letterhead(headers) is None
    assert letterhead([(name.replace("\ufffd", "x"), value) for name, value in headers]) is not None
