"""Where a key lies must never change: against aiokafka's own choice, and against values of Kafka's Java client."""

import random
from collections.abc import Sequence

import pytest
from aiokafka.partitioner import DefaultPartitioner
from aiokafka.partitioner import murmur2 as java
from hypothesis import given
from hypothesis import strategies as st

from connectors import partition
from connectors.partition import murmur2, partitions_of

_LETTERS = "abcxyzABC0123456789:-_/. äöüÄÖÜßéøł€漢🙂"


def keys() -> list[bytes]:
    """As sources give them, and of every length."""
    pick = random.Random(11)
    made = ["".join(pick.choices(_LETTERS, k=pick.randrange(1, 60))) for _ in range(5000)]
    plain = [f"muenster:{number:08}" for number in range(5000)]
    return [key.encode() for key in (*made, *plain, "", "ä", "Münsterländer Straße 7", "borken:BOR-0000001")]


def chosen(count: int) -> list[int]:
    return partitions_of(keys(), range(count))


def expected(count: int) -> list[int]:
    choose = DefaultPartitioner()
    return [choose(key, list(range(count)), list(range(count))) for key in keys()]


@pytest.mark.parametrize("count", [1, 4, 7, 12])
def test_every_key_lies_where_the_producer_would_put_it(count: int) -> None:
    assert expected(count) == chosen(count)


def test_keys_are_spread_over_all_partitions() -> None:
    assert {0, 1, 2, 3} == set(chosen(4))


# org.apache.kafka.common.utils.UtilsTest.testMurmur2
VALUES = {
    b"21": -973932308,
    b"foobar": -790332482,
    b"a-little-bit-long-string": -985981536,
    b"a-little-bit-longer-string": -1486304829,
    b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
    b"abc": 479470107,
}


@pytest.mark.parametrize("key, value", VALUES.items())
def test_values_of_the_java_client(key: bytes, value: int) -> None:
    assert [value % (1 << 32)] == [*murmur2([key], len(key))]


@given(st.integers(0, 40).flatmap(lambda length: st.lists(st.binary(min_size=length, max_size=length), min_size=1)))
def test_keys_side_by_side_do_not_touch_each_other(some: list[bytes]) -> None:
    assert [java(key) for key in some] == [*murmur2(some, len(some[0]))]


def test_of_no_keys_there_are_no_partitions() -> None:
    assert [] == partitions_of([], range(4))


def short(keys: list[bytes], length: int) -> Sequence[int]:
    """Without the bytes behind the last whole word."""
    return murmur2([key[: length & ~3] for key in keys], length & ~3)


@pytest.mark.parametrize("broken", [lambda keys, length: [*map(sum, keys)], short])
def test_another_way_to_choose_is_noticed(broken: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partition, "murmur2", broken)

    assert expected(4) != chosen(4)
