"""How far a state file and the topics agree: whose file it is, up to which offsets it knows what was sent."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from connectors.errors import Stop
from connectors.own_topics import Extent
from connectors.state import State

_JOBCENTER, _ASKED, _FORGOTTEN = "jobcenter", "asked_epoch", "deliveries_forgotten_before"


def claim(state: State, jobcenter: str) -> None:
    """Make the file this Jobcenter's; every file is one Jobcenter's for ever.

    Raises:
        Stop: E715 it is another one's.
    """
    owner = _about(state, _JOBCENTER) or _owner_by_topics(state)
    if owner is not None and owner != jobcenter:
        raise Stop("E715", f"{state.path.name} is the state of {owner}, not of {jobcenter}")
    _note(state, _JOBCENTER, jobcenter)


def _owner_by_topics(state: State) -> str | None:
    """A file of an earlier release does not say whose it is; what it sent does."""
    found = state.sql.execute("SELECT topic FROM position UNION ALL SELECT topic FROM parcel LIMIT 1").fetchone()
    parts = str(found[0]).split(".") if found else []
    return parts[2] if len(parts) > 3 and parts[:2] == ["jobhub", "raw"] else None


def known_to(state: State, extents: Iterable[Extent]) -> dict[tuple[str, int], int]:
    """For each partition the offset up to which the file knows what is there; 0 where it knows nothing."""
    known = {
        (topic, partition): next_offset for topic, partition, next_offset in state.sql.execute("SELECT * FROM position")
    }
    return {(one.topic, one.partition): known.get((one.topic, one.partition), 0) for one in extents}


def agree(state: State, extents: Iterable[Extent]) -> None:
    """From here on the file knows what these partitions hold. A topic that was made anew counts from its beginning."""
    state.sql.executemany(
        "INSERT OR REPLACE INTO position VALUES (?, ?, ?)", [(one.topic, one.partition, one.end) for one in extents]
    )


def asked_epoch(state: State) -> int | None:
    """The epoch that was not high enough when the operator was asked to raise it; None: nobody was asked."""
    told = _about(state, _ASKED)
    return None if told is None else int(told)


def ask_for_epoch(state: State, above: int | None) -> None:
    """Note that the operator was asked for an epoch above this one; None: that is settled."""
    _note(state, _ASKED, None if above is None else str(above))


def forget_before(state: State, moment: datetime) -> None:
    """Note that deliveries before this moment are not known by name any more."""
    _note(state, _FORGOTTEN, moment.isoformat())


def is_forgotten(state: State, day: date) -> bool:
    """Whether a delivery for that day may have been taken without being known by name any more."""
    told = _about(state, _FORGOTTEN)
    return told is not None and day <= datetime.fromisoformat(told).date()


def _about(state: State, name: str) -> str | None:
    found = state.sql.execute("SELECT value FROM about WHERE name = ?", (name,)).fetchone()
    return None if found is None else str(found[0])


def _note(state: State, name: str, value: str | None) -> None:
    if value is None:
        state.sql.execute("DELETE FROM about WHERE name = ?", (name,))
    elif _about(state, name) != value:
        state.sql.execute("INSERT OR REPLACE INTO about VALUES (?, ?)", (name, value))
