"""Everything together: two Jobcenters, a log, workers, sinks and a database, and the deeds that may happen to them."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hub.sinks.engine.registry import sinks
from schemas import topics
from tests.chaos import wire
from tests.simulation import sink, worker
from tests.simulation.database import Database
from tests.simulation.log import PARTITIONS, Draft, Log, Record
from tests.simulation.office import Office

_STRAY = ("again", "late", "late", "conflict", "garbage", "theft", "key")

Place = tuple[str, int, int]
"""Raw topic, partition, offset."""


@dataclass(frozen=True, slots=True)
class Step:
    """One deed; the number decides everything about it that is left open, so it can be done anew."""

    deed: str
    number: int


class World:
    """A history is a list of steps done to a new world. The same steps always lead to the same world."""

    def __init__(self) -> None:
        self.log, self.database = Log(), Database()
        self.offices = [Office("alt", delta=False), Office("neu", delta=True)]
        self.raw = [topics.raw(office.id, "vacancy") for office in self.offices]
        self.rubbish: set[Place] = set()
        self.expired: set[Place] = set()
        self._workers: dict[int, list[worker.Worker]] = {p: [] for p in range(PARTITIONS)}
        self._sinks: dict[str, list[sink.Sink]] = {name: [] for name in sinks()}
        self._saved = self.database.backup()

    def close(self) -> None:
        """Let the state files go."""
        for office in self.offices:
            office.close()

    def do(self, step: Step) -> None:
        """One deed."""
        DEEDS[step.deed](self, random.Random(step.number))

    def _office(self, dice: random.Random) -> Office:
        return dice.choice(self.offices)

    # ------------------------------------------------------------------------------------------------ the offices

    def _add(self, dice: random.Random) -> None:
        self._office(dice).add(dice)

    def _change(self, dice: random.Random) -> None:
        self._office(dice).change(dice)

    def _end(self, dice: random.Random) -> None:
        self._office(dice).end(dice)

    def _reopen(self, dice: random.Random) -> None:
        self._office(dice).reopen(dice)

    def _rebuild(self, dice: random.Random) -> None:
        self._office(dice).rebuild()

    def _deliver(self, dice: random.Random) -> None:
        office = self._office(dice)
        office.write(dice)
        office.take(dies_at=dice.randint(0, 6) if dice.random() < 0.25 else None)

    def _take(self, dice: random.Random) -> None:
        self._office(dice).take()

    def _relay(self, dice: random.Random) -> None:
        self._office(dice).relay(self.log, dice)

    def _settle(self, dice: random.Random) -> None:
        self._office(dice).settle()

    def _approve(self, dice: random.Random) -> None:
        self._office(dice).approve()

    def _stray(self, dice: random.Random) -> None:
        """A record nobody should have sent: once more, late, contradictory, somebody else's, or no record at all."""
        known = [record for place in self.log.topics("jobhub.raw.") for record in self.log.part(*place).history]
        known = [record for record in known if record.topic in self.raw and not self._is_rubbish(record)]
        if not known:
            return
        record, kind = dice.choice(known), dice.choice(_STRAY)
        if kind == "late":
            record = dice.choice(_outdated(known) or known)
        topic, key, value = record.topic, record.key, record.value or b""
        if kind == "conflict":
            value = wire.encode("vacancy", {**wire.decode("vacancy", value), "title": f"Widerspruch {dice.random()}"})
        elif kind == "garbage":
            value = value[: dice.randint(0, 8)]
        elif kind == "theft":
            topic = next(other for other in self.raw if other != topic)
        elif kind == "key":
            key = (key or b"") + b"x"
        written = self.log.append(Draft(topic, key, value, record.headers))
        if kind in ("garbage", "theft", "key"):
            self.rubbish.add((topic, written.partition, written.offset))

    def _is_rubbish(self, record: Record) -> bool:
        return (record.topic, record.partition, record.offset) in self.rubbish

    def _expire(self, dice: random.Random) -> None:
        """Retention deletes records, also some that were not read yet."""
        topic, p = dice.choice(self.raw), dice.randrange(PARTITIONS)
        part, position = self.log.part(topic, p), self.position(topic, p)
        beginning = min(part.end, max(part.beginning, position) + dice.randint(-2, 4))
        self.expired |= {(topic, p, offset) for offset in range(max(position, part.beginning), beginning)}
        self.log.expire(topic, p, beginning)

    def position(self, topic: str, p: int) -> int:
        """Where the committed state says the worker is."""
        stored = self.log.compacted(topics.STATE, p).get(b"pos")
        return int(json.loads(stored).get(topic, 0)) if stored else 0

    # ------------------------------------------------------------------------------------------------ the workers

    def _worker(self, p: int) -> worker.Worker:
        owners = self._workers[p]
        if not owners or not owners[-1].alive:
            owners.append(worker.Worker(self.log, p, self.raw))
        return owners[-1]

    def _work(self, dice: random.Random) -> None:
        self._worker(dice.randrange(PARTITIONS)).work(dice)

    def _rebalance(self, dice: random.Random) -> None:
        """Another worker takes over while the former one does not know and works on."""
        p = dice.randrange(PARTITIONS)
        former = self._worker(p)
        self._workers[p].append(worker.Worker(self.log, p, self.raw, lambda: self._zombie_works(former, dice)))

    def _zombie(self, dice: random.Random) -> None:
        former = [one for owners in self._workers.values() for one in owners[:-1] if one.alive]
        if former:
            self._zombie_works(dice.choice(former), dice)

    @staticmethod
    def _zombie_works(former: worker.Worker, dice: random.Random) -> None:
        if former.alive:
            former.work(dice)

    # -------------------------------------------------------------------------------------------------- the sinks

    def _sink(self, name: str) -> sink.Sink:
        processes = self._sinks[name]
        if not processes or not processes[-1].alive:
            processes.append(sink.Sink(name, self.log, self.database))
        return processes[-1]

    def _places(self, name: str) -> list[tuple[str, int]]:
        return [place for place in self.log.topics("jobhub.") if matches(name, place[0])]

    def _store(self, dice: random.Random) -> None:
        self._store_with(self._sink(dice.choice(sorted(self._sinks))), dice)

    def _store_with(self, one: sink.Sink, dice: random.Random) -> None:
        if places := self._places(one.name):
            one.work(*dice.choice(places), dice)

    def _sink_rebalance(self, dice: random.Random) -> None:
        """Another process takes a partition over, and the former one has a batch of it at hand."""
        name = dice.choice(sorted(self._sinks))
        former = self._sink(name)
        self._sinks[name].append(sink.Sink(name, self.log, self.database))
        if former.claims:
            _, topic, p = dice.choice(sorted(former.claims))
            self._sinks[name][-1].work(topic, p, dice)
            former.work(topic, p, dice)

    def _sink_zombie(self, dice: random.Random) -> None:
        former = [one for processes in self._sinks.values() for one in processes[:-1] if one.alive and one.claims]
        if former:
            one = dice.choice(former)
            one.work(*dice.choice(sorted(one.claims))[1:], dice)

    def _backup(self, dice: random.Random) -> None:
        self._saved = self.database.backup()

    def _restore(self, dice: random.Random) -> None:
        """The database is as it was at the last backup; whoever worked on it is started anew."""
        vars(self.database).update(vars(self._saved.backup()))
        for processes in self._sinks.values():
            if processes:
                processes[-1].alive = False

    def _replay(self, dice: random.Random) -> None:
        name = dice.choice(("board", "reporting"))
        self.database.forget_position(name)

    # ---------------------------------------------------------------------------------------------------- the end

    def figures(self) -> Counter[str]:
        """What happened in this world, in numbers."""
        found = Counter({"delivery": sum(office.papers for office in self.offices), "expired": len(self.expired)})
        found["raw record"] = sum(len(self.log.part(*place).history) for place in self.log.topics("jobhub.raw."))
        found["stored"] = sum(map(len, self.database.accounts.values()))
        found["worker"] = sum(map(len, self._workers.values()))
        found["sink"] = sum(map(len, self._sinks.values()))
        return found

    def calm(self) -> None:
        """Nothing goes wrong any more: everything waiting is taken, sent, worked on and stored."""
        dice = random.Random(0)
        for office in self.offices:
            office.changes = office.changes if office.delta else []
            while office.waiting:
                office.take()
            for _ in range(2):
                while office.relay(self.log, dice, careful=True):
                    pass
                office.settle()
        for p in range(PARTITIONS):
            last = worker.Worker(self.log, p, self.raw)
            while last.work(dice, careful=True):
                pass
        for name in sorted(self._sinks):
            one = sink.Sink(name, self.log, self.database)
            for place in self._places(name):
                while one.work(*place, dice, careful=True):
                    pass


def _outdated(records: list[Record]) -> list[Record]:
    """Records after which the same entity said something else."""
    last = {record.key: record.value for record in records}
    return [record for record in records if record.value != last[record.key]]


def matches(name: str, topic: str) -> bool:
    """Whether a sink reads a topic."""
    try:
        return bool(sinks()[name].target(topic))
    except LookupError:
        return False


DEEDS: Mapping[str, Callable[[World, random.Random], None]] = {
    "add": World._add,
    "change": World._change,
    "end": World._end,
    "reopen": World._reopen,
    "rebuild": World._rebuild,
    "deliver": World._deliver,
    "take": World._take,
    "relay": World._relay,
    "settle": World._settle,
    "approve": World._approve,
    "stray": World._stray,
    "expire": World._expire,
    "work": World._work,
    "rebalance": World._rebalance,
    "zombie": World._zombie,
    "store": World._store,
    "sink_rebalance": World._sink_rebalance,
    "sink_zombie": World._sink_zombie,
    "backup": World._backup,
    "restore": World._restore,
    "replay": World._replay,
}
