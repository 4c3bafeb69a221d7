"""A source whose name was changed in the Jobcenter's file keeps what is remembered of it, if the file says so.

Under its new name a source knows nothing: it would take every file that lies there once more, and the offers of the
old name could never end. Which of two names was the other one's, only the Jobcenter knows; so it is asked.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection

from connectors.errors import Stop
from connectors.state import State
from connectors.workplace import private_folder
from schemas.jobcenter import Jobcenter


@dataclass(frozen=True, slots=True)
class Renamed:
    """A source that was taken over under its new name."""

    old: str
    new: str


def take_over(state: State, jobcenter: Jobcenter) -> list[Renamed]:
    """Move what is remembered under former names to the present ones; what is moved already stays as it is."""
    done: list[Renamed] = []
    for new, source in jobcenter.sources.items():
        for old in source.formerly or ():
            if old in jobcenter.sources:
                continue  # a source of that name exists: what it knows is its own
            # The folder first: after a crash in between, it is the state that still says what is to be done.
            before, now = private_folder(state.path, old), private_folder(state.path, new)
            if before.is_dir() and not now.exists():
                before.rename(now)
            if _move(state, old, new):
                done.append(Renamed(old, new))
    return done


@dataclass(frozen=True, slots=True)
class Left:
    """A source the Jobcenter's file does not have any more, and how many of its offers are still open."""

    source: str
    count: int


def refuse_unknown(state: State, jobcenter: Jobcenter) -> list[Left]:
    """Ask, before anything is taken, where a source nobody has heard of may be one whose name was changed.

    Returns what is left open all the same: all entities have to be looked at to see it, once is enough.

    Raises:
        Stop: E716 offers of a source the file does not have, and a source without any history for the same event.
    """
    offers = _open_offers(state.sql, jobcenter.sources)
    for old, event, count in offers:
        fresh = [
            name
            for name, source in jobcenter.sources.items()
            if source.event == event and source.formerly is None and not _has_history(state, name)
        ]
        if fresh:
            raise Stop(
                "E716",
                f"{jobcenter.id}.yaml has no source {old!r} any more, of which {count} offers are open, but a new one, "
                f"{fresh[0]!r}; if it is the same, write there: formerly: {old}",
            )
    return _left(offers, jobcenter)


def left_open(sql: Connection, jobcenter: Jobcenter) -> list[Left]:
    """Sources that are gone from the file and left offers behind: nothing ends them until somebody says so."""
    return _left(_open_offers(sql, jobcenter.sources), jobcenter)


def left_open_in(path: Path, jobcenter: Jobcenter) -> list[Left] | None:
    """The same of a state file that nobody here has open; None if there is none or it cannot be read now."""
    if not path.exists():
        return None
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as sql:
            return left_open(sql, jobcenter)
    except sqlite3.Error:
        return None


def _move(state: State, old: str, new: str) -> bool:
    with state.transaction():
        moved = state.sql.execute("UPDATE entity SET source = ? WHERE source = ?", (new, old)).rowcount
        # What was reported of a delivery stays as the hub knows it; only its name here changes.
        moved += state.sql.execute(
            "UPDATE OR IGNORE delivery SET source = ?1, id = ?1 || substr(id, length(?2) + 1) WHERE source = ?2",
            (new, old),
        ).rowcount
        for table in ("admission", "listed"):
            state.sql.execute(f"UPDATE OR REPLACE {table} SET source = ? WHERE source = ?", (new, old))  # noqa: S608
    return moved > 0


def _open_offers(sql: Connection, known: Iterable[str]) -> list[tuple[str, str, int]]:
    """Source, event and number of what has not ended, of sources other than these.

    What was learned from a topic may not say which source it was; that is left out as well.
    """
    return sql.execute(
        "SELECT source, event, count(*) FROM entity WHERE source NOT IN (SELECT value FROM json_each(?)) AND ended = 0"
        " GROUP BY source, event ORDER BY 1, 2",
        (json.dumps(["", *known]),),
    ).fetchall()


def _left(offers: Iterable[tuple[str, str, int]], jobcenter: Jobcenter) -> list[Left]:
    """Under a former name of a source nothing stays: the next run takes it over."""
    known = {old for source in jobcenter.sources.values() for old in source.formerly or ()}
    counts = Counter[str]()
    for source, _, count in offers:
        if source not in known:
            counts[source] += count
    return [Left(source, count) for source, count in counts.items()]


def _has_history(state: State, source: str) -> bool:
    found = state.sql.execute(
        "SELECT EXISTS (SELECT 1 FROM entity WHERE source = ?1 AND ended = 0)"
        " OR EXISTS (SELECT 1 FROM delivery WHERE source = ?1)",
        (source,),
    )
    return bool(found.fetchone()[0])
