"""A finished batch passes through aiokafka's accumulator as one of its own does."""

from __future__ import annotations

from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.producer.message_accumulator import BatchBuilder, MessageAccumulator

from hub.steps.batch import Row, copy_of
from schemas.record_batch import ReadyBatch, write

TP = TopicPartition("jobhub.vacancy.v1", 1)
ROWS = [Row(b"k%d" % n, b"v%d" % n, 5 + n, [("a", b"b")]) for n in range(3)]


class Transaction:
    """As much of a transaction manager as the accumulator asks for."""

    transactional_id, producer_id, producer_epoch = "t", 8, 2

    def __init__(self) -> None:
        self.sent = 40

    def maybe_add_partition_to_txn(self, tp: TopicPartition) -> None:
        assert tp == TP

    def has_pid(self) -> bool:
        return True

    def sequence_number(self, _: TopicPartition) -> int:
        return self.sent

    def increment_sequence_number(self, _: TopicPartition, count: int) -> None:
        self.sent += count


class Cluster:
    """One leader for everything."""

    def leader_for_partition(self, _: TopicPartition) -> int:
        return 0


def _aiokafkas() -> Any:
    builder = BatchBuilder(1 << 20, 0, is_transactional=1)
    for row in ROWS:
        builder.append(timestamp=row.timestamp_ms, key=row.key, value=row.value, headers=row.headers)
    return builder


def _ours() -> Any:
    [records] = write(map(copy_of, ROWS), 1 << 20)
    return ReadyBatch(records, transactional=True)


@pytest.mark.parametrize("make", [_aiokafkas, _ours])
async def test_it_is_drained_numbered_sent_again_and_confirmed(make: Any) -> None:
    transaction = Transaction()
    accumulator = MessageAccumulator(Cluster(), 1 << 20, 0, 30, txn_manager=transaction, linger_ms=0)
    batch = make()
    batch.close()
    sent = await accumulator.add_batch(batch, TP, 5)

    nodes, unknown = accumulator.drain_by_nodes(set())
    drained = nodes[0][TP]
    content = bytes(drained.get_data_buffer())
    accumulator.reenqueue(drained)
    [again] = (batches[TP] for batches in accumulator.drain_by_nodes(set())[0].values())
    again.done(base_offset=17)

    expected = _aiokafkas()
    expected._set_producer_state(8, 2, 40)
    assert (False, bytes(expected._build()), content) == (unknown, content, bytes(again.get_data_buffer()))
    assert (43, 17) == (transaction.sent, (await sent).offset)
