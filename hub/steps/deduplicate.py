"""Newer, the same, older or contradictory: the decision of rules V6 to V11, and what is remembered of an entity."""

from __future__ import annotations

import hashlib
import struct
from typing import NamedTuple, Self

from hub.steps.batch import Fate
from schemas.topics import EVENTS

_FORMAT = struct.Struct(">qqB8s")
_FLAGS, _FINGERPRINT = 16, slice(17, None)
_ENDED, _PUBLIC_VIEW = 1, 2
_NEW, _CHANGED, _ENDS = Fate.NEW, Fate.CHANGED, Fate.ENDED  # an enum is slow to ask for its members
_PREFIXES: dict[str, bytes] = {event: event.encode() + b"/" for event in EVENTS}


class Stamp(NamedTuple):
    """What is remembered of an entity: which state of it was applied last, and whether the public sees it."""

    epoch: int
    version: int
    fingerprint: bytes
    ended: bool = False
    public_view: bool = False

    def pack(self) -> bytes:
        """Value in the state topic."""
        flags = _ENDED * self.ended | _PUBLIC_VIEW * self.public_view
        return _FORMAT.pack(self.epoch, self.version, flags, self.fingerprint)

    @classmethod
    def unpack(cls, value: bytes) -> Self:
        """From a value of the state topic."""
        epoch, version, flags, fingerprint = _FORMAT.unpack(value)
        return cls(epoch, version, fingerprint, flags & _ENDED != 0, flags & _PUBLIC_VIEW != 0)


def state_key(event: str, key: bytes) -> bytes:
    """Key of an entity in the state topic. Alone, the Kafka key would mix a vacancy with a measure."""
    return _PREFIXES[event] + key


def entity_of(key: bytes) -> bytes:
    """The entity of a state key."""
    return key[key.index(b"/") + 1 :]


def event_of(key: bytes) -> str:
    """The kind of event of a state key."""
    return key[: key.index(b"/")].decode()


def is_end(value: bytes) -> bool:
    """Whether a state value says that its entity has ended."""
    return value[_FLAGS] & _ENDED != 0


def fingerprint(value: bytes) -> bytes:
    """Eight bytes that tell a repetition from a contradiction. First wins in both, so a collision loses no data."""
    return hashlib.sha1(value, usedforsecurity=False).digest()[:8]


def deduplicate(claim: bytes, known: bytes | None) -> Fate:
    """What becomes of a state of an entity, given the state that was applied last; both packed.

    Order is the pair (epoch, version), never a time; neither is negative, so it is also the order of the bytes. An end
    is a version too: an older update does not revive the entity, a newer one does, and then it counts as new.
    """
    ended = claim[_FLAGS] & _ENDED
    if known is None:
        return _ENDS if ended else _NEW
    order, known_order = claim[:_FLAGS], known[:_FLAGS]
    if order < known_order:
        return Fate.STALE
    if order == known_order:
        return Fate.DUPLICATE if claim[_FINGERPRINT] == known[_FINGERPRINT] else Fate.CONFLICT
    if ended:
        return _ENDS
    return _NEW if known[_FLAGS] & _ENDED else _CHANGED
