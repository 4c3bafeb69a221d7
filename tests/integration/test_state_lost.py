"""A state file that is gone, or comes from an old backup: the connector knows again what it sent, or asks.

Six Jobcenters with the same files live through the same days beside a worker; what differs is what happens to their
state files in between. Whatever happened, the hub must hold in the end what it holds of the one nothing happened to.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import confluent_kafka
import pytest
import yaml
from confluent_kafka.admin import AdminClient

from connectors.state import State
from hub.topics import ensure_topics, load_manifest
from schemas import topics
from schemas.codec import codec
from schemas.topics import Event
from tests.support.deliveries import DEPLOY, VACANCY_COLUMNS, csv_text, row
from tests.support.workers import outcomes, read_all, wait_until_done, workers

pytestmark = pytest.mark.integration

LIVES = ("calm", "gone", "torn", "backup", "expired", "blind")
FACTS: tuple[Event, ...] = ("vacancy", "placement")

# Number -> title, day by day. Over a fifth of a list may not vanish, so most stay as they are.
ONE = {number: f"Stelle {number} (m/w/d)" for number in map(str, range(20))}
TWO = {**ONE, "3": "Bäcker (m/w/d)", "4": "Koch (m/w/d)", "20": "Neu (m/w/d)"}
del TWO["5"]
THREE = {**TWO, "3": "Meister (m/w/d)", "5": "Wieder da (m/w/d)", "21": "Noch neuer (m/w/d)"}
del THREE["6"], THREE["7"]
DAYS = {"2026-11-22": ONE, "2026-11-23": TWO, "2026-11-24": THREE}
PLACED = {"2026-11-22": {"a": "2026-09", "b": "2026-09"}, "2026-11-23": {"b": "2026-10", "c": "2026-10"}}


def configuration(epoch: int) -> dict[str, Any]:
    """A Jobcenter with a full list of vacancies and placements as they happen."""
    csv = {"type": "csv_file", "options": {"encoding": "utf-8", "delimiter": ";"}}
    placed = {"month": {"column": "Monat", "parse": "month"}, "placement_type": "Art", "kldb3": "KldB3"}
    placed |= {"kreis": "Kreis", "subsidy": {"constant": "NONE"}, "openings_filled": {"constant": 1}}
    stellen = {**csv, "event": "vacancy", "load": "full", "files": "stellen_*.csv", "key": "{Nr}"}
    facts = {**csv, "event": "placement", "load": "delta", "files": "vermittlungen_*.csv", "key": "{Nr}"}
    sources = {"stellen": {**stellen, "columns": VACANCY_COLUMNS}, "vermittlungen": {**facts, "columns": placed}}
    return {"name": "Test", "kreis": "05515", "epoch": epoch, "sources": sources}


@dataclass
class Town:
    """The connectors of all lives, each a process with its own state file, and what they said."""

    root: Path
    bootstrap: str
    ids: dict[str, str] = field(default_factory=lambda: {life: f"t{secrets.token_hex(5)}" for life in LIVES})
    said: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    after_loss: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """What they said in the first run after the loss, in which no file was new."""

    def set_up(self, life: str, epoch: int = 0) -> None:
        folder = self.root / "deploy" / "jobcenters"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{self.ids[life]}.yaml").write_text(yaml.safe_dump(configuration(epoch)), "utf-8")

    def state(self, life: str) -> Path:
        return self.root / "data" / "connectors" / f"{self.ids[life]}.sqlite"

    def deliver(self, day: str, old: bool = False) -> None:
        """A day's files for everybody. Of the expired life they are so old that raw topics keep nothing of them."""
        for life, name in self.ids.items():
            folder = self.root / "in" / name
            folder.mkdir(parents=True, exist_ok=True)
            files = {f"stellen_{day}.csv": csv_text([row(Nr=nr, Titel=title) for nr, title in DAYS[day].items()])}
            if day in PLACED:
                lines = [f"{nr};{month};SVB_UNGEFOERDERT;621;05554" for nr, month in PLACED[day].items()]
                files[f"vermittlungen_{day}.csv"] = "\n".join(["Nr;Monat;Art;KldB3;Kreis", *lines]) + "\n"
            for file, text in files.items():
                (folder / file).write_text(text, "utf-8")
                age = 40 * 86_400 if old and life == "expired" else 3600
                os.utime(folder / file, (time.time() - age,) * 2)

    @property
    def places(self) -> dict[str, str]:
        return {"JOBHUB_DEPLOY": str(self.root / "deploy"), "JOBHUB_DATA": str(self.root / "data")}

    def run(self, *lives: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Their connectors until everything is done."""
        module = "tests.chaos.child" if variables else "hub.cli.main"
        command = [
            "run",
            *(self.ids[life] for life in lives),
            "--deliveries",
            str(self.root / "in"),
            "--once",
            "--json",
        ]
        done = subprocess.run(
            [sys.executable, "-m", module, *command, "--bootstrap-servers", self.bootstrap],
            env={**os.environ, **self.places, **variables},
            capture_output=True, text=True, timeout=240, check=False,
        )  # fmt: skip
        lives_by_id = {name: life for life, name in self.ids.items()}
        for line in done.stdout.splitlines():
            said = json.loads(line)
            if said.get("jobcenter") in lives_by_id:
                self.said[lives_by_id[said["jobcenter"]]].append(said)
        return done

    def lose(self, life: str) -> None:
        for path in self.state(life).parent.glob(f"{self.ids[life]}*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def tidy(self, day: str) -> None:
        """Files of a day are cleared away, as somebody does now and then. Only the expired ones still lie there."""
        for life, name in self.ids.items():
            if life != "expired":
                for path in (self.root / "in" / name).glob(f"*{day}.csv"):
                    path.unlink()

    def raw(self, life: str, *events: Event) -> list[Any]:
        return read_all(self.bootstrap, [topics.raw(self.ids[life], event) for event in events or FACTS])

    def await_worker(self) -> None:
        sent = {(one.topic(), one.partition(), one.offset()): None for life in LIVES for one in self.raw(life)}
        wait_until_done(self.bootstrap, list(self.ids.values()), sent, secs=90)  # type: ignore[arg-type]

    def expire(self, life: str) -> None:
        """Its raw topics keep nothing of what they held, as after two weeks."""
        names = [*(topics.raw(self.ids[life], event) for event in FACTS), topics.delivery(self.ids[life])]
        cut = [confluent_kafka.TopicPartition(name, p, confluent_kafka.OFFSET_END) for name in names for p in range(4)]
        admin = AdminClient({"bootstrap.servers": self.bootstrap})
        for done in admin.delete_records(cut).values():
            done.result()

    def history(self, life: str) -> dict[tuple[str, str], list[Any]]:
        """What was sent of each entity, in order; the same bytes sent twice count once."""
        found: dict[tuple[str, str], list[Any]] = defaultdict(list)
        for one in self.raw(life):
            event = topics.parse_raw(one.topic()).event
            told = codec(event).decode(one.value())
            told.pop("jobcenter")
            states = found[event, told["source_id"]]
            if told not in states:
                states.append(told)
        return dict(found)

    def shown(self, life: str) -> dict[str, Any]:
        """What the hub shows of its vacancies in the end."""
        found = {}
        for one in read_all(self.bootstrap, [topics.curated("vacancy")]):
            jobcenter, _, key = one.key().decode().partition(":")
            if jobcenter == self.ids[life]:
                told = codec("vacancy").decode(one.value())
                found[key] = {**told, "jobcenter": "", "version": 0, "epoch": 0}
        return found

    def ends(self, life: str) -> set[str]:
        """Vacancies that were ever said to have ended."""
        told = [codec("vacancy").decode(one.value()) for one in self.raw(life, "vacancy")]
        return {one["source_id"] for one in told if one["status"] == "ENDED"}

    def verdicts(self, life: str) -> set[tuple[str, str | None]]:
        """Outcomes and codes the worker gave."""
        told = outcomes(self.bootstrap, [self.ids[life]])
        return {(outcome, code) for answers in told.values() for outcome, code, _ in answers}


@pytest.fixture(scope="module")
def town(bootstrap_servers: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Three days; between the second and the third the state files are lost."""
    root = tmp_path_factory.mktemp("town")
    town = Town(root, bootstrap_servers)
    for life in LIVES:
        town.set_up(life)
    shutil.copy(DEPLOY / "topics.yaml", root / "deploy")
    asyncio.run(ensure_topics(bootstrap_servers, load_manifest(DEPLOY / "topics.yaml"), list(town.ids.values())))
    with workers() as start:
        worker = start(bootstrap_servers, list(town.ids.values()), root / "worker")
        town.deliver("2026-11-22", old=True)
        assert 0 == town.run(*LIVES).returncode
        with closing(State(town.state("backup"))) as state, closing(sqlite3.connect(root / "backup.sqlite")) as copy:
            state.sql.backup(copy)
        town.deliver("2026-11-23", old=True)
        assert 0 == town.run(*(life for life in LIVES if life != "torn")).returncode
        breaks = {"JOBHUB_CHAOS_BREAK": "connector-steps", "JOBHUB_FAILPOINT": "connector-acked:2"}
        assert -signal.SIGKILL == town.run("torn", **breaks).returncode
        worker.wait_ready()
        town.await_worker()
        town.expire("expired")
        town.tidy("2026-11-22")

        for life in ("gone", "torn", "expired", "blind"):
            town.lose(life)
        town.lose("backup")
        shutil.copy(root / "backup.sqlite", town.state("backup"))
        town.said.clear()
        assert 3 == town.run("calm", "gone", "torn", "backup", "expired").returncode
        assert 0 == town.run("blind", JOBHUB_CHAOS_BREAK="recovery-off").returncode
        town.after_loss = dict(town.said)
        town.said.clear()

        town.deliver("2026-11-24")
        town.set_up("expired", epoch=1)
        assert 0 == town.run("calm", "gone", "torn", "backup", "expired").returncode
        assert 0 == town.run("blind", JOBHUB_CHAOS_BREAK="recovery-off").returncode
        town.await_worker()
        yield town


@pytest.mark.parametrize("life", ["gone", "torn", "backup"])
def test_what_was_sent_is_what_would_have_been_sent_without_the_loss(town: Town, life: str) -> None:
    assert town.history("calm") == town.history(life)
    assert {("applied", None)} >= town.verdicts(life) - {("DUPLICATE", None)}
    assert town.ends("calm") == town.ends(life) == {"5", "6", "7"}
    assert town.shown("calm") == town.shown(life)


@pytest.mark.parametrize("life, entities, deliveries", [("gone", 24, 4), ("torn", None, None), ("backup", 6, 2)])
def test_it_says_what_it_knows_again_and_takes_no_file_twice(
    town: Town, life: str, entities: int | None, deliveries: int | None
) -> None:
    (told,) = [event for event in town.after_loss[life] if event["event"] == "recovered"]
    taken = [event for event in town.after_loss[life] if event["event"] == "delivery"]

    if entities is not None:
        assert (entities, deliveries, []) == (told["entities"], told["deliveries"], taken)
    assert 0 == sum(event["sent_ended"] for event in taken)


def test_who_lost_nothing_has_nothing_to_recover(town: Town) -> None:
    assert [] == town.after_loss.get("calm", [])


def test_where_the_topics_do_not_tell_everything_it_asks_for_a_new_epoch_and_sends_nothing(town: Town) -> None:
    (told,) = town.after_loss["expired"]

    assert ("failed", "E714") == (told["event"], told["code"])
    assert "placement" in told["what"]
    assert f"epoch: 1 in {town.ids['expired']}.yaml" in told["what"]
    assert "vacancy" not in told["what"]


def test_with_the_new_epoch_everything_is_sent_anew_and_nothing_ends_that_has_not_ended(town: Town) -> None:
    again = [event for event in town.said["expired"] if event["event"] == "delivery"]

    assert ["stellen_2026-11-24.csv"] == [event["file"] for event in again]
    assert {"6", "7"} == town.ends("expired")  # 5 ended before its raw record expired
    assert set() == {code for _, code in town.verdicts("expired")} - {None}
    assert town.shown("calm") == town.shown("expired")


def test_without_recovery_there_are_conflicts_and_ends_are_forgotten(town: Town) -> None:
    assert ("CONFLICT", "E522") in town.verdicts("blind")
    assert town.shown("calm") != town.shown("blind")
