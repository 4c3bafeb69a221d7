"""Identity and order of events (rules V1 to V5): Kafka key, content hash, deterministic event id."""

from __future__ import annotations

import hashlib
import uuid

# Fixed for ever: another namespace would give every known event a second id.
NAMESPACE = uuid.UUID("6f2b6f0e-3c1d-5d0a-9a57-0f5d5a1f7c11")


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
    name = "\x1f".join((jobcenter, event, source_id, str(epoch), str(version), fingerprint))
    # What uuid.uuid5 does, without its object: of the 16 bytes two tell version and variant.
    digest = bytearray(hashlib.sha1(NAMESPACE.bytes + name.encode(), usedforsecurity=False).digest()[:16])
    digest[6], digest[8] = digest[6] & 0x0F | 0x50, digest[8] & 0x3F | 0x80
    text = digest.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
