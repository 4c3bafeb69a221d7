"""Rows packed column by column are those of the plain way, to the byte; and each check, taken away, is missed."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from psycopg import adapters
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import Format
from sqlalchemy import Table

from hub.fast.walk import Walk
from hub.sinks.board import JOB, JOB_DOC
from hub.sinks.engine import packing, read
from hub.sinks.engine.entities import entity_target
from hub.sinks.engine.registry import sinks
from hub.sinks.engine.target import Item, Row, Target, written
from hub.store.tables import job, job_doc
from schemas import topics
from schemas.codec import codec
from schemas.envelope import Coordinates, curated_headers
from schemas.topics import INTERNAL_VACANCY, Event
from tests.support.events import PLAIN, ended, vacancy
from tests.support.mixed_raws import MixedRaws
from tests.support.sink_log import Curated, of_vacancy, removal

TARGETS: list[tuple[str, str, Event]] = [
    ("board", topics.curated("vacancy"), "vacancy"),
    ("board", topics.curated("measure"), "measure"),
    ("reporting", INTERNAL_VACANCY, "vacancy"),
    ("reporting", topics.curated("measure"), "measure"),
    ("reporting", topics.curated("placement"), "placement"),
]
BOARD = sinks()["board"].target(topics.curated("vacancy"))


def mixed(topic: str, event: Event, batches: int = 4) -> Iterator[Curated]:
    """Records of every kind, sound ones and broken ones, with the headers the hub gives them."""
    raws = MixedRaws(event, seed=17)
    for _ in range(batches):
        for raw in raws.batch(150).parts[0].records:
            origin = Coordinates(topics.raw("borken", event), raw.offset % 3, 7 * raw.offset)
            headers = curated_headers([told for told in raw.headers if told[1] is not None], origin)  # type: ignore[misc]
            yield Curated(raw.value, raw.key, raw.offset, topic, raw.offset % 2, raw.timestamp, headers)


def packed_alone(target: Target, record: Curated) -> Item | None:
    """What the quick way makes of a record; None in doubt."""
    assert target.pack is not None
    try:
        [item] = target.pack([record])
    except Exception:
        return None
    return item


def differences(target: Target, records: Sequence[Curated]) -> list[str]:
    """Records of which the quick way is sure, and of which the plain way thinks otherwise."""
    pairs = [(record.offset, packed_alone(target, record), record) for record in records]
    return [
        f"{place}: {found}" for place, item, record in pairs if item and (found := difference(target, item, record))
    ]


def difference(target: Target, item: Item, record: Curated) -> str | None:
    """In what an item differs from the one the plain way makes of the record."""
    try:
        plain = target.read(record)
    except Exception as error:
        return f"not refused with {error!r}"
    for name in ("offset", "key", "order", "fingerprint", "origin"):
        if getattr(item, name) != getattr(plain, name):
            return name
    rows: list[Row] = [
        {**plain.row, "fingerprint": plain.fingerprint, **dict(zip(target.order, plain.order or (), strict=True))}
    ]
    rows += [row for further in plain.rows for row in further]
    tables = [target.table, *(child.table for child in target.children)]
    for table, row, packed in zip(tables, rows, item.packed or (), strict=True):
        if packed != by_psycopg(table, row):
            return f"row of {table.fullname}"
    return None


def by_psycopg(table: Table, row: Row) -> bytes:
    """A row as psycopg packs it."""
    columns, dumper = written(table), Transformer()
    dumper.set_dumper_types([adapters.types.get_oid(packing._kind(column)) for column in columns], Format.BINARY)
    cells = dumper.dump_sequence([row.get(column.name) for column in columns], [PyFormat.BINARY] * len(columns))
    sized = (struct.pack(">i", len(cell)) + cell if cell is not None else b"\xff\xff\xff\xff" for cell in cells)
    return struct.pack(">h", len(columns)) + b"".join(sized)


@pytest.mark.parametrize("sink, topic, event", TARGETS)
def test_both_ways_make_the_same_rows(sink: str, topic: str, event: Event) -> None:
    target = sinks()[sink].target(topic)
    records = list(mixed(topic, event))

    assert [] == differences(target, records)
    assert len([record for record in records if packed_alone(target, record)]) > len(records) / 2


@pytest.mark.parametrize("sink, topic, event", TARGETS)
def test_neighbours_do_not_change_a_row(sink: str, topic: str, event: Event) -> None:
    target = sinks()[sink].target(topic)
    sound = [record for record in mixed(topic, event) if packed_alone(target, record)]
    assert target.pack is not None

    pairs = zip(target.pack(sound), sound, strict=True)

    assert [] == [found for item, record in pairs if (found := difference(target, item, record))]


async def test_one_that_is_broken_takes_all_of_them_the_plain_way() -> None:
    log = [of_vacancy(offset, "erprobung", f"E{offset}", 1) for offset in range(40)]
    log[3].value = b"\0" * 12
    log[5] = removal(5, "erprobung", "E5")

    reading = await read.read(BOARD, log)

    assert ([3], 39) == ([noted.offset for noted in reading.refused], len(reading.items))
    assert {None} == {item.packed for item in reading.items}
    assert list(range(40)) == sorted([item.offset for item in reading.items] + [3])


async def test_many_at_once_come_in_the_order_of_their_offsets() -> None:
    log = [of_vacancy(offset, "erprobung", f"E{offset % 7}", offset) for offset in range(40)]
    log[5] = removal(5, "erprobung", "E5")

    reading = await read.read(BOARD, log)

    assert list(range(40)) == [item.offset for item in reading.items]
    assert [5] == [item.offset for item in reading.items if item.packed is None]
    assert [record.timestamp for record in log] == [came.timestamp for came in reading.came]


def test_what_is_remembered_does_not_grow_without_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "_REMEMBERED_MAX", 3)
    remembered = packing._Remembered(str, "text")

    cells = [remembered[number] for number in range(10)]

    assert len(remembered) <= 3
    assert [b"\0\0\0\1%d" % number for number in range(10)] == cells


# ------------------------------------------------------------------------------------------------------------ mutants


def _never(*_: Any, **__: Any) -> None:
    return None


def no_header(monkeypatch: pytest.MonkeyPatch) -> None:
    def pass_by(self: Walk, told: bytes) -> None:
        self.at = self.at + len(told)

    monkeypatch.setattr(Walk, "expect", pass_by)


def no_suspicion(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Walk, "suspect", _never)


def no_end(monkeypatch: pytest.MonkeyPatch) -> None:
    real = packing.Packing._read_all

    def unended(self: packing.Packing, walk: Walk) -> Any:
        spans = real(self, walk)
        walk.end = walk.at
        return spans

    monkeypatch.setattr(packing.Packing, "_read_all", unended)


def no_utf8(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "doubt_utf8", _never)


def first_field_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is made of several fields is remembered by the first one."""
    real = packing._Remembered.__missing__

    def missing(self: Any, told: Any) -> bytes:
        if not isinstance(told, tuple):
            return real(self, told)
        firsts = self.__dict__.setdefault("firsts", {})
        if told[0] not in firsts:
            firsts[told[0]] = real(self, told)
        return bytes(firsts[told[0]])

    monkeypatch.setattr(packing._Remembered, "__missing__", missing)


def _damaged() -> list[Curated]:
    whole = vacancy(description="Köchin")
    value = codec("vacancy").encode(whole)
    text = "Köchin".encode()
    values = [
        value.replace(text, b"K\xc3(chin"),
        value.replace(text, b"K\xed\xa0\x80chn")[: len(value)],
        value + b"\0",
        value[:-1],
        codec("measure").header + value[5:],
        value.replace(b"\x02", b"\x04", 1),
        value.replace(b"\x00\x02", b"\x00\x82\x00", 1),
    ]
    more = [vacancy(), ended(vacancy()), {**PLAIN["vacancy"](), "employer": None}]
    return [of_vacancy(n, "borken", "S", 1) for n in range(3)] + [
        Curated(value, b"borken:S", offset)
        for offset, value in enumerate(values + [codec("vacancy").encode(m) for m in more])
    ]


def test_damaged_records_are_left_to_the_plain_way() -> None:
    assert [] == differences(BOARD, _damaged())


@pytest.mark.parametrize("mutant", [no_header, no_suspicion, no_end, no_utf8, first_field_only])
def test_a_check_that_is_gone_is_missed(
    monkeypatch: pytest.MonkeyPatch, mutant: Callable[[pytest.MonkeyPatch], None]
) -> None:
    mutant(monkeypatch)
    target = entity_target("vacancy", job, JOB, (job_doc, JOB_DOC))  # remembers nothing yet

    assert [] != differences(target, [*_damaged(), *mixed(topics.curated("vacancy"), "vacancy")])
