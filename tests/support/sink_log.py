"""A curated topic as a sink sees it, an oracle of one record at a time, and a checker for what the sink made of it."""

from __future__ import annotations

import datetime
import random
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg

from hub.sinks.engine.read import fingerprint
from schemas import topics
from schemas.codec import codec
from schemas.envelope import Coordinates, curated_headers
from tests.support.events import ended, vacancy

TOPIC = topics.curated("vacancy")


@dataclass
class Curated:
    """A record of a curated topic."""

    value: bytes | None
    key: bytes | None
    offset: int = 0
    topic: str = TOPIC
    partition: int = 0
    timestamp: int = field(default_factory=lambda: int(time.time() * 1000))
    headers: Sequence[tuple[str, bytes]] = field(default_factory=list)


def of_vacancy(
    offset: int, jobcenter: str, source_id: str, version: int, *, raw_offset: int | None = None, **fields: Any
) -> Curated:
    """The public record of a vacancy."""
    event = vacancy(jobcenter=jobcenter, source_id=source_id, version=version, **fields)
    return of_event(offset, event, raw_offset=raw_offset)


def of_event(offset: int, event: dict[str, Any], *, raw_offset: int | None = None) -> Curated:
    """A public record, with the headers the hub gives it. It comes from partition 0 of its raw topic."""
    key = f"{event['jobcenter']}:{event['source_id']}".encode()
    return Curated(codec("vacancy").encode(event), key, offset, headers=headers(event["jobcenter"], offset, raw_offset))


def removal(offset: int, jobcenter: str, source_id: str, *, raw_offset: int | None = None) -> Curated:
    """The record that takes a vacancy off the board."""
    return Curated(None, f"{jobcenter}:{source_id}".encode(), offset, headers=headers(jobcenter, offset, raw_offset))


def headers(jobcenter: str, offset: int, raw_offset: int | None = None) -> list[tuple[str, bytes]]:
    """Headers of a curated record."""
    origin = Coordinates(topics.raw(jobcenter, "vacancy"), 0, offset if raw_offset is None else raw_offset)
    return curated_headers([("ce_id", b"0d6c4b2e-0000-5000-8000-%012d" % offset)], origin)


def delivered(
    jobcenter: str,
    source: str,
    state: str,
    at: datetime.datetime,
    *,
    number: int = 1,
    reason: str | None = None,
    **counts: int,
) -> Curated:
    """A delivery as its connector reports it, the first of its source unless `number` says otherwise."""
    numbers = ("rows_read", "sent_new", "sent_changed", "sent_ended", "sent_other", "unchanged", "duplicate")
    value: dict[str, Any] = {
        "jobcenter": jobcenter,
        "delivery": f"{source}/{number}",
        "source": source,
        "event": "vacancy",
        "file": "stellen.csv",
        "sha256": None,
        "day": None,
        "load": "FULL",
        "state": state,
        "complete": True,
        "begun_at": at,
        "ended_at": at if state != "BEGUN" else None,
        "rejected_by_code": [{"code": "E102", "count": counts.get("rejected", 0)}],
        "findings": [],
        "unmapped_columns": [],
        "reason": reason,
        **{name: counts.get(name, 0) for name in (*numbers, "rejected", "held")},
    }
    return Curated(codec("delivery").encode(value), source.encode(), topic=topics.delivery(jobcenter))


def random_log(jobcenter: str, seed: int, records: int = 120, entities: int = 12) -> list[Curated]:
    """Newer versions, repetitions, late ones, conflicts, ends and removals, in random order."""
    dice = random.Random(seed)
    latest: Counter[str] = Counter()
    log: list[Curated] = []
    for offset in range(records):
        name, chance = f"E{dice.randrange(entities)}", dice.random()
        version = latest[name] + 1 if chance < 0.55 or not latest[name] else dice.randint(1, latest[name])
        latest[name] = max(latest[name], version)
        if chance >= 0.95:
            log.append(removal(offset, jobcenter, name))
        elif 0.50 <= chance < 0.55 and version > 1:
            before = vacancy(jobcenter=jobcenter, source_id=name, version=version - 1)
            gone = {"description": None, "employer": None, "contact": None}
            log.append(of_event(offset, {**ended(before), **gone}))
        else:
            title = f"Stelle {version}" if chance < 0.85 else f"Andere {offset}"
            log.append(of_vacancy(offset, jobcenter, name, version, title=title))
    return log


Row = tuple[int, int, bool, bool, str | None, bytes]


def oracle(log: Iterable[Curated]) -> dict[str, Row]:
    """What the board must show: (epoch, version, removed, ended, title, fingerprint) of each entity."""
    board: dict[str, Row] = {}
    for record in log:
        entity = (record.key or b"").decode()
        there = board.get(entity)
        if record.value is None:
            if there is not None and not there[2]:
                board[entity] = (there[0], there[1], True, True, None, there[5])
            continue
        event = codec("vacancy").decode(record.value)
        if there is None or (event["epoch"], event["version"]) > there[:2]:
            gone = event["status"] == "ENDED"
            mark = fingerprint(record.value)
            board[entity] = (event["epoch"], event["version"], False, gone, event["title"], mark)
    return board


def board(connection: psycopg.Connection[Any], jobcenter: str) -> dict[str, Row]:
    """What the board shows."""
    rows = connection.execute(
        "SELECT entity, epoch, version, removed, ended, title, fingerprint FROM board.job WHERE jobcenter = %s",
        (jobcenter,),
    )
    return {entity: (*row[:-1], bytes(row[-1])) for entity, *row in rows.fetchall()}


def record_transitions(connection: psycopg.Connection[Any]) -> None:
    """From here on the database itself notes every state that is written to the board, in code of its own.

    Work beside the sinks writes other columns only: it makes words searchable, and forgets what is due.
    """
    connection.execute(
        """
        CREATE TABLE transition (id bigserial, jobcenter text, entity text, epoch bigint, version bigint, removed bool);
        CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            INSERT INTO transition (jobcenter, entity, epoch, version, removed)
            VALUES (new.jobcenter, new.entity, new.epoch, new.version, new.removed); RETURN new; END $$;
        CREATE TRIGGER note AFTER INSERT OR UPDATE OF epoch, version, removed, fingerprint ON board.job
            FOR EACH ROW EXECUTE FUNCTION note();
        """
    )


def violations(connection: psycopg.Connection[Any], log: Sequence[Curated], jobcenter: str) -> list[str]:
    """Which promises were broken: nothing twice, nothing backwards, and the board as the oracle has it."""
    found = []
    if oracle(log) != board(connection, jobcenter):
        found.append("board differs")
    changes = connection.execute(
        "SELECT entity, epoch, version, removed FROM transition WHERE jobcenter = %s ORDER BY id", (jobcenter,)
    ).fetchall()
    if max(Counter(changes).values(), default=1) > 1:
        found.append("applied twice")
    last: dict[str, tuple[int, int, bool]] = {}
    for entity, *order in changes:
        if last.get(entity, (-1, -1, False)) > tuple(order):
            found.append("went backwards")
            break
        last[entity] = (order[0], order[1], order[2])
    return found
