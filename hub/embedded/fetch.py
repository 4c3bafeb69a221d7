"""Fetch jars from a Maven repository: each into a private folder, compared with its pin, then moved in place.

jgo finds and loads them, but it is not trusted: it writes to the final file name, so that half a download counts as a
whole one, it hardly tries again, and it only warns when a checksum is wrong.
"""

import logging
import os
import shutil
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from hub.embedded.errors import EmbeddedError
from hub.embedded.pins import Jar, is_good

MIRROR_VARIABLE = "JOBHUB_MAVEN_MIRROR"
TRIES = 4
TIMEOUT_SECS = 15
REPORT_BYTES = 256 * 1024


@dataclass(frozen=True)
class Progress:
    """How far a first start has come: `done` of `total` bytes. `what` is a short English phrase."""

    what: str
    done: int
    total: int


Report = Callable[[Progress], None]


def repositories() -> dict[str, str]:
    """The one Maven repository to ask: JOBHUB_MAVEN_MIRROR, else jgo's own. jgo itself knows no mirror setting."""
    from jgo.constants import MAVEN_CENTRAL_URL  # takes 0.2 s; a warm start does without

    return {"central": os.environ.get(MIRROR_VARIABLE, MAVEN_CENTRAL_URL).rstrip("/")}


def fetch_all(jars: list[Jar], folder: Path, report: Report, give_up: threading.Event) -> None:
    """Fetch `jars` into `folder`, six at a time. Call it from one process at a time only.

    Raises EmbeddedError when one of them cannot be had or `give_up` was set; those that are in place by then stay.
    """
    for left_by_a_killed_one in folder.glob(".fetch-*"):
        shutil.rmtree(left_by_a_killed_one, ignore_errors=True)
    fetching = _Fetching(folder, report, sum(jar.size for jar in jars), give_up)
    with (
        _certificates_of_the_system(),
        tempfile.TemporaryDirectory(dir=folder, prefix=".fetch-") as private,
        ThreadPoolExecutor(6) as pool,
    ):
        tasks = [pool.submit(fetching.one, jar, Path(private)) for jar in jars]
        try:
            for task in as_completed(tasks):
                task.result()
        except BaseException:
            fetching.failed.set()  # the others end at their next bytes, instead of all 45 being tried in vain
            raise


@contextmanager
def _certificates_of_the_system() -> Iterator[None]:
    """requests trusts its own list of authorities; in municipal networks the proxy's is only in the system's."""
    import truststore

    truststore.inject_into_ssl()
    try:
        yield
    finally:
        truststore.extract_from_ssl()


class _Fetching:
    """What the threads of one `fetch_all` share."""

    def __init__(self, folder: Path, report: Report, total: int, give_up: threading.Event) -> None:
        self.failed = threading.Event()
        self._folder, self._report, self._total, self._give_up = folder, report, total, give_up
        self._done = self._reported = 0
        self._mutex = threading.Lock()

    def one(self, jar: Jar, private: Path) -> None:
        """Fetch one jar; try again where that may help."""
        for attempt in range(TRIES):
            loaded: list[int] = []
            try:
                self._go_on()
                fetched = _load(jar, private / f"{jar.file}.{attempt}", partial(self._count, loaded))
                if not is_good(jar, fetched):
                    raise ValueError("its SHA-256 is not the one in kafka.lock.json")
                fetched.replace(self._folder / jar.file)
                return
            except _GivenUp as error:
                raise EmbeddedError(f"fetching {jar.file} was given up") from error
            except Exception as error:  # jgo's own errors, those of requests, ValueError, OSError
                self._add(-sum(loaded))
                if attempt + 1 == TRIES or _no_network(error):
                    raise EmbeddedError(
                        f"{jar.file} of Apache Kafka is missing or damaged in {self._folder} and cannot be fetched: "
                        f"{error}. Check the network, or set {MIRROR_VARIABLE} (a Maven repository) or KAFKA_HOME "
                        "(an unpacked Kafka), or use a broker that runs already"
                    ) from error
            self._give_up.wait(0.3 * 2**attempt)

    def _go_on(self) -> None:
        if self.failed.is_set() or self._give_up.is_set():
            raise _GivenUp

    def _count(self, so_far: list[int], count: int) -> None:
        self._go_on()
        so_far.append(count)
        self._add(count)

    def _add(self, count: int) -> None:
        with self._mutex:
            self._done += count
            if self._done == self._total or abs(self._done - self._reported) >= REPORT_BYTES:
                self._reported = self._done
                self._report(Progress("fetching Apache Kafka", self._done, self._total))


class _GivenUp(Exception):
    """Another jar failed, or nobody wants them any more."""


def _load(jar: Jar, private: Path, count: Callable[[int], None]) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from jgo.maven import MavenContext, PythonResolver

    @contextmanager
    def counted(_file: str, _size: int) -> Iterator[Callable[[int], None]]:
        yield count

    logging.getLogger("jgo").setLevel(logging.ERROR)  # it warns of what is checked here anyway
    private.mkdir()
    resolver = PythonResolver(progress_callback=counted)
    context = MavenContext(resolver, private, remote_repos=repositories(), timeout=TIMEOUT_SECS)
    return Path(context.project(jar.group, jar.artifact).at_version(jar.version).artifact().resolve())


def _no_network(error: Exception) -> bool:
    """Whether another try is vain: no route, no name, nobody listens."""
    return any(sign in repr(error) for sign in ("NameResolution", "Errno 101", "Errno 111"))
