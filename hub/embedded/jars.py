"""The jars of Apache Kafka, whole and checked: exactly those that are pinned. A jar that differs is never run."""

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hub.embedded.errors import EmbeddedError
from hub.embedded.fetch import Report, fetch_all
from hub.embedded.pins import LOCK_FILE, Jar, file_sha256, is_good, read_lock


def cache_folder() -> Path:
    """Where jars are kept for all data folders: JOBHUB_CACHE, else XDG_CACHE_HOME/jobhub, else ~/.cache/jobhub."""
    if chosen := os.environ.get("JOBHUB_CACHE"):
        return Path(chosen).absolute()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache").absolute() / "jobhub"


def ensure_jars(report: Report, give_up: threading.Event) -> list[Path]:
    """All jars of the lock, whole and checked; missing and damaged ones are fetched anew.

    `report` is called while jars are fetched, never for a full cache. When `give_up` is set, fetching ends early. Two
    processes may call this at once: one fetches, the other waits.

    Raises EmbeddedError when a jar cannot be had or the cache cannot be written.
    """
    jars = read_lock()
    # The folder's name follows from the lock, so two versions of the hub do not fight over one folder.
    folder = cache_folder() / f"kafka-{file_sha256(LOCK_FILE)[:12]}"
    try:
        # Jars are moved in place whole, so looking needs no lock and a full cache may be read-only.
        if _wrong(jars, folder):
            folder.mkdir(parents=True, exist_ok=True)
            with _one_process_only(folder, give_up):
                if missing := _wrong(jars, folder):  # looked at again: the other process may have fetched them
                    fetch_all(missing, folder, report, give_up)
    except OSError as error:
        raise EmbeddedError(
            f"the cache {folder} cannot be used: {error}; set JOBHUB_CACHE to another folder"
        ) from error
    return [folder / jar.file for jar in jars]


def _wrong(jars: list[Jar], folder: Path) -> list[Jar]:
    return [jar for jar in jars if not is_good(jar, folder / jar.file)]


@contextmanager
def _one_process_only(folder: Path, give_up: threading.Event) -> Iterator[None]:
    with (folder / ".lock").open("w") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if give_up.wait(0.1):
                    raise EmbeddedError("waiting for another process that fetches Kafka was given up") from None
        yield
