"""A finished record batch in the form aiokafka's producer wants one.

Its own, aiokafka.producer.message_accumulator.BatchBuilder (0.14.0, pinned), is filled record by record.
tests/unit/hub/test_ready_batch.py notices when aiokafka asks for more than there is here.
"""

from __future__ import annotations

from hub.stream.record_batches import Records


class ReadyBatch:
    """In place of a BatchBuilder that is closed."""

    def __init__(self, records: Records) -> None:
        self._records, self._built = records, b""
        self._producer = (-1, -1, 0)

    def record_count(self) -> int:
        """Number of records."""
        return self._records.count

    def closed(self) -> bool:
        """Nothing can be added."""
        return True

    def close(self) -> None:
        """It is."""

    def _set_producer_state(self, producer_id: int, producer_epoch: int, base_sequence: int) -> None:
        self._producer = producer_id, producer_epoch, base_sequence

    def _build(self) -> bytes:
        # Asked for again when a request is sent again: the same bytes then.
        self._built = self._built or self._records.batch(*self._producer)
        return self._built
