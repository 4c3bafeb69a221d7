"""The invariants I1 to I8 and I11, each from the logs, the ledger and the database. Finds, and says what and where."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.chaos import wire
from tests.chaos.database import TABLES, ask
from tests.chaos.ledger import Ledger
from tests.chaos.logs import Logs, Place, Record
from tests.chaos.oracle import Truth, judge

LOST, TWICE, BACKWARDS, UNEXPLAINED = "lost", "twice", "backwards", "unexplained"
_SEEN_BY = {
    "board": (wire.curated("vacancy"), wire.curated("measure")),
    "reporting": (wire.INTERNAL, wire.curated("measure"), wire.curated("placement")),
}


@dataclass
class Findings:
    """What is not as it must be: by invariant and kind, with the first example of each."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: dict[tuple[str, str], str] = field(default_factory=dict)

    def add(self, invariant: str, kind: str, count: int, example: object) -> None:
        """So many of a kind; none is no finding."""
        if count:
            self.counts[invariant, kind] += count
            self.examples.setdefault((invariant, kind), str(example))

    @property
    def broken(self) -> list[str]:
        """Invariants that do not hold."""
        return sorted({invariant for invariant, _ in self.counts}, key=lambda name: int(name[1:]))

    def total(self, kind: str) -> int:
        """The most of a kind that one invariant found; several see the same harm."""
        return max((count for (_, found), count in self.counts.items() if found == kind), default=0)

    def lines(self) -> list[str]:
        """For a person."""
        return [
            f"{invariant} {kind} {count}, first {self.examples[invariant, kind]}"
            for (invariant, kind), count in sorted(self.counts.items())
        ]


class Checker:
    """One look at everything."""

    def __init__(self, logs: Logs, ledger: Ledger, database_url: str) -> None:
        self.logs, self.ledger, self.url = logs, ledger, database_url
        self.found = Findings()
        self.intents = ledger.intents()
        self.told = outcomes(logs)
        self.raws = {
            record.place: record
            for topic in logs.topics("jobhub.raw.")
            if wire.whose(topic)[1] in wire.EVENTS
            for record in logs.of(topic)
        }
        self._add_deleted()
        self.ids = {place: identity(record) for place, record in self.raws.items()}
        # What nobody meant to send is found by I5; here it must only not stop us.
        rubbish = {
            place: intent.kind == "poison" if (intent := self.intents.get(name)) else not _readable(self.raws[place])
            for place, name in self.ids.items()
        }
        self.truth: Truth = judge((self.raws[place] for place in sorted(self.raws)), rubbish)

    def _add_deleted(self) -> None:
        """Records that were read and deleted since: the ledger still knows what they said."""
        for name, topic, partition, offset in self.ledger.acked():
            if topic is None or partition is None or offset is None:
                continue
            place, intent = (topic, partition, offset), self.intents[name]
            if offset < self.logs.ends[topic, partition][0] and self.told.get(place, []) != ["EXPIRED_UNREAD"]:
                self.raws[place] = Record(*place, intent.key, intent.value, {"chaos_id": name.encode()})

    def run(self) -> Findings:
        """All invariants that can be read off afterwards."""
        self.ingress()
        self.conservation()
        self.curated()
        self.refused()
        self.sinks()
        self.transitions()
        self.rows()
        self.honest_unknown()
        return self.found

    # ------------------------------------------------------------------------------------------------ I1, I5: ingress

    def ingress(self) -> None:
        """I1: what was acknowledged is in the log. I5: nothing is there that nobody sent or the broker refused."""
        there = set(self.ids.values())
        for name, topic, partition, offset in self.ledger.acked():
            if topic is None or partition is None or offset is None:
                self.found.add("I1", LOST, name not in there, name)
            elif offset >= self.logs.ends[topic, partition][0]:
                self.found.add("I1", LOST, self.ids.get((topic, partition, offset)) != name, (topic, partition, offset))
        phantoms = there - self.intents.keys()
        self.found.add("I5", UNEXPLAINED, len(phantoms), min(phantoms, default=""))
        ghosts = there & self.ledger.ids("refused")
        self.found.add("I5", UNEXPLAINED, len(ghosts), min(ghosts, default=""))

    # ---------------------------------------------------------------------------------------- I2, I7: every raw offset

    def conservation(self) -> None:
        """I2: every raw offset ends exactly once, and as it must. I7: receipts follow each other without a gap."""
        expired = {place for place, answers in self.told.items() if answers == ["EXPIRED_UNREAD"]}
        for place in self.raws.keys() | expired:
            answers, must = self.told.get(place, []), self.truth.outcome.get(place, "EXPIRED_UNREAD")
            self.found.add("I2", LOST, not answers, place)
            self.found.add("I2", TWICE, max(0, len(answers) - 1), (place, answers))
            wrong = len(answers) == 1 and answers[0] not in (must, "EXPIRED_UNREAD")
            self.found.add("I2", UNEXPLAINED, wrong, (place, answers, must, self.ids.get(place)))
        for (topic, p), (_, end) in self.logs.ends.items():
            if topic.startswith("jobhub.raw.") and wire.whose(topic)[1] in wire.EVENTS:
                beyond = [place for place in self.told if place[:2] == (topic, p) and place[2] >= end]
                self.found.add("I2", UNEXPLAINED, len(beyond), beyond[:1])
        following: dict[tuple[str, int], int] = defaultdict(int)
        for topic in self.logs.topics("jobhub.receipts."):
            for record in self.logs.of(topic):
                receipt = wire.decode("receipt", record.value or b"")
                part = (receipt["topic"], receipt["partition"])
                self.found.add("I7", UNEXPLAINED, receipt["first_offset"] != following[part], (part, following[part]))
                following[part] = receipt["last_offset"] + 1

    # -------------------------------------------------------------------------------------------- I2, I3, I6: outputs

    def curated(self) -> None:
        """I2: one curated record for each applied one. I3, I6: a subscriber sees no version twice or after a newer."""
        applied = {place for place, must in self.truth.outcome.items() if must.startswith("APPLIED")}
        wanted = {wire.INTERNAL: {place for place in applied if wire.whose(place[0])[1] == "vacancy"}}
        for event in wire.EVENTS:
            wanted[wire.curated(event)] = {place for place in self.truth.public if wire.whose(place[0])[1] == event}
        for topic, must in wanted.items():
            seen = Counter(origin(record) for record in self.logs.of(topic))
            lacking, foreign = must - seen.keys(), seen.keys() - must
            self.found.add("I2", LOST, len(lacking), (topic, min(lacking, default="")))
            self.found.add("I2", UNEXPLAINED, len(foreign), (topic, min(foreign, default="")))
            twice = [place for place, count in seen.items() if count > 1]
            self.found.add("I2", TWICE, len(twice), (topic, twice[:1]))
            self._order(topic)

    def _order(self, topic: str) -> None:
        event = "vacancy" if topic == wire.INTERNAL else topic.split(".")[1]
        latest: dict[bytes | None, tuple[int, int]] = {}
        for record in self.logs.of(topic):
            if record.value is None:
                continue
            found = wire.decode(event, record.value)
            order, before = (found["epoch"], found["version"]), latest.get(record.key, (-1, -1))
            self.found.add("I3", TWICE, order == before, (topic, record.key, order))
            self.found.add("I6", BACKWARDS, order < before, (topic, record.key, before, order))
            latest[record.key] = max(order, before)

    def refused(self) -> None:
        """I2: one rejected record, in Kafka and in the database, for each refusal."""
        must = {place for place, outcome in self.truth.outcome.items() if outcome in ("REJECTED", "CONFLICT")}
        seen: Counter[Place] = Counter()
        for topic in self.logs.topics("jobhub.rejected."):
            for record in self.logs.of(topic):
                found = wire.decode("rejected", record.value or b"")
                seen[found["origin_topic"], found["origin_partition"], found["origin_offset"]] += 1
        rows = {
            tuple(row)
            for row in ask(self.url, "SELECT origin_topic, origin_partition, origin_offset FROM reporting.rejected")
        }
        self.found.add("I2", LOST, len(must - seen.keys()), ("rejected", min(must - seen.keys(), default="")))
        self.found.add("I2", LOST, len(seen.keys() - rows), ("rejected, database", min(seen.keys() - rows, default="")))
        self.found.add("I2", UNEXPLAINED, len(seen.keys() - must), ("rejected", min(seen.keys() - must, default="")))
        self.found.add("I2", TWICE, sum(count - 1 for count in seen.values()), "rejected")

    # ------------------------------------------------------------------------------------------ I2, I7: what sinks did

    def sinks(self) -> None:
        """I7: ranges of a sink follow each other up to its position. I2: they hold each committed record once."""
        ranges: dict[tuple[str, str, int], list[tuple[int, int, int]]] = defaultdict(list)
        for sink, topic, p, start, end, records in ask(
            self.url,
            "SELECT sink, topic, partition, from_offset, to_offset, records FROM reporting.sink_range ORDER BY 4",
        ):
            ranges[sink, topic, p].append((start, end, records))
        for sink, topic, p, first, reached in ask(
            self.url, "SELECT sink, topic, partition, first_offset, next_offset FROM reporting.sink_progress"
        ):
            following = first
            for start, end, _ in ranges[sink, topic, p]:
                self.found.add("I7", UNEXPLAINED, start != following, (sink, topic, p, following, start))
                following = end
            self.found.add("I7", UNEXPLAINED, following != reached, (sink, topic, p, following, reached))
            there, stored = len(self.logs.records.get((topic, p), ())), sum(n for *_, n in ranges[sink, topic, p])
            expired = self.logs.ends[topic, p][0] > 0
            self.found.add("I2", LOST, 0 if expired else max(0, there - stored), (sink, topic, p))
            self.found.add("I2", TWICE, 0 if expired else max(0, stored - there), (sink, topic, p))
        bad = ask(
            self.url,
            "SELECT sink, topic, partition, record_offset, outcome, code FROM reporting.sink_exception"
            " WHERE outcome IN ('REJECTED', 'CONFLICT', 'DUPLICATE')",
        )
        self.found.add("I2", UNEXPLAINED, len(bad), bad[:1])

    # ---------------------------------------------------------------------------- I3, I5, I6, I8: every change of a row

    def transitions(self) -> None:
        """What the trigger wrote down."""
        latest: dict[tuple[str, str], tuple[int, int, bool]] = {}
        for table, entity, epoch, version, removed, title, jobcenter, raw_topic in ask(
            self.url,
            "SELECT rel, entity, epoch, version, removed, title, jobcenter, raw_topic FROM chaos.transition"
            " ORDER BY id",
        ):
            now, before = (epoch, version, removed), latest.get((table, entity), (-1, -1, False))
            where = (table, entity, before, now)
            self.found.add("I3", TWICE, now == before, where)
            self.found.add("I6", BACKWARDS, now < before, where)
            latest[table, entity] = max(now, before)
            applied = self.truth.applied
            known = (TABLES[table], entity, (epoch, version)) in applied
            self.found.add("I5", UNEXPLAINED, not known, where)
            if known and not removed and title is not None:
                other = applied[TABLES[table], entity, (epoch, version)] != title
                self.found.add("I5", UNEXPLAINED, other, (where, title))
            foreign = jobcenter != wire.whose(raw_topic)[0] or not entity.startswith(jobcenter + ":")
            self.found.add("I8", UNEXPLAINED, foreign, (entity, jobcenter, raw_topic))

    def rows(self) -> None:
        """I4: each table shows every entity as its highest valid version has it."""
        for table, event in TABLES.items():
            title = "NULL" if event == "placement" else "title"
            shown = {
                row[0]: (row[1], row[2], row[3], None if row[3] or event == "placement" else row[4])
                for row in ask(self.url, f"SELECT entity, epoch, version, removed, {title} FROM {table}")
            }
            must: dict[str, Any] = {}
            for (kind, entity), last in self.truth.entities.items():
                if kind != event:
                    continue
                order, removed = last.public or (None, False) if table == "board.job" else (last.order, False)
                if order is not None:
                    name = None if removed else self.truth.applied[event, entity, order]
                    must[entity] = (*order, removed, name)
            wrong = [entity for entity in must.keys() | shown.keys() if must.get(entity) != shown.get(entity)]
            lacking = [entity for entity in wrong if entity in must and shown.get(entity, (-1,))[:2] < must[entity][:2]]
            first = [(table, entity, must.get(entity), shown.get(entity)) for entity in wrong[:1]]
            self.found.add("I4", LOST, len(lacking), first)
            self.found.add("I4", UNEXPLAINED, len(wrong) - len(lacking), first)

    # --------------------------------------------------------------------------------------------------------- I11

    def honest_unknown(self) -> None:
        """I11: what got no answer is settled in the end, and however often it was sent, it is applied once at most."""
        places: dict[str, list[Place]] = defaultdict(list)
        for place, name in self.ids.items():
            places[name].append(place)
        for name in self.ledger.ids("unknown"):
            applied = sum(self.told.get(place, [""])[0].startswith("APPLIED") for place in places[name])
            self.found.add("I11", TWICE, max(0, applied - 1), name)
        self.found.add("I11", UNEXPLAINED, len(self.ledger.unsettled()), "no answer")


def identity(record: Record) -> str:
    """The id its sender gave a raw record; records of real connectors are known by entity and version."""
    if (name := record.headers.get("chaos_id")) is not None:
        return name.decode()
    found = wire.decode(wire.whose(record.topic)[1], record.value or b"")
    return f"{wire.whose(record.topic)[1]}/{found['jobcenter']}:{found['source_id']}@{found['version']}"


def origin(record: Record) -> Place:
    """The raw record a curated one was made from."""
    headers: Mapping[str, bytes] = record.headers
    return (
        headers["jobhub_origin_topic"].decode(),
        int(headers["jobhub_origin_partition"]),
        int(headers["jobhub_origin_offset"]),
    )


def outcomes(logs: Logs) -> dict[Place, list[str]]:
    """Every outcome the receipts give each raw offset."""
    found: dict[Place, list[str]] = defaultdict(list)
    for topic in logs.topics("jobhub.receipts."):
        for record in logs.of(topic):
            receipt = wire.decode("receipt", record.value or b"")
            exceptions = {entry["offset"]: entry["outcome"] for entry in receipt["exceptions"]}
            for offset in range(receipt["first_offset"], receipt["last_offset"] + 1):
                found[receipt["topic"], receipt["partition"], offset].append(exceptions.get(offset, "APPLIED"))
    return found


def _readable(record: Record) -> bool:
    try:
        wire.decode(wire.whose(record.topic)[1], record.value or b"")
    except Exception:
        return False
    return True
