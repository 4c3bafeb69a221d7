"""aiokafka as a worker has it, for a while: any header name is read, and raw topics come as columns."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from aiokafka.consumer import fetcher

from hub.stream.fetches import read_in_columns
from schemas.header_names import read_any_header_name

_REPLACED = ("MemoryRecords", "FetchResult", "PartitionRecords")


@contextmanager
def reading_in_columns() -> Iterator[None]:
    """For `with`; afterwards the names are aiokafka's own again."""
    before = {name: getattr(fetcher, name) for name in _REPLACED}
    read_any_header_name()
    read_in_columns()
    yield
    for name, value in before.items():
        setattr(fetcher, name, value)
