"""Two versions of the hub side by side: one process after the other goes back to the former one, and forth again."""

from __future__ import annotations

import io
import signal
import subprocess
import tarfile
from pathlib import Path

from tests.chaos.bench import Bench, experiment
from tests.chaos.processes import Role, wait_for


def former() -> str:
    """The version before this one: the last tag, or while there is none, the last change but one. Empty: unknown."""
    for command in (("describe", "--tags", "--abbrev=0", "HEAD^"), ("log", "-1", "--format=%h", "HEAD^", "--", "hub")):
        found = subprocess.run(("git", *command), capture_output=True, text=True, check=False)
        if found.returncode == 0 and found.stdout.strip():
            return found.stdout.strip()
    return ""


def unpack(version: str, folder: Path) -> None:
    """Put the files of a version into a folder."""
    archive = subprocess.run(("git", "archive", version), capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(folder, filter="data")


@experiment("F34", "workers and sinks go back to the former version and forth again, one after the other")
def rolling(bench: Bench) -> None:
    version = former()
    if bench.skip("" if version else "no former version here: not a clone with its history"):
        return
    with bench.world() as world:
        unpack(version, world.folder / "former")
        one, two, sink = world.usual()
        load = bench.load(world, bench.secs(25, 15))
        # In the order of docs/operations.md: sinks first, and the other way round on the way back.
        for role in (one, two, sink):
            _become(role, world.folder / "former")
            world.fault()
        load.await_sent(load.sent + bench.size(2000, 300))
        for role in (sink, one, two):
            _become(role, None)
            world.fault()
        world.healed()
        load.stop()
        bench.judge(world, note=f"{version} and this one side by side; there is one schema version only")


def _become(role: Role, folder: Path | None) -> None:
    ended, role.folder = len(role.codes), folder
    role.send(signal.SIGTERM)
    wait_for(lambda: len(role.codes) > ended and role.ready, f"{role.name} is of the other version", of=role)
