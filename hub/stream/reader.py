"""A consumer without a group, for what a task reads of its own outputs before it works."""

from __future__ import annotations

from typing import Any

from aiokafka import AIOKafkaConsumer

from hub.stream.options import METADATA_MAX_AGE_MS, WorkerOptions


def reader(options: WorkerOptions, *, committed: bool = True) -> Any:
    """Not started yet. `committed`: what an open or aborted transaction wrote is left out."""
    return AIOKafkaConsumer(
        bootstrap_servers=options.bootstrap_servers,
        isolation_level="read_committed" if committed else "read_uncommitted",
        auto_offset_reset="none",
        enable_auto_commit=False,
        max_partition_fetch_bytes=4 << 20,
        metadata_max_age_ms=METADATA_MAX_AGE_MS,
        **options.security,
    )
