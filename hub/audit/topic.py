"""The truth: the latest record of every key of public vacancies or measures, read with our own eyes from the topic."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from types import TracebackType
from typing import Any, Literal

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import UnknownTopicOrPartitionError

from hub.topics import admin_client
from schemas.codec import codec
from schemas.codes import Refused

Audited = Literal["vacancy", "measure"]
"""Kinds of event that the board advertises."""


@dataclass(frozen=True, slots=True)
class State:
    """What the last record of a key says. A key without a value has left the public view."""

    version: tuple[int, int] | None
    active: bool
    until: date | None
    at_ms: int
    described: bool = True
    """Whether its page tells search engines of it. Job creation is a measure, but no course."""

    def is_open(self, today: date) -> bool:
        """Whether it is to be advertised on a day. Told from the event alone, not as the board tells it."""
        return self.active and (self.until is None or self.until >= today)


class Truth:
    """Follows the topic. For `async with`; `catch_up` reads what came since the last time."""

    def __init__(self, bootstrap_servers: str, event: Audited, topic: str, security: Mapping[str, Any]) -> None:
        self.states: dict[str, State] = {}
        self._event = event
        self._servers, self._topic, self._security = bootstrap_servers, topic, security
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=bootstrap_servers,
            isolation_level="read_committed",
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            max_partition_fetch_bytes=4 << 20,
            **security,
        )

    async def __aenter__(self) -> Truth:
        await self._consumer.start()
        try:
            async with admin_client(self._servers, **self._security) as admin:
                [described] = await admin.describe_topics([self._topic])
            parts = [TopicPartition(self._topic, part["partition"]) for part in described["partitions"]]
            if not parts:
                raise UnknownTopicOrPartitionError(self._topic)
            self._consumer.assign(parts)
        except BaseException:
            await self._consumer.stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._consumer.stop()

    async def catch_up(self) -> None:
        """Read to the end the topic has now."""
        parts = list(self._consumer.assignment())
        ends = await self._consumer.end_offsets(parts)
        while [part for part in parts if await self._consumer.position(part) < ends[part]]:
            for records in (await self._consumer.getmany(*parts, timeout_ms=200, max_records=5_000)).values():
                for record in records:
                    self._take(record)

    def _take(self, record: Any) -> None:
        key = (record.key or b"").decode(errors="replace")
        if record.value is None:
            self.states[key] = State(None, active=False, until=None, at_ms=record.timestamp)
            return
        try:
            event = codec(self._event).decode(record.value)
        except Refused:
            return  # not by our worker; the sinks refuse it as well, and say so
        self.states[key] = _STATE[self._event](event, record.timestamp)


def _vacancy(event: Mapping[str, Any], at_ms: int) -> State:
    active = event["status"] == "ACTIVE" and event["visibility"] in ("PUBLIC", "ANONYMOUS")
    return State((event["epoch"], event["version"]), active, event["published_until"], at_ms)


def _measure(event: Mapping[str, Any], at_ms: int) -> State:
    taught = event["theme"] != "BESCHAEFTIGUNG"
    return State((event["epoch"], event["version"]), event["status"] == "ACTIVE", event["end_on"], at_ms, taught)


_STATE: Mapping[Audited, Callable[[Mapping[str, Any], int], State]] = {"vacancy": _vacancy, "measure": _measure}
