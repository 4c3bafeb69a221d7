"""How a worker runs. One object, made by the command line and handed down."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from schemas import topics

METADATA_MAX_AGE_MS = 5_000
"""After a broker restart a client must not believe in old leaders for five minutes (the default)."""

SKELETON_DAYS_MIN = 79
"""So long at least what ended is remembered (rule V12): raw topics are kept for 14 days, refused records, which can be
sent again, for 30, and the oldest backup to be restored is 30 days old; 5 more because Kafka and backups delete late.
Whoever keeps one of them for longer keeps the ends for longer too."""

REQUEST_SECS = 60.0
"""Longest wait for one step of a transaction. A time-out is an unknown outcome, and that ends the process."""


@dataclass(frozen=True, slots=True)
class WorkerOptions:
    """What a worker reads, where, and how patient it is."""

    bootstrap_servers: str
    jobcenters: Sequence[str]
    data: Path
    app: str = "jobhub"
    """Name of the consumer group and first part of every transactional id. One for all workers of a hub."""
    public_keys: Mapping[str, bytes] = field(default_factory=dict)
    session_secs: float = 10.0
    """After this time without a sign of life a worker's partitions go to others."""
    stall_secs: float = 60.0
    """Work waits and nothing was committed for so long: the process ends and is started again."""
    poll_records_max: int = 4_000
    linger_secs: float = 0.02
    """So long the first record of a batch waits for others. Live this decides how many transactions there are, and they
    are what live traffic costs; while one is under way the next batch gathers anyway."""
    security: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """Further settings of every Kafka client: security_protocol, sasl_mechanism …"""
    skeleton_days: int = SKELETON_DAYS_MIN
    """So long after its end an entity is remembered."""

    def __post_init__(self) -> None:
        if self.skeleton_days < SKELETON_DAYS_MIN:
            raise ValueError(
                f"what ended is remembered for {SKELETON_DAYS_MIN} days at least, not for {self.skeleton_days}:"
                " what is kept elsewhere could bring it back"
            )

    @property
    def faust_group(self) -> str:
        """Group of this process's probe: a shared one would stop the agents whenever any worker comes or goes."""
        return f"{self.app}-faust-{socket.gethostname()}-{os.getpid()}"

    def transactional_id(self, p: int) -> str:
        """Name of the producer of partition number p."""
        return f"{self.app}-{p}"

    @property
    def raw_topics(self) -> list[str]:
        """The topics of all events of all Jobcenters. Deliveries are not events: the receipts sink reads them."""
        return [topics.raw(jobcenter, event) for jobcenter in self.jobcenters for event in topics.EVENTS]

    @property
    def output_topics(self) -> list[str]:
        """Everything a worker writes to, with the same partition numbers as the raw topics."""
        shared = [topics.curated(event) for event in topics.EVENTS] + [topics.INTERNAL_VACANCY, topics.STATE]
        return shared + [
            name(jobcenter) for jobcenter in self.jobcenters for name in (topics.rejected, topics.receipts)
        ]
