"""The embedded services: real Kafka and real PostgreSQL, started, stopped, killed."""

import asyncio
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil
import psycopg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from hub.embedded import EmbeddedError, Endpoints, Progress, Services, unprivileged
from hub.embedded.jars import ensure_jars
from hub.embedded.lock_jars import KAFKA, LOG4J
from hub.embedded.pins import Jar, read_lock
from tests.support.spoken import next_line

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]
NOBODY = 65534
DAMAGED = "jose4j-0.9.6.jar"

RUN_UNTIL_KILLED = """
import sys, time
from pathlib import Path
from hub.embedded import Services
services = Services(Path(sys.argv[1]))
endpoints = services.start()
print(services.guard_pid, services.kafka_pid, services.postgres_pid, endpoints.bootstrap_servers, flush=True)
time.sleep(float(sys.argv[2]))
services.stop()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that others may pass through: `tmp_path` is closed to the user that PostgreSQL gets when we are root."""
    path = Path(tempfile.mkdtemp(prefix="jobhub-test-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="module")
def jars() -> list[Path]:
    """The pinned jars in the cache of this machine."""
    return ensure_jars(lambda _: None, threading.Event())


@pytest.fixture
def copied(jars: list[Path], folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of our own, readable for all, with the same jars."""
    cache = folder / "cache" / jars[0].parent.name
    cache.mkdir(parents=True)
    for jar in jars:
        shutil.copy2(jar, cache)
    monkeypatch.setenv("JOBHUB_CACHE", str(cache.parent))
    return cache


@pytest.fixture
def mirror(jars: list[Path], folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A Maven repository on this machine, and the only one that is asked."""
    root = folder / "mirror"
    for jar, source in zip(read_lock(), jars, strict=True):
        target = root / in_maven(jar)
        target.parent.mkdir(parents=True)
        shutil.copy2(source, target)

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *args: object) -> None:
            super().__init__(*args, directory=str(root))  # type: ignore[arg-type]  # the server's own three

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("JOBHUB_MAVEN_MIRROR", f"http://127.0.0.1:{server.server_port}")
        yield root
        server.shutdown()


def in_maven(jar: Jar) -> Path:
    return Path(*jar.group.split("."), jar.artifact, jar.version, jar.file)


def flip_a_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def is_alive(pid: int) -> bool:
    with suppress(psutil.NoSuchProcess):
        # An orphan that has ended is a zombie until the system's first process asks for its exit code.
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


def await_gone(pids: list[int], secs: float = 20) -> None:
    deadline = time.monotonic() + secs
    while alive := [pid for pid in pids if is_alive(pid)]:
        assert time.monotonic() < deadline, f"{alive} still run after {secs} s"
        time.sleep(0.05)


def pids_of(services: Services) -> list[int]:
    pids = [services.guard_pid, services.kafka_pid, services.postgres_pid]
    return [pid for pid in pids if pid is not None]


def run_elsewhere(data: Path, secs: float = 60, prefix: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    """Another process that owns the services for `secs` seconds; its first line has three process ids."""
    return subprocess.Popen(
        [*prefix, sys.executable, "-c", RUN_UNTIL_KILLED, str(data), str(secs)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]), "PYTHONDONTWRITEBYTECODE": "1"},
    )


def as_nobody() -> tuple[str, ...]:
    """A prefix that runs a command as an ordinary user, who may still read root's own Python, wherever that lies."""
    may_read = ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")
    prefix = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *may_read)
    try:
        subprocess.run([*prefix, sys.executable, "-c", ""], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"this machine does not let root hand on the right to read: {error}")
    return prefix


def started(owner: subprocess.Popen[str]) -> list[int]:
    words = next_line(owner).split()
    assert len(words) == 4, "the other process could not start the services"
    return [int(word) for word in words[:3]]


async def publish(endpoints: Endpoints, value: bytes) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=endpoints.bootstrap_servers)
    await admin.start()
    await admin.create_topics([NewTopic("kept", 1, 1)])
    await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=endpoints.bootstrap_servers, transactional_id="test")
    await producer.start()
    async with producer.transaction():
        await producer.send_and_wait("kept", value)
    await producer.stop()


async def first_message(endpoints: Endpoints) -> bytes:
    consumer = AIOKafkaConsumer(bootstrap_servers=endpoints.bootstrap_servers, isolation_level="read_committed")
    await consumer.start()
    partition = TopicPartition("kept", 0)
    consumer.assign([partition])
    await consumer.seek_to_beginning(partition)
    message = await asyncio.wait_for(consumer.getone(), 10)
    await consumer.stop()
    return bytes(message.value)


async def test_topics_and_rows_are_there_again_after_a_restart(folder: Path) -> None:
    services = Services(folder / "data")
    async with services as before:
        pids = pids_of(services)
        await publish(before, b"a message")
        with psycopg.connect(before.database_url) as connection:
            connection.execute("CREATE EXTENSION pg_trgm")
            connection.execute("CREATE TABLE kept AS SELECT 'Köchin'::text AS title")
    still_alive = [pid for pid in pids if is_alive(pid)]
    began = time.monotonic()
    async with services as after:
        start_secs = time.monotonic() - began
        message = await first_message(after)
        with psycopg.connect(after.database_url) as connection:
            row = connection.execute("SELECT title, lower(title), current_setting('timezone') FROM kept").fetchone()
        began = time.monotonic()
    stop_secs = time.monotonic() - began

    assert len(pids) == 3
    assert still_alive == []
    assert before == after
    assert message == b"a message"
    assert row == ("Köchin", "köchin", "UTC")
    assert start_secs < 15  # about 1 s; 2 s without the AOT cache; CI machines are slow
    assert stop_secs < 8


def test_the_clusters_have_the_intended_settings(folder: Path) -> None:
    with Services(folder / "data", kafka=False) as endpoints, psycopg.connect(endpoints.database_url) as connection:
        row = connection.execute(
            "SELECT current_user, current_database(), pg_encoding_to_char(encoding), datlocprovider, datlocale,"
            " current_setting('listen_addresses'), current_setting('password_encryption'),"
            " (SELECT bool_and(auth_method = 'scram-sha-256') FROM pg_hba_file_rules)"
            " FROM pg_database WHERE datname = current_database()"
        ).fetchone()
    modes = {path.name: path.stat().st_mode & 0o777 for path in (folder / "data").iterdir()}

    assert row == ("hub", "jobhub", "UTF8", "b", "C.UTF-8", "127.0.0.1", "scram-sha-256", True)
    assert endpoints.bootstrap_servers == ""
    assert modes == {"embedded.json": 0o600, "embedded.lock": 0o600, "postgres": 0o700}


def test_a_second_owner_of_a_data_folder_is_refused(folder: Path) -> None:
    data = folder / "data"
    with Services(data, kafka=False), pytest.raises(EmbeddedError, match=f"{data} is in use"):
        Services(data, kafka=False).start()


def test_external_services_start_nothing(folder: Path) -> None:
    services = Services(folder / "data", bootstrap_servers="kafka:9092", database_url="postgresql://elsewhere/jobhub")
    with services as endpoints:
        pids = pids_of(services)

    assert endpoints == Endpoints("kafka:9092", "postgresql://elsewhere/jobhub")
    assert pids == []
    assert not (folder / "data").exists()


def test_nothing_is_left_when_the_owner_is_killed(folder: Path) -> None:
    with run_elsewhere(folder / "data") as owner:
        pids = started(owner)
        owner.kill()
    # At once: a new owner waits for the servers that are still stopping.
    with Services(folder / "data", kafka=False) as endpoints, psycopg.connect(endpoints.database_url):
        await_gone(pids, secs=1)


def test_nothing_is_left_when_the_guard_is_killed(folder: Path) -> None:
    services = Services(folder / "data")
    services.start()
    guard, *servers = pids_of(services)
    os.kill(guard, signal.SIGKILL)
    await_gone(servers)
    services.stop()

    assert len(servers) == 2
    assert pids_of(services) == []
    with Services(folder / "data", kafka=False):
        pass


def test_a_killed_databases_last_statement_is_waited_for(folder: Path) -> None:
    """Otherwise a server that is started next to it would share the data with a transaction of the dead one."""
    services = Services(folder, kafka=False)
    url = services.start().database_url
    with psycopg.connect(url, autocommit=True) as busy, psycopg.connect(url, autocommit=True) as watching:
        process = psutil.Process(busy.info.backend_pid)
        working = threading.Thread(target=_work_for_three_seconds, args=(busy,))
        working.start()
        while not watching.execute("SELECT 1 FROM pg_stat_activity WHERE query LIKE 'DO%'").fetchone():
            time.sleep(0.02)
        server = services.postgres_pid
        assert server is not None
        os.kill(server, signal.SIGKILL)
        services.stop()

        assert not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
        working.join()


def _work_for_three_seconds(connection: psycopg.Connection) -> None:
    with suppress(psycopg.OperationalError):
        connection.execute(
            "DO $$ DECLARE ends timestamptz := clock_timestamp() + interval '3 s';"
            " BEGIN WHILE clock_timestamp() < ends LOOP END LOOP; END $$"
        )


def test_the_terminals_ctrl_c_does_not_reach_the_guard_or_the_servers(folder: Path) -> None:
    services = Services(folder / "data", kafka=False)
    with services:
        sessions = {os.getsid(pid) for pid in pids_of(services)}

        assert os.getsid(0) not in sessions


async def test_a_cancelled_start_leaves_nothing(folder: Path) -> None:
    services = Services(folder / "data")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(services.__aenter__(), 0.2)

    assert pids_of(services) == []
    async with Services(folder / "data", kafka=False) as endpoints:
        assert endpoints.database_url


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_an_ordinary_user_can_run_it(folder: Path, copied: Path) -> None:
    home = folder / "home"
    home.mkdir()
    os.chown(home, NOBODY, NOBODY)
    with run_elsewhere(home / "data", secs=0, prefix=as_nobody()) as owner:
        pids = started(owner)

    assert owner.returncode == 0
    assert [pid for pid in pids if is_alive(pid)] == []
    assert (home / "data" / "postgres" / "data").stat().st_uid == NOBODY


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user's PostgreSQL runs as that user")
def test_root_may_keep_the_data_below_a_folder_closed_to_others(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)

    with Services(closed / "data", kafka=False) as endpoints, psycopg.connect(endpoints.database_url) as connection:
        answer = connection.execute("SELECT 1").fetchone()

    assert answer == (1,)
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user's PostgreSQL runs as that user")
def test_root_without_that_right_is_told_which_folder_closes_the_way(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    monkeypatch.setattr(unprivileged, "_may_grant_passage", lambda: False)

    with pytest.raises(EmbeddedError, match=f"cannot pass through {closed} "):
        Services(closed / "data", kafka=False).start()


def test_a_lost_password_is_reported_not_replaced(folder: Path) -> None:
    with Services(folder / "data", kafka=False):
        pass
    (folder / "data" / "embedded.json").unlink()

    with pytest.raises(EmbeddedError, match=r"embedded\.json is missing"):
        Services(folder / "data", kafka=False).start()


def test_a_kafka_home_without_jars_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_HOME", str(folder))

    with pytest.raises(EmbeddedError, match="KAFKA_HOME is"):
        Services(folder / "data", postgres=False).start()


def test_a_damaged_jar_is_named_when_it_cannot_be_fetched(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOBHUB_MAVEN_MIRROR", "http://127.0.0.1:9")
    flip_a_byte(copied / DAMAGED)

    with pytest.raises(EmbeddedError, match=f"{DAMAGED} of Apache Kafka is missing or damaged"):
        ensure_jars(lambda _: None, threading.Event())


def test_a_damaged_jar_is_fetched_anew(copied: Path, mirror: Path) -> None:
    whole = (copied / DAMAGED).read_bytes()
    flip_a_byte(copied / DAMAGED)
    seen: list[Progress] = []

    ensure_jars(seen.append, threading.Event())

    assert (copied / DAMAGED).read_bytes() == whole
    assert seen[-1] == Progress("fetching Apache Kafka", len(whole), len(whole))


def test_a_jar_that_differs_from_its_pin_is_never_put_in_place(copied: Path, mirror: Path) -> None:
    (copied / DAMAGED).unlink()
    flip_a_byte(mirror / next(in_maven(jar) for jar in read_lock() if jar.file == DAMAGED))

    with pytest.raises(EmbeddedError, match="SHA-256 is not the one"):
        ensure_jars(lambda _: None, threading.Event())

    assert not (copied / DAMAGED).exists()
    assert list(copied.glob(".fetch-*")) == []


def test_two_first_starts_at_once_share_one_download(
    jars: list[Path], folder: Path, mirror: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JOBHUB_CACHE", str(folder / "empty"))
    reports: list[list[Progress]] = [[], []]
    threads = [threading.Thread(target=ensure_jars, args=(report.append, threading.Event())) for report in reports]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    total = sum(jar.size for jar in read_lock())

    assert sorted(len(report) > 0 for report in reports) == [False, True]
    assert [report[-1] for report in reports if report] == [Progress("fetching Apache Kafka", total, total)]


def test_the_pins_are_of_one_kafka_and_one_log4j() -> None:
    kafka = {jar.version for jar in read_lock() if jar.group == "org.apache.kafka"}
    log4j = {jar.version for jar in read_lock() if jar.group == "org.apache.logging.log4j"}

    assert kafka == {KAFKA}
    assert log4j == {LOG4J}
