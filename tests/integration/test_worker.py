"""The worker on a real broker: exact outcomes, kill -9 anywhere, take-over, zombies, poison, expired records.

Each test has Jobcenters of its own; the state of partition p and the transactional ids are shared, as in a real hub.
The mutants that show what each rule of hub/stream/task.py is good for are in test_stream_rules.py.
"""

from __future__ import annotations

import asyncio
import secrets
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import confluent_kafka
import pytest
from confluent_kafka.admin import AdminClient

from hub.settings import Settings
from hub.topics import ensure_topics, load_manifest
from schemas import topics
from schemas.codec import codec
from tests.support.events import vacancy
from tests.support.load import Load, Sent
from tests.support.raw import headers_of
from tests.support.trickle import Trickle
from tests.support.workers import (
    PARTITIONS,
    Feeder,
    Kept,
    Worker,
    outcomes,
    read_all,
    wait_until_done,
    without_outcome,
    workers,
    wrong,
)

pytestmark = pytest.mark.integration

SESSION_SECS = 2.0
Start = Callable[..., Worker]


def make_topics(address: str, jobcenters: list[str]) -> None:
    """As `jobhub topics apply` does."""
    manifest = load_manifest(Settings().deploy_folder / "topics.yaml")
    asyncio.run(ensure_topics(address, manifest, jobcenters))


@pytest.fixture
def jobcenters(bootstrap_servers: str) -> list[str]:
    """Two made-up Jobcenters with their topics."""
    ids = sorted(f"t{secrets.token_hex(4)}" for _ in range(2))
    make_topics(bootstrap_servers, ids)
    return ids


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts workers; none outlives the test."""
    with workers() as starter:
        yield starter


def test_every_record_gets_the_one_outcome_it_deserves(
    bootstrap_servers: str, jobcenters: list[str], start: Start, tmp_path: Path
) -> None:
    feeder, load = Feeder(bootstrap_servers), Load([*jobcenters], seed=1)
    feeder.send(load.records(1500))
    worker = start(bootstrap_servers, jobcenters, tmp_path)
    assert {"version": 1, "event": "ready", "part": "worker", "jobcenters": jobcenters} == worker.wait_ready()
    feeder.send(load.records(500))
    wait_until_done(bootstrap_servers, jobcenters, feeder.sent)
    assert not wrong(bootstrap_servers, jobcenters, feeder.sent)

    code, secs = worker.terminate()
    assert (code, secs < 5) == (0, True)
    assert "FATAL" not in worker.stderr
    assert "Titel" not in worker.stderr

    # A further Jobcenter: its topics are found after a restart, from their beginning.
    third = f"u{secrets.token_hex(4)}"
    more = [*jobcenters, third]
    make_topics(bootstrap_servers, more)
    load.jobcenters.append(third)
    feeder.send(load.records(300))
    start(bootstrap_servers, more, tmp_path).wait_ready()
    wait_until_done(bootstrap_servers, more, feeder.sent)
    assert not wrong(bootstrap_servers, more, feeder.sent)


STEPS = ["before-fence:2", "fenced:2", "decided:5", "begun:5", "sent:9", "delivered:5", "committed:9"]


def test_killed_at_any_step_nothing_is_lost_and_nothing_done_twice(
    bootstrap_servers: str, jobcenters: list[str], start: Start, tmp_path: Path
) -> None:
    feeder, load = Feeder(bootstrap_servers), Load([*jobcenters], seed=2)
    with Trickle(feeder, load):
        for step in STEPS:
            worker = start(bootstrap_servers, jobcenters, tmp_path, JOBHUB_FAILPOINT=step)
            assert worker.ended() == -signal.SIGKILL, f"{step} was not reached"
        last = Kept(lambda: start(bootstrap_servers, jobcenters, tmp_path))
        last.worker.wait_ready()
    wait_until_done(bootstrap_servers, jobcenters, feeder.sent, last)

    assert not wrong(bootstrap_servers, jobcenters, feeder.sent)


def _await_more_everywhere(feeder: Feeder) -> None:
    """Until each partition has records that were not there before."""
    before = set(feeder.sent)
    give_up = time.monotonic() + 60
    while set(PARTITIONS) != {p for _, p, _ in set(feeder.sent) - before} and time.monotonic() < give_up:
        time.sleep(0.02)


def test_a_second_worker_takes_over_from_a_killed_one(
    bootstrap_servers: str, jobcenters: list[str], start: Start, tmp_path: Path
) -> None:
    feeder, load = Feeder(bootstrap_servers), Load([*jobcenters], seed=3)
    one = start(bootstrap_servers, jobcenters, tmp_path / "one")
    one.wait_ready()
    with Trickle(feeder, load):
        two = Kept(lambda: start(bootstrap_servers, jobcenters, tmp_path / "two"))
        two.worker.wait_ready()
        _await_more_everywhere(feeder)
        one.send(signal.SIGKILL)
        killed = time.monotonic()
        _await_more_everywhere(feeder)  # so all partitions of the dead one have records that wait
        before = dict(feeder.sent)
        wait_until_done(bootstrap_servers, jobcenters, before, two)
        took = time.monotonic() - killed
    wait_until_done(bootstrap_servers, jobcenters, feeder.sent, two)

    # A heartbeat of the hub itself travels the whole way, every five seconds; this test may be quicker.
    give_up = time.monotonic() + 15
    while not (heartbeats := read_all(bootstrap_servers, [topics.PROBE])) and time.monotonic() < give_up:
        time.sleep(0.2)
    assert {b"hub"} == {message.key() for message in heartbeats}
    # On a quiet machine it is the session and two seconds (tests/bench/w8.py); a busy one must not turn this red.
    assert took < SESSION_SECS + 25
    assert not wrong(bootstrap_servers, jobcenters, feeder.sent)


def test_a_worker_that_wakes_up_after_its_successor_is_fenced(
    bootstrap_servers: str, jobcenters: list[str], start: Start, tmp_path: Path
) -> None:
    feeder, load = Feeder(bootstrap_servers), Load([*jobcenters], seed=4)
    with Trickle(feeder, load):
        zombie = start(bootstrap_servers, jobcenters, tmp_path / "one", JOBHUB_FAILPOINT="sent:9:stop")
        zombie.wait_ready()
        two = Kept(lambda: start(bootstrap_servers, jobcenters, tmp_path / "two"))
        two.worker.wait_ready()
        wait_until_done(bootstrap_servers, jobcenters, dict(feeder.sent), two)
        zombie.send(signal.SIGCONT)
        assert zombie.ended() == 10
    wait_until_done(bootstrap_servers, jobcenters, feeder.sent, two)

    assert "Fenced" in zombie.stderr or "IllegalOperation" in zombie.stderr
    assert not wrong(bootstrap_servers, jobcenters, feeder.sent)


def test_a_record_that_kills_the_process_twice_is_rejected_and_its_neighbours_pass(
    bootstrap_servers: str, jobcenters: list[str], start: Start, tmp_path: Path
) -> None:
    feeder, load = Feeder(bootstrap_servers), Load([*jobcenters], seed=5)
    killer = vacancy(jobcenter=jobcenters[0], source_id="v-killer", title="Geheimer Titel")
    value, key = codec("vacancy").encode(killer), f"{jobcenters[0]}:v-killer"
    headers = headers_of("vacancy", key, "d/killer")
    feeder.send(load.records(150))
    feeder.send([Sent(topics.raw(jobcenters[0], "vacancy"), key.encode(), value, headers, "REJECTED", "E901", None)])
    feeder.send(load.records(150))

    def done() -> bool:
        return not without_outcome(bootstrap_servers, jobcenters, feeder.sent)

    environment = {"JOBHUB_TEST_KILLER_KEY": key, "JOBHUB_TEST_KILLER": "exit"}
    crashed: list[int] = []
    worker = start(bootstrap_servers, jobcenters, tmp_path, **environment)
    while (code := worker.ended_before(done)) is not None and len(crashed) < 6:
        crashed.append(code)
        worker = start(bootstrap_servers, jobcenters, tmp_path, **environment)
    wait_until_done(bootstrap_servers, jobcenters, feeder.sent)

    assert [139] * 3 == crashed  # once in its batch, twice alone
    assert not wrong(bootstrap_servers, jobcenters, feeder.sent)


def test_an_error_in_a_step_ends_the_process_and_tells_no_value(
    bootstrap_servers: str, jobcenters: list[str], start: Start, tmp_path: Path
) -> None:
    record = vacancy(jobcenter=jobcenters[0], title="Geheimer Titel")
    key, value = f"{jobcenters[0]}:{record['source_id']}", codec("vacancy").encode(record)
    worker = start(bootstrap_servers, jobcenters, tmp_path, JOBHUB_TEST_KILLER_KEY=key, JOBHUB_TEST_KILLER="raise")
    Feeder(bootstrap_servers).send([Sent(topics.raw(jobcenters[0], "vacancy"), key.encode(), value, [], "")])

    assert 10 == worker.ended()
    assert "FlowFailed: vacancy: ValueError at worker_main.py" in worker.stderr
    assert "Geheim" not in worker.stderr


def test_records_that_expired_unread_are_counted_and_the_rest_is_done(
    bootstrap_servers: str, jobcenters: list[str], start: Start, tmp_path: Path
) -> None:
    feeder, load = Feeder(bootstrap_servers), Load(jobcenters[:1], seed=6)
    feeder.send(load.records(200, poison=False))
    raw = topics.raw(jobcenters[0], "vacancy")
    admin = AdminClient({"bootstrap.servers": bootstrap_servers})
    cut = [confluent_kafka.TopicPartition(raw, p, 3) for p in range(4)]
    for deleted in admin.delete_records(cut).values():
        deleted.result()

    start(bootstrap_servers, jobcenters, tmp_path).wait_ready()
    wait_until_done(bootstrap_servers, jobcenters, feeder.sent)

    told = outcomes(bootstrap_servers, jobcenters)
    expired = {place for place, answers in told.items() if answers == [("EXPIRED_UNREAD", None, None)]}
    assert {(raw, p, offset) for p in range(4) for offset in range(3)} == expired
    assert all(len(answers) == 1 for answers in told.values())


def test_a_worker_without_its_topics_says_so_and_ends(bootstrap_servers: str, start: Start, tmp_path: Path) -> None:
    worker = start(bootstrap_servers, ["nowhere"], tmp_path)

    assert worker.ended() == 3
    assert "jobhub topics apply" in worker.stderr
