"""The Kafka client of a sink, with the settings that make it careful."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer


def group_member(
    group: str, bootstrap_servers: str, session_secs: float, security: Mapping[str, Any]
) -> AIOKafkaConsumer:
    """A member of a sink's group. It neither commits by itself nor chooses a position: both are the database's."""
    return AIOKafkaConsumer(
        bootstrap_servers=bootstrap_servers,
        group_id=group,
        client_id=group,
        enable_auto_commit=False,
        auto_offset_reset="none",
        isolation_level="read_committed",
        session_timeout_ms=int(session_secs * 1000),
        heartbeat_interval_ms=int(session_secs * 300),
        # After a broker restart a group can stand still without an error until its metadata grow old.
        metadata_max_age_ms=5_000,
        max_partition_fetch_bytes=4 << 20,
        # One request at a time goes to each broker: one that waits for a quiet topic keeps busy ones waiting too.
        fetch_max_wait_ms=50,
        **security,
    )
