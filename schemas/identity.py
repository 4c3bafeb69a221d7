"""Identity and order of events (rules V1 to V5): Kafka key, content hash, deterministic event id."""

from __future__ import annotations

import hashlib
import uuid

# Fixed for ever: another namespace would give every known event a second id.
NAMESPACE = uuid.UUID("6f2b6f0e-3c1d-5d0a-9a57-0f5d5a1f7c11")
_NAMESPACE_BYTES = NAMESPACE.bytes
_VARIANTS = {f"{digit:x}": f"{digit & 3 | 8:x}" for digit in range(16)}


def entity_key(jobcenter: str, source_id: str) -> str:
    """Kafka key of an entity, the same in raw and curated topics."""
    return f"{jobcenter}:{source_id}"


def content_hash(body_without_version: bytes) -> str:
    """Fingerprint of an event's content: 32 hexadecimal digits of SHA-256.

    Args:
        body_without_version: Avro body of the event encoded with epoch 0 and version 0, so that the
            same content has the same fingerprint whatever number it was given.
    """
    return hashlib.sha256(body_without_version).hexdigest()[:32]


def event_id(jobcenter: str, event: str, source_id: str, epoch: int, version: int, fingerprint: str) -> str:
    """UUIDv5 over everything that makes an event that event (rule V5): same input, same id, for ever."""
    name = f"{jobcenter}\x1f{event}\x1f{source_id}\x1f{epoch}\x1f{version}\x1f{fingerprint}"
    # What uuid.uuid5 does, without its object: of the 32 digits two tell version and variant.
    text = hashlib.sha1(_NAMESPACE_BYTES + name.encode(), usedforsecurity=False).hexdigest()
    return f"{text[:8]}-{text[8:12]}-5{text[13:16]}-{_VARIANTS[text[16]]}{text[17:20]}-{text[20:32]}"
