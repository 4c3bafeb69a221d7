"""What a red experiment leaves behind: logs and state of everybody, before the world is taken down.

build/chaos/NAME-…: `found` (what was wrong), `state` (processes, who is behind, ends and positions, groups), `logs`
(stderr over all starts, stdout of each), `brokers` and `database` (the end of what they wrote). A process that lives is
asked first what each of its tasks waits for (tests/chaos/launch.py): that stands at the end of its stderr.
"""

from __future__ import annotations

import shutil
import signal
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from confluent_kafka.admin import AdminClient

from tests.chaos import logs
from tests.chaos.launch import TASKS_END
from tests.chaos.processes import Role, wait_for

if TYPE_CHECKING:
    from tests.chaos.world import World

FOLDER = Path("build/chaos")
_TAIL_BYTES = 300_000
_ANSWER_SECS = 5.0


def keep(world: World, name: str) -> Path:
    """Keep what there is, whatever of it cannot be had any more; the folder, called after the experiment."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    into = Path(tempfile.mkdtemp(prefix=f"{name.replace('/', '-')}-{world.seed}-", dir=FOLDER))
    _ask_for_tasks(world.supervisor.roles.values())
    with suppress(OSError):
        shutil.copytree(world.folder / "logs", into / "logs")
    for part, source in (("brokers", world.folder / "kafka"), ("database", world.folder / "postgres")):
        with suppress(OSError):
            _tails(source, into / part)
    parts: dict[str, Callable[[], Iterable[str]]] = {
        "processes": lambda: map(_process, world.supervisor.roles.values()),
        "behind": world.behind,
        "positions": lambda: _positions(world),
        "groups": lambda: _groups(world.broker.bootstrap),
    }
    with (into / "state").open("w", encoding="utf-8") as state:
        for title, ask in parts.items():
            state.write(f"== {title}\n")
            try:
                state.writelines(f"{line}\n" for line in ask())
            except Exception as error:  # a broker or a database that is away is part of the picture
                state.write(f"not to be had: {type(error).__name__}: {error}\n")
    return into


def tell(kept: Path, found: Iterable[str]) -> Path:
    """Put what was found, in lines, beside what was kept."""
    (kept / "found").write_text("".join(f"{line}\n" for line in found), encoding="utf-8")
    return kept


def _ask_for_tasks(roles: Iterable[Role]) -> None:
    """Have every process write down what its tasks wait for; one that stands still or computes cannot."""
    asked = {role: role.stderr.count(TASKS_END) for role in roles if role.running and not role.stands_still()}
    for role in asked:
        role.send(signal.SIGURG)
    with suppress(AssertionError):
        wait_for(lambda: all(role.stderr.count(TASKS_END) > n for role, n in asked.items()), "answers", _ANSWER_SECS)


def _tails(source: Path, into: Path) -> None:
    """The ends of all logs of a server."""
    into.mkdir()
    for log in sorted({*source.rglob("*.log"), *source.rglob("*.log.[0-9]")}):
        if "data" in log.relative_to(source).parts:
            continue  # Kafka calls its topics' files so, too
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _TAIL_BYTES))
            (into / "-".join(log.relative_to(source).parts)).write_bytes(file.read())


def _process(role: Role) -> str:
    state = "ready" if role.ready else "running" if role.running else "ended"
    still = ", stands still" if role.stands_still() else ""
    return f"{role.name}: {state}{still}, started {role.starts} times, ended with {role.codes}; {role.arguments}"


def _positions(world: World) -> Iterator[str]:
    """Of each partition: its ends, and how far the worker's receipts and the sinks are by the database."""
    where = logs.partitions(world.broker.bootstrap)
    stable = logs.ends(world.broker.bootstrap, where)
    written = logs.ends(world.broker.bootstrap, where, committed=False)
    reached = world.reached()
    for topic, p in where:
        at = {stage: offset for (stage, *place), offset in sorted(reached.items()) if place == [topic, p]}
        yield f"{topic}-{p}: stable end {stable[topic, p][1]}, written {written[topic, p][1]}, reached {at}"


def _groups(bootstrap: str) -> Iterator[str]:
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    names = [group.group_id for group in admin.list_consumer_groups(request_timeout=10).result().valid]
    for name, asked in sorted(admin.describe_consumer_groups(names, request_timeout=10).items()) if names else ():
        group = asked.result()
        yield f"{name}: {group.state}, coordinator {group.coordinator}, {len(group.members)} members"
        for member in group.members:
            given = sorted((tp.topic, tp.partition) for tp in member.assignment.topic_partitions)
            yield f"  {member.client_id} {member.member_id}: {len(given)} partitions {given}"
