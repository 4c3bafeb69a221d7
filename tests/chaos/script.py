"""The seeded load: what connectors would send, with repetitions, late ones, contradictions and rubbish among it."""

from __future__ import annotations

import datetime
import random
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from tests.chaos import wire
from tests.chaos.ledger import Intent
from tests.support.events import PLAIN

DUPLICATES, LATE, CONFLICTS, POISON = 0.20, 0.10, 0.03, 0.02
_END, _EPOCH = 0.08, 0.02
_DAY = datetime.date(2026, 11, 23)
POISONS, FORGED = 8, 3
"""Kinds of poison, and which of them says another Jobcenter's name."""


class Script:
    """An endless series of intents, the same for the same seed."""

    def __init__(self, jobcenters: Sequence[str], seed: int, entities: int = 15, poison: float = POISON) -> None:
        self._jobcenters, self._entities, self._poison = jobcenters, entities, poison
        self._dice = random.Random(seed)
        self._latest: dict[tuple[str, str, str], dict[str, Any]] = {}
        self._lately: deque[Intent] = deque(maxlen=300)
        self._late: list[tuple[int, Intent]] = []
        self._number = 0

    def __iter__(self) -> Iterator[Intent]:
        while True:
            self._number += 1
            if self._late and self._late[0][0] <= self._number:
                yield self._late.pop(0)[1]
            else:
                yield from self._next()

    def _next(self) -> Iterator[Intent]:
        chance = self._dice.random()
        if chance < self._poison:
            yield self._rubbish()
        elif chance < self._poison + DUPLICATES and self._lately:
            yield replace(self._dice.choice(self._lately), id=self._id(), kind="duplicate")
        elif chance < self._poison + DUPLICATES + CONFLICTS and self._latest:
            (_, event, _), last = self._dice.choice(list(self._latest.items()))
            yield self._intent(event, self._marked(event, dict(last)), "conflict")
        else:
            intent = self._newer()
            self._lately.append(intent)
            if self._dice.random() < LATE:
                self._late.append((self._number + self._dice.randint(1, 20), replace(intent, kind="late")))
                self._late.sort(key=lambda entry: entry[0])
            else:
                yield intent

    def latest(self) -> Iterator[Intent]:
        """Every entity once more as it is now: what a connector sends after it was asked for everything again."""
        for (_, event, _), record in self._latest.items():
            yield self._intent(event, record, "again")

    def newer(self, count: int) -> list[Intent]:
        """Only newer versions, in order: no repetition, no contradiction."""
        return [self._newer() for _ in range(count)]

    def _newer(self) -> Intent:
        jobcenter = self._dice.choice(self._jobcenters)
        event = self._dice.choices(wire.EVENTS, (70, 15, 15))[0]
        source_id = f"{event[0].upper()}-{self._dice.randrange(self._entities):04}"
        last = self._latest.get((jobcenter, event, source_id))
        epoch, version = (last["epoch"], last["version"] + 1) if last else (0, 1)
        if last and self._dice.random() < _EPOCH:
            epoch, version = epoch + 1, 1
        record = PLAIN[event](jobcenter=jobcenter, source_id=source_id, epoch=epoch, version=version)  # type: ignore[index]
        if event == "vacancy":
            record["visibility"] = self._dice.choices(("PUBLIC", "ANONYMOUS", "INTERNAL"), (80, 10, 10))[0]
        if last and last["status"] == "ACTIVE" and self._dice.random() < _END:
            record.update(status="ENDED", end_reason="FILLED", ended_on=_DAY)
        self._latest[jobcenter, event, source_id] = self._marked(event, record)
        return self._intent(event, record, "new")

    def _marked(self, event: str, record: dict[str, Any]) -> dict[str, Any]:
        if event == "placement":
            record["openings_filled"] = self._number % 9 + 1 if record["openings_filled"] == 10 else 10
        else:
            record["title"] = f"Stelle {self._number} (m/w/d)"
        return record

    def _intent(self, event: str, record: dict[str, Any], kind: str) -> Intent:
        entity = f"{record['jobcenter']}:{record['source_id']}"
        return Intent(
            self._id(),
            wire.raw(record["jobcenter"], event),
            entity.encode(),
            wire.encode(event, record),
            entity,
            record["epoch"],
            record["version"],
            record.get("title", ""),
            kind,
        )

    def _rubbish(self) -> Intent:
        event = self._dice.choice(wire.EVENTS)
        jobcenter = self._dice.choice(self._jobcenters)
        return poison(self._dice.randrange(POISONS), jobcenter, event, self._id())

    def _id(self) -> str:
        return f"{self._dice.getrandbits(64):016x}"


def poison(kind: int, jobcenter: str, event: str, identity: str) -> Intent:
    """A record the hub must refuse, of one of several kinds."""
    record = PLAIN[event](jobcenter=jobcenter, source_id="X-9", version=900)  # type: ignore[index]
    key, good = f"{jobcenter}:X-9".encode(), wire.encode(event, record)
    foreign = {**record, "jobcenter": "elsewhere"}
    endless = {**record, "status": "ENDED"}
    key, value = (
        (key, good[: len(good) // 2]),
        (key, b"\0\0\0\x27\x0f" + good[5:]),
        (f"{jobcenter}:another".encode(), good),
        (key, wire.encode(event, foreign)),
        (key, None),
        (key, good + b"\0"),
        (b"\xff\xfe", good),
        (key, wire.encode(event, endless)),
    )[kind]
    return Intent(identity, wire.raw(jobcenter, event), key, value, "", 0, 0, "", "poison")
