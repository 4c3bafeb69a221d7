"""What a row means, given what was sent before: new, changed, unchanged, a repeat, or for the hub to judge. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

# Fewer disappearances than this are believed whatever the size of the source (rule V13).
FEW = 5
SHARE = 0.20


class Outcome(StrEnum):
    """What became of a row."""

    NEW = "new"
    CHANGED = "changed"
    ENDED = "ended"
    UNCHANGED = "unchanged"
    DUPLICATE = "duplicate"
    OTHER = "other"
    """Sent for the hub to judge: an older version, or the known version with other content."""
    REJECTED = "rejected"


SENT = frozenset({Outcome.NEW, Outcome.CHANGED, Outcome.ENDED, Outcome.OTHER})
"""Outcomes that put a record into the outbox."""


@dataclass(slots=True)
class Known:
    """What was last sent of an entity."""

    epoch: int
    version: int
    hash: str
    ended: bool


@dataclass(slots=True)
class Decision:
    """Outcome of a row and the version its event carries."""

    outcome: Outcome
    version: int


def decide(known: Known | None, *, epoch: int, version: int | None, fingerprint: str, ended: bool) -> Decision:
    """Compare a row with what was sent before (rules V2, V3, V6 to V11).

    Args:
        known: last event sent of that entity, None if it is unknown.
        epoch: epoch of the source now.
        version: the source's own version; None: this function assigns last + 1, but only for other content.
        fingerprint: content hash of the row's record, version and epoch apart.
        ended: the row ends the entity.
    """
    if known is None:
        return Decision(Outcome.ENDED if ended else Outcome.NEW, version or 1)
    # After the operator raised the epoch everything is sent once more, so that the hub holds nothing from before.
    same_epoch = epoch == known.epoch
    # An end sent again names another day, the day of its delivery; it is the same end.
    same = ended == known.ended and (ended or fingerprint == known.hash)
    if version is None:
        if same and same_epoch:
            return Decision(Outcome.UNCHANGED, known.version)
        return Decision(_moved(known, ended), known.version + 1)
    if (epoch, version) > (known.epoch, known.version):
        return Decision(_moved(known, ended), version)
    if (epoch, version) == (known.epoch, known.version) and same:
        return Decision(Outcome.DUPLICATE, version)
    return Decision(Outcome.OTHER, version)


def _moved(known: Known, ended: bool) -> Outcome:
    if ended:
        return Outcome.ENDED
    return Outcome.NEW if known.ended else Outcome.CHANGED


def hold_reason(*, complete: bool, rows: int, vanished: int, active: int, too_few: bool = False) -> str | None:
    """Why the disappearances of a full delivery are not believed yet (rule V13); None if they are.

    Args:
        complete: the file is whole.
        rows: rows found in it.
        vanished: active entities of the source that it does not list.
        active: active entities of the source before it.
        too_few: there are fewer rows than the source promised.
    """
    if vanished == 0:
        return None
    if rows == 0:
        return "E306"
    if not complete:
        return "E502"
    if too_few:
        return "E504"
    return "E501" if vanished >= max(FEW, SHARE * active) else None
