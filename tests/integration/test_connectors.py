"""Connectors against a real broker: all five Jobcenters, crashes, outages, and the command line."""

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from connectors.runner import run
from connectors.state import State
from hub.topics import ensure_topics, load_manifest
from schemas.codec import codec
from schemas.jobcenter import Jobcenter
from schemas.topics import EVENTS, raw
from schemas.topics import delivery as delivery_topic
from tests.support.deliveries import DELIVERIES, DEPLOY, jobcenter_of

pytestmark = pytest.mark.integration


@dataclass(frozen=True)
class Got:
    topic: str
    partition: int
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...]


async def everything(bootstrap_servers: str, topics: list[str]) -> list[Got]:
    """All records of some topics, in the order of their partitions."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap_servers, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        parts = [TopicPartition(topic, number) for topic in topics for number in range(4)]
        consumer.assign(parts)
        ends = await consumer.end_offsets(parts)
        found: list[Got] = []
        for part in parts:
            await consumer.seek_to_beginning(part)
        while any([await consumer.position(part) < ends[part] for part in parts]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                found += [Got(one.topic, one.partition, one.key, one.value, tuple(one.headers)) for one in records]
        return found
    finally:
        await consumer.stop()


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds, at most a minute and a half."""
    for _ in range(1800):
        if holds():
            return
        await asyncio.sleep(0.05)
    pytest.fail("it did not come to that")


async def finished(arguments: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """A command that has run to its end."""
    return await asyncio.to_thread(
        subprocess.run, arguments, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def renamed(name: str, made_up: str) -> Jobcenter:
    """One of the five under an id whose topics are this test's alone."""
    return jobcenter_of(name).model_copy(update={"id": made_up})


async def topics_for(bootstrap_servers: str, jobcenter: str) -> list[str]:
    await ensure_topics(bootstrap_servers, load_manifest(DEPLOY / "topics.yaml"), [jobcenter])
    return [*(raw(jobcenter, event) for event in EVENTS), delivery_topic(jobcenter)]


@pytest.mark.parametrize(
    "name, vacancies, placements",
    [
        ("borken", 533 + 67, 229),
        ("coesfeld", 370 + 40, 291),
        ("steinfurt", 460 + 44, 175),
        ("warendorf", 286 + 29, 235),
        ("muenster", 644 + 78, 260),
    ],
)
async def test_a_jobcenter_sends_everything_once_and_nothing_it_must_not(
    bootstrap_servers: str, made_up_jobcenter: str, tmp_path: Path, name: str, vacancies: int, placements: int
) -> None:
    topics = await topics_for(bootstrap_servers, made_up_jobcenter)
    jobcenter, state = renamed(name, made_up_jobcenter), tmp_path / "s.sqlite"
    summary = await run(jobcenter, DELIVERIES / name, state, bootstrap_servers, once=True)
    found = await everything(bootstrap_servers, topics)
    again = await run(jobcenter, DELIVERIES / name, state, bootstrap_servers, once=True)

    sent = Counter(one.topic for one in found)
    assert (vacancies, placements) == (
        sent[raw(made_up_jobcenter, "vacancy")],
        sent[raw(made_up_jobcenter, "placement")],
    )
    assert len(found) == summary.published
    assert (0, 0) == (again.published, again.deliveries)
    assert len(found) == len(await everything(bootstrap_servers, topics))
    events = [one for one in found if not one.topic.endswith(".delivery.v1")]
    assert len(events) == len({dict(one.headers)["ce_id"] for one in events})
    for one in events:
        record = codec(one.topic.split(".")[3]).decode(one.value)
        assert f"{made_up_jobcenter}:{record['source_id']}".encode() == one.key
    everywhere = b"".join(part for one in found for part in (one.key, one.value, *(value for _, value in one.headers)))
    numbers = {line.replace("\t", ";").replace(",", ";").split(";")[-1] for line in _placements(name)}
    assert b"Kanarienvogel" not in everywhere
    assert len(numbers) > 100
    assert not [number for number in numbers if number.encode() in everywhere]
    states = [codec("delivery").decode(one.value)["state"] for one in found if one.topic.endswith(".delivery.v1")]
    assert {"borken": 1}.get(name, 0) == states.count("HELD")
    assert states.count("BEGUN") == len(states) / 2


def _placements(name: str) -> list[str]:
    return (DELIVERIES / name / "vermittlungen.csv").read_bytes().decode("latin-1").splitlines()[1:]


CRASHING = """
import asyncio, os, signal, sys
from pathlib import Path
from connectors.runner import run
from connectors.state import State
from tests.integration.test_connectors import renamed
from tests.support.deliveries import DELIVERIES

marked = State.mark_published
calls = []
def die(self, places):
    calls.append(1)
    if len(calls) == int(sys.argv[4]):
        os.kill(os.getpid(), signal.SIGKILL)  # the broker has them, the state file does not know
    marked(self, places)
State.mark_published = die
asyncio.run(run(renamed("coesfeld", sys.argv[1]), DELIVERIES / "coesfeld", Path(sys.argv[2]), sys.argv[3], once=True))
"""


@pytest.mark.parametrize("call", [1, 2, 4, 7])
async def test_killed_before_it_notes_an_acknowledgement_it_sends_the_same_bytes_again_and_nothing_new(
    bootstrap_servers: str, made_up_jobcenter: str, tmp_path: Path, call: int
) -> None:
    topics = await topics_for(bootstrap_servers, made_up_jobcenter)
    state = tmp_path / "s.sqlite"
    arguments = [sys.executable, "-c", CRASHING, made_up_jobcenter, str(state), bootstrap_servers, str(call)]
    crashed = await asyncio.to_thread(subprocess.run, arguments, cwd=Path.cwd(), timeout=60, check=False)
    assert -signal.SIGKILL == crashed.returncode
    before = await everything(bootstrap_servers, topics)
    await run(renamed("coesfeld", made_up_jobcenter), DELIVERIES / "coesfeld", state, bootstrap_servers, once=True)
    found = await everything(bootstrap_servers, topics)

    events = Counter(one for one in found if not one.topic.endswith(".delivery.v1"))
    assert 370 + 40 + 28 + 291 == len(events)
    twice = {one for one, count in events.items() if count > 1}
    assert twice <= set(before)
    assert len(events) == len({dict(one.headers)["ce_id"] for one in events})
    versions = {
        (one.key, record["version"]) for one in events for record in [codec(one.topic.split(".")[3]).decode(one.value)]
    }
    assert len(events) == len(
        {(one.topic, *version) for one in events for version in versions if version[0] == one.key}
    )


async def test_while_kafka_is_away_it_waits_says_so_and_loses_nothing(
    bootstrap_servers: str, made_up_jobcenter: str, tmp_path: Path
) -> None:
    topics = await topics_for(bootstrap_servers, made_up_jobcenter)
    jobcenter, state, stop = renamed("warendorf", made_up_jobcenter), tmp_path / "s.sqlite", asyncio.Event()
    told: list[dict[str, Any]] = []
    waiting = asyncio.create_task(
        run(jobcenter, DELIVERIES / "warendorf", state, "127.0.0.1:1", once=True, stop=stop, on_event=told.append)
    )
    await until(lambda: any(event["event"] == "waiting" for event in told))
    stop.set()
    begun = time.monotonic()
    stopped = await waiting

    assert time.monotonic() - begun < 5
    assert (True, 0) == (stopped.stopped, stopped.published)
    assert {"E401"} == {event["code"] for event in told if event["event"] == "waiting"}
    await run(jobcenter, DELIVERIES / "warendorf", state, bootstrap_servers, once=True)
    assert (
        286 + 29
        == Counter(one.topic for one in await everything(bootstrap_servers, topics))[raw(jobcenter.id, "vacancy")]
    )


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "hub.cli.main", *arguments]


def _environment(tmp_path: Path, made_up: str, name: str) -> dict[str, str]:
    deploy = tmp_path / "deploy"
    (deploy / "jobcenters").mkdir(parents=True)
    (deploy / "jobcenters" / f"{made_up}.yaml").write_text(
        (DEPLOY / "jobcenters" / f"{name}.yaml").read_text(encoding="utf-8"), encoding="utf-8"
    )
    return {**os.environ, "JOBHUB_DEPLOY": str(deploy), "JOBHUB_DATA": str(tmp_path / "data")}


async def test_run_once_on_the_command_line_ends_with_a_summary(
    bootstrap_servers: str, made_up_jobcenter: str, tmp_path: Path
) -> None:
    await topics_for(bootstrap_servers, made_up_jobcenter)
    environment = _environment(tmp_path, made_up_jobcenter, "borken")
    arguments = [
        "run",
        made_up_jobcenter,
        "--deliveries",
        str(DELIVERIES / "borken"),
        "--bootstrap-servers",
        bootstrap_servers,
    ]
    done = await finished(_command(*arguments, "--until", "2026-11-23", "--once", "--json"), environment)
    lines = [json.loads(line) for line in done.stdout.splitlines()]

    assert (0, "") == (done.returncode, done.stderr)
    assert ["ready", *["delivery"] * 4, "summary"] == [line["event"] for line in lines]
    (jobcenter,) = lines[-1]["jobcenters"]
    assert (17 + 533 + 26 + 229, 31, 19) == (jobcenter["sent_new"], jobcenter["sent_changed"], jobcenter["sent_ended"])
    shown = await finished(_command("deliveries", "list", made_up_jobcenter, "--json"), environment)
    assert ["COMPLETED"] * 4 == [entry["state"] for entry in json.loads(shown.stdout)["deliveries"]]


async def test_held_ends_are_released_on_the_command_line_and_sent_by_the_running_connector(
    bootstrap_servers: str, made_up_jobcenter: str, tmp_path: Path
) -> None:
    topics = await topics_for(bootstrap_servers, made_up_jobcenter)
    environment = _environment(tmp_path, made_up_jobcenter, "borken")
    arguments = [
        "run",
        made_up_jobcenter,
        "--deliveries",
        str(DELIVERIES / "borken"),
        "--bootstrap-servers",
        bootstrap_servers,
    ]
    process = await asyncio.create_subprocess_exec(
        *_command(*arguments, "--json", "--poll-secs", "0.3"),
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    while json.loads(await process.stdout.readline()).get("state") != "HELD":
        pass
    approve = ("deliveries", "approve", made_up_jobcenter, "stellen_voll_2026-11-24.csv", "--ceiling")
    too_low = await finished(_command(*approve, "318"), environment)
    assert (1, True) == (too_low.returncode, "319" in too_low.stderr)
    assert 0 == (await finished(_command(*approve, "319"), environment)).returncode
    state = State(tmp_path / "data" / "connectors" / f"{made_up_jobcenter}.sqlite")
    await until(lambda: not state.count_unpublished())
    state.close()
    process.send_signal(signal.SIGTERM)
    begun = time.monotonic()
    assert 0 == await process.wait()

    assert time.monotonic() - begun < 5
    ends = [codec("vacancy").decode(one.value) for one in await everything(bootstrap_servers, topics[:1])]
    assert 19 + 319 == sum(record["status"] == "ENDED" for record in ends)


async def test_one_jobcenter_that_fails_stops_no_other(
    bootstrap_servers: str, made_up_jobcenter: str, tmp_path: Path
) -> None:
    topics = await topics_for(bootstrap_servers, made_up_jobcenter)
    environment = _environment(tmp_path, made_up_jobcenter, "muenster")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / made_up_jobcenter).symlink_to(DELIVERIES / "muenster")
    broken = tmp_path / "deploy" / "jobcenters" / "keiner.yaml"
    broken.write_text((DEPLOY / "jobcenters" / "borken.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    arguments = ["run", "keiner", made_up_jobcenter, "--deliveries", str(tmp_path / "in"), "--once", "--json"]
    done = await finished(_command(*arguments, "--bootstrap-servers", bootstrap_servers), environment)
    lines = [json.loads(line) for line in done.stdout.splitlines()]

    assert 2 == done.returncode
    assert [("keiner", "E713")] == [(one["jobcenter"], one["code"]) for one in lines[-1]["failures"]]
    assert "failed" in [line["event"] for line in lines]
    assert 644 + 78 == sum(one.topic == topics[0] for one in await everything(bootstrap_servers, topics))


async def test_new_files_are_taken_while_it_runs_and_growing_ones_wait(
    bootstrap_servers: str, made_up_jobcenter: str, tmp_path: Path
) -> None:
    await topics_for(bootstrap_servers, made_up_jobcenter)
    jobcenter, stop, told = renamed("borken", made_up_jobcenter), asyncio.Event(), list[dict[str, Any]]()
    folder = tmp_path / "in"
    folder.mkdir()
    work = asyncio.create_task(
        run(jobcenter, folder, tmp_path / "s", bootstrap_servers, poll_seconds=0.1, stop=stop, on_event=told.append)
    )
    content = (DELIVERIES / "borken" / "stellen_voll_2026-11-22.csv").read_bytes()
    with (folder / "stellen_voll_2026-11-22.csv").open("wb") as file:
        for part in range(10):
            file.write(content[part * len(content) // 10 : (part + 1) * len(content) // 10])
            file.flush()
            await asyncio.sleep(0.1)
    await until(lambda: any(event["event"] == "delivery" for event in told))
    stop.set()
    summary = await work

    assert ("COMPLETED", 533) == next((one["state"], one["sent_new"]) for one in told if one["event"] == "delivery")
    assert 1 == summary.deliveries
    assert "E301" in [event.get("code") for event in told]


async def test_a_file_written_just_before_a_single_run_is_waited_for_and_taken(
    bootstrap_servers: str, made_up_jobcenter: str, tmp_path: Path
) -> None:
    await topics_for(bootstrap_servers, made_up_jobcenter)
    jobcenter, told = renamed("borken", made_up_jobcenter), list[dict[str, Any]]()
    folder = tmp_path / "in"
    folder.mkdir()
    shutil.copyfile(DELIVERIES / "borken" / "stellen_voll_2026-11-22.csv", folder / "stellen_voll_2026-11-22.csv")
    summary = await run(
        jobcenter, folder, tmp_path / "s", bootstrap_servers, once=True, stop=asyncio.Event(), on_event=told.append
    )

    assert (1, []) == (summary.deliveries, summary.waiting)
    assert ["COMPLETED"] == [one["state"] for one in told if one["event"] == "delivery"]


async def test_a_dry_run_sends_nothing_and_remembers_nothing(tmp_path: Path) -> None:
    environment = _environment(tmp_path, "niemand", "coesfeld")
    arguments = ["run", "niemand", "--deliveries", str(DELIVERIES / "coesfeld"), "--dry-run", "--json"]
    done = await finished(_command(*arguments), environment)
    (summary,) = json.loads(done.stdout.splitlines()[-1])["jobcenters"]

    assert (0, 370 + 12 + 28 + 291, 10) == (done.returncode, summary["sent_new"], summary["sent_ended"])
    assert not (tmp_path / "data").exists()


async def test_a_source_that_is_stopped_is_named_and_the_others_deliver(
    bootstrap_servers: str, made_up_jobcenter: str, tmp_path: Path
) -> None:
    topics = await topics_for(bootstrap_servers, made_up_jobcenter)
    environment = _environment(tmp_path, made_up_jobcenter, "borken")
    described = tmp_path / "deploy" / "jobcenters" / f"{made_up_jobcenter}.yaml"
    service = """
  fern:
    event: vacancy
    type: rest_json
    load: full
    options: { url: "https://service.example.de/", token_env: TEST_TOKEN_NOBODY_SET }
    key: "{nr}"
    columns: { title: titel, kldb2010: beruf, visibility: { constant: PUBLIC }, openings: zahl,
               workplace.plz: plz, workplace.place: ort, published_from: { column: ab, parse: date_iso } }
"""
    described.write_text(described.read_text(encoding="utf-8") + service, encoding="utf-8")
    place = ("--deliveries", str(DELIVERIES / "borken"), "--bootstrap-servers", bootstrap_servers)
    arguments = ("run", made_up_jobcenter, *place, "--once")
    done = await finished(_command(*arguments, "--json"), environment)
    lines = [json.loads(line) for line in done.stdout.splitlines()]

    assert 4 == done.returncode, done.stderr
    assert "fern (E402)" in done.stderr
    assert [("fern", "E402")] == [(one["source"], one["code"]) for one in lines if one["event"] == "source_stopped"]
    assert {"fern": "E402"} == lines[-1]["jobcenters"][0]["stopped_sources"]
    assert 533 + 67 == sum(one.topic == topics[0] for one in await everything(bootstrap_servers, topics))

    set_now = environment | {"TEST_TOKEN_NOBODY_SET_FILE": str(tmp_path / "token")}
    (tmp_path / "token").write_text("Kanarienvogel", encoding="utf-8")
    (tmp_path / "token").chmod(0o600)
    again = await finished(_command("--lang", "en", *arguments, "--dry-run"), set_now)
    assert (0, False) == (again.returncode, "stopped" in again.stderr)


async def test_a_storm_is_reported_released_on_the_command_line_and_then_sent(
    bootstrap_servers: str, made_up_jobcenter: str, tmp_path: Path
) -> None:
    topics = await topics_for(bootstrap_servers, made_up_jobcenter)
    environment = _environment(tmp_path, made_up_jobcenter, "borken")
    (tmp_path / "in").mkdir()
    origin = (DELIVERIES / "borken" / "stellen_voll_2026-11-22.csv").read_bytes()
    file = tmp_path / "in" / "stellen_voll_2026-11-22.csv"
    # Of 300 rows the occupation has lost a digit.
    file.write_bytes(re.sub(rb"(?m)^([^;]*;[^;]*;[0-9]{4})[0-9];", rb"\1;", origin, count=300))
    os.utime(file, (0, 0))  # what was touched just now would be waited for
    place = ("--deliveries", str(tmp_path / "in"), "--bootstrap-servers", bootstrap_servers)
    done = await finished(_command("run", made_up_jobcenter, *place, "--once"), environment)

    assert (1, True) == (done.returncode, f"{made_up_jobcenter}/stellen (E503)" in done.stderr), done.stderr
    sent = await everything(bootstrap_servers, topics)
    assert {topics[-1]} == {one.topic for one in sent}
    report = codec("delivery").decode(sent[-1].value)
    assert ("REFUSED", "E503") == (report["state"], report["reason"])
    refused = str(max(entry["count"] for entry in report["rejected_by_code"]))

    approve = ("deliveries", "approve", made_up_jobcenter, file.name, "--ceiling")
    too_low = await finished(_command(*approve, "3"), environment)
    assert (1, True) == (too_low.returncode, f"--ceiling {refused}" in too_low.stderr)
    assert 0 == (await finished(_command(*approve, refused), environment)).returncode
    again = await finished(_command("run", made_up_jobcenter, *place, "--once"), environment)
    assert 0 == again.returncode, again.stderr
    assert {topics[0], topics[-1]} == {one.topic for one in await everything(bootstrap_servers, topics)}
