"""The life of one entity, put together from the connector's state and the hub's accounts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub.cli._usage import at_state
from schemas.codes import explain
from schemas.identity import entity_key

if TYPE_CHECKING:
    from connectors.fates import RowFate
    from connectors.state import State
    from hub.store.trail import Trail

# The connector's word for what it sent, and ours for what became of it.
_APPLIED = {"new": "published", "changed": "changed", "ended": "ended", "other": "changed"}
_SEPARATORS = re.compile(r"[-/_.:\s]+")


def life(jobcenter: str, source_id: str, states: Path, trail: Trail | None, web: str | None) -> dict[str, Any] | None:
    """Everything known of an entity, oldest first; None if nothing is.

    Args:
        jobcenter, source_id: the entity. Separators inside the source id are interchangeable for finding it.
        states: folder with the connectors' state files; a missing one leaves the hub's side.
        trail: the hub's side; None if its database cannot be reached.
        web: address of the job board, for the link.
    """
    with _state(states / f"{jobcenter}.sqlite") as state:
        found, fates = _fates(state, source_id) if state else (source_id, [])
    entity = entity_key(jobcenter, found)
    versions = [_version(fate, trail) for fate in fates]
    if trail is not None:
        versions += _hub_only(trail, entity, versions)
    current = trail.current(entity) if trail else []
    if not versions and not current:
        return None
    open_on_board = trail is not None and trail.on_board(entity)
    last = _last_word(versions)
    return {
        "id": entity,
        "event": last.get("event") or (current[0]["event"] if current else None),
        "outcome": last.get("outcome") or ("ended" if current[0]["ended"] else "published"),
        "code": last.get("code"),
        "reason": _texts(last.get("code")),
        "file": last.get("file"),
        "line": last.get("line"),
        "column": last.get("column"),
        "offsets": {"raw": last.get("raw"), "curated": _curated(current)},
        "versions": versions,
        "current": [_state_of(row) for row in current],
        "board": f"{web}/stellen/{entity}" if web and open_on_board else None,
    }


@contextmanager
def _state(path: Path) -> Iterator[State | None]:
    if not path.exists():
        yield None
        return
    from connectors.state import State

    with at_state(path), closing(State(path)) as state:
        yield state


def _fates(state: State, source_id: str) -> tuple[str, list[RowFate]]:
    """Fates of the entity; if the id is unknown, of the one that differs from it in separators only."""
    fates = state.history(source_id)
    if fates:
        return source_id, fates
    wanted = _SEPARATORS.sub("-", source_id)
    for known in state.keys():  # noqa: SIM118 - a method of the state, not of a dictionary
        if _SEPARATORS.sub("-", known) == wanted:
            return known, state.history(known)
    return source_id, []


def _version(fate: RowFate, trail: Trail | None) -> dict[str, Any]:
    raw = None
    outcome, code = fate.outcome, fate.code
    if fate.topic is not None and fate.offset is not None:
        raw = {"topic": fate.topic, "partition": fate.partition, "offset": fate.offset}
        decided = trail.decision(fate.topic, int(fate.partition or 0), fate.offset) if trail else None
        if decided is None:
            outcome = "pending" if trail else outcome
        elif decided.outcome.startswith("APPLIED"):
            outcome = _APPLIED.get(fate.outcome, fate.outcome)
        else:
            outcome, code = decided.outcome.lower(), decided.code
    elif fate.outcome in _APPLIED:
        outcome = "pending"  # in the outbox, not acknowledged yet
    return {
        "event": fate.event,
        "outcome": outcome,
        "code": code,
        "version": fate.version,
        "delivery": fate.delivery,
        "file": fate.file,
        "line": fate.line,
        "column": fate.column,
        "raw": raw,
    }


def _hub_only(trail: Trail, entity: str, versions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Refusals by the hub of records that no connector state speaks of."""
    known = {(v["raw"]["topic"], v["raw"]["partition"], v["raw"]["offset"]) for v in versions if v["raw"]}
    return [
        {
            "event": row["event"],
            "outcome": "rejected",
            "code": row["code"],
            "version": None,
            "delivery": row["delivery"],
            "file": row["source_file"],
            "line": row["source_line"],
            "column": row["field"],
            "raw": dict(zip(("topic", "partition", "offset"), place, strict=True)),
        }
        for row in trail.refusals(entity)
        if (place := (row["origin_topic"], row["origin_partition"], row["origin_offset"])) not in known
    ]


def _last_word(versions: list[dict[str, Any]]) -> dict[str, Any]:
    """The version that says how the entity stands: a repeated row changes nothing."""
    telling = [version for version in versions if version["outcome"] not in ("duplicate", "stale", "conflict")]
    return (telling or versions or [{}])[-1]


def _texts(code: str | None) -> dict[str, str] | None:
    if code is None:
        return None
    entry = explain(code)
    return {"de": entry.de, "en": entry.en, "next_de": entry.next_de, "next_en": entry.next_en}


def _curated(current: list[dict[str, Any]]) -> dict[str, Any] | None:
    if not current:
        return None
    row = current[0]
    return {"topic": row["record_topic"], "partition": row["record_partition"], "offset": row["record_offset"]}


def _state_of(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("event", "epoch", "version", "ended", "end_reason")}
