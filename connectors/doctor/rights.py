"""What an account may do on each topic, as the broker itself answers. It is asked; nothing is tried out.

Kafka's metadata request of version 8 brings the rights along. The client library knows it up to version 5, so the
missing fields are written down here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from aiokafka.errors import TopicAuthorizationFailedError, UnknownTopicOrPartitionError
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Array, Boolean, Int16, Int32, Schema, String

_NOT_TOLD = -(1 << 31)


class Right(IntEnum):
    """Kafka's numbers of operations."""

    READ = 3
    WRITE = 4
    CREATE = 5
    DELETE = 6
    ALTER = 7


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as this account sees it."""

    name: str
    is_missing: bool = False
    is_forbidden: bool = False
    """Kafka says so of topics that do not exist, too, as long as the account may not see them."""
    rights: frozenset[Right] = frozenset()
    leaders: tuple[int, ...] = ()
    """Node of each partition's leader."""


class _MetadataResponse(Response):  # type: ignore[misc]  # the library ships no types
    API_KEY = 3
    API_VERSION = 8
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "brokers",
            Array(("node_id", Int32), ("host", String("utf-8")), ("port", Int32), ("rack", String("utf-8"))),
        ),
        ("cluster_id", String("utf-8")),
        ("controller_id", Int32),
        (
            "topics",
            Array(
                ("error_code", Int16),
                ("topic", String("utf-8")),
                ("is_internal", Boolean),
                (
                    "partitions",
                    Array(
                        ("error_code", Int16),
                        ("partition", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", Array(Int32)),
                        ("isr", Array(Int32)),
                        ("offline_replicas", Array(Int32)),
                    ),
                ),
                ("authorized_operations", Int32),
            ),
        ),
        ("cluster_authorized_operations", Int32),
    )


class _MetadataRequest(RequestStruct):  # type: ignore[misc]
    API_KEY = 3
    API_VERSION = 8
    RESPONSE_TYPE = _MetadataResponse
    SCHEMA = Schema(
        ("topics", Array(String("utf-8"))),
        ("allow_auto_topic_creation", Boolean),
        ("include_cluster_authorized_operations", Boolean),
        ("include_topic_authorized_operations", Boolean),
    )


class RightsRequest(Request[_MetadataRequest]):  # type: ignore[misc]
    """Asks for topics by name, or (None) for all that the account may see; creates none."""

    API_KEY = 3

    def __init__(self, topics: list[str] | None) -> None:
        self._topics = topics

    def build(self, request_struct_class: type[_MetadataRequest]) -> _MetadataRequest:
        """The request as it goes over the wire."""
        return request_struct_class(self._topics, False, False, True)


def topics_of(response: Any) -> list[Topic]:
    """The topics of an answer."""
    return [_topic(entry) for entry in response.to_object()["topics"]]


def brokers_of(response: Any) -> dict[int, tuple[str, int]]:
    """Where the cluster says its brokers are: node → host, port."""
    return {entry["node_id"]: (entry["host"], entry["port"]) for entry in response.to_object()["brokers"]}


def _topic(entry: dict[str, Any]) -> Topic:
    bits = entry["authorized_operations"]
    told = frozenset(right for right in Right if bits != _NOT_TOLD and bits >> right & 1)
    return Topic(
        entry["topic"],
        is_missing=entry["error_code"] == UnknownTopicOrPartitionError.errno,
        is_forbidden=entry["error_code"] == TopicAuthorizationFailedError.errno,
        rights=told,
        leaders=tuple(
            part["leader"] for part in sorted(entry["partitions"], key=lambda partition: partition["partition"])
        ),
    )
