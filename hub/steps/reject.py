"""A refused record: why, where it came from, and the original sealed for its Jobcenter. No value in the clear."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from hub.steps.batch import Batch, Part, Row, Settled
from schemas.codec import codec
from schemas.codes import Finding
from schemas.envelope import Origin, read_origin
from schemas.leak_guard import leak_in
from schemas.sealed import seal
from schemas.wire import GIVEN, NULL, optional, sized, varint

PublicKeys = Mapping[str, bytes]
"""Public key of each Jobcenter that gave one."""

# What is larger than this stays in the raw topic only: sealed, it would not fit into a record.
SEALED_BYTES_MAX = (1 << 20) + (1 << 16)


def reject(batch: Batch, part: Part, value: bytes | None, settled: Settled, public_keys: PublicKeys) -> Row:
    """The row for jobhub.rejected.<jobcenter>.v1.

    Args:
        batch: the batch the record came in.
        part: the raw partition it came from.
        value: its original bytes.
        settled: its offset, origin, key and what is wrong with it.
        public_keys: for whom originals can be sealed.
    """
    # Avro's form, field by field: of a refused record only its key, offset and line are unlike those of the last one.
    # tests/unit/hub/test_steps_reject.py reads it back with fastavro.
    finding, origin = settled.finding or _UNKNOWN, settled.origin
    value = b"".join(
        (
            _whose(part.jobcenter, batch.event),
            optional(settled.key),
            _what(finding.code, finding.field),
            _where(part.topic, part.partition),
            varint[settled.offset],
            _from(origin.delivery, origin.file),
            GIVEN + varint[origin.line] if origin.line is not None else NULL,
            _sealed(public_keys.get(part.jobcenter), value),
            _when(batch.now_ms),
        )
    )
    return Row(settled.key, value, batch.now_ms, [])


_UNKNOWN = Finding("E901")


@lru_cache(maxsize=256)
def _whose(jobcenter: str, event: str) -> bytes:
    return codec("rejected").header + sized(jobcenter.encode()) + sized(event.encode())


@lru_cache(maxsize=1024)
def _what(code: str, field: str | None) -> bytes:
    return sized(code.encode()) + _text(field)


@lru_cache(maxsize=1024)
def _where(topic: str, partition: int) -> bytes:
    return sized(topic.encode()) + varint[partition]


@lru_cache(maxsize=1024)
def _from(delivery: str | None, file: str | None) -> bytes:
    return _text(delivery) + _text(file)


def _text(text: str | None) -> bytes:
    return optional(text.encode() if text is not None else None)


def _sealed(public_key: bytes | None, value: bytes | None) -> bytes:
    if public_key is None or not value or len(value) > SEALED_BYTES_MAX:
        return NULL
    closed = seal(public_key, value)
    return GIVEN + sized(closed["recipient"].encode()) + sized(closed["box"])


@lru_cache(maxsize=16)
def _when(now_ms: int) -> bytes:
    return varint[now_ms]


def readable(key: bytes | None) -> bytes | None:
    """The Kafka key if it is text and passes the leak guard, otherwise None."""
    try:
        text = key.decode() if key is not None else None
    except UnicodeDecodeError:
        return None
    return key if _harmless(text) is not None else None


def origin_of(headers: Iterable[tuple[str, bytes | None]]) -> Origin:
    """Delivery, file and line, without whatever the leak guard takes for client data: a file name is free text too."""
    origin = read_origin((name, value) for name, value in headers if value is not None)
    delivery, file = _harmless(origin.delivery), _harmless(origin.file)
    return origin if (delivery, file) == (origin.delivery, origin.file) else Origin(delivery, file, origin.line)


@lru_cache(maxsize=4096)
def _harmless(text: str | None) -> str | None:
    return text if text is not None and len(text) <= 300 and leak_in(text) is None else None
