"""A refused record: why, where it came from, and the original sealed for its Jobcenter. No value in the clear."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from functools import lru_cache

from hub.steps.batch import Batch, Part, Row, Settled
from schemas.codec import codec
from schemas.envelope import Origin, read_origin
from schemas.leak_guard import leak_in
from schemas.sealed import Sealed, seal

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
    finding, origin = settled.finding, settled.origin
    rejected = {
        "jobcenter": part.jobcenter,
        "event": batch.event,
        "key": settled.key,
        "code": finding.code if finding else "E901",
        "field": finding.field if finding else None,
        "origin_topic": part.topic,
        "origin_partition": part.partition,
        "origin_offset": settled.offset,
        "delivery": origin.delivery,
        "source_file": origin.file,
        "source_line": origin.line,
        "sealed": _sealed(public_keys.get(part.jobcenter), value),
        "rejected_at": datetime.datetime.fromtimestamp(batch.now_ms / 1000, datetime.UTC),
    }
    key = settled.key.encode() if settled.key is not None else None
    return Row(key, codec("rejected").encode(rejected), batch.now_ms, [])


def _sealed(public_key: bytes | None, value: bytes | None) -> Sealed | None:
    if public_key is None or not value or len(value) > SEALED_BYTES_MAX:
        return None
    return seal(public_key, value)


def readable(key: bytes | None) -> str | None:
    """The Kafka key if it is text and passes the leak guard, otherwise None."""
    try:
        text = key.decode() if key is not None else None
    except UnicodeDecodeError:
        return None
    return _harmless(text)


def origin_of(headers: Iterable[tuple[str, bytes | None]]) -> Origin:
    """Delivery, file and line, without whatever the leak guard takes for client data: a file name is free text too."""
    origin = read_origin((name, value) for name, value in headers if value is not None)
    return Origin(_harmless(origin.delivery), _harmless(origin.file), origin.line)


@lru_cache(maxsize=4096)
def _harmless(text: str | None) -> str | None:
    return text if text is not None and len(text) <= 300 and leak_in(text) is None else None
