"""Real connectors: lists that are repeated, torn, oversized, and connectors that die over them."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterable

from tests.chaos.bench import Bench, experiment
from tests.chaos.breaks import CONNECTOR_STEPS
from tests.chaos.checker import TWICE, UNEXPLAINED, Findings
from tests.chaos.launch import launched
from tests.chaos.ledger import Intent
from tests.chaos.office import Office, intend, offices
from tests.chaos.world import CHILD, JOBCENTERS, JOBHUB, World


def connectors(world: World, *, dies_at: str = "", **variables: str) -> int:
    """All five Jobcenters' connectors until everything that lies there is done; the exit code."""
    command = ["run", *JOBCENTERS, "--deliveries", str(world.folder / "deliveries"), "--once", "--json"]
    done = subprocess.run(
        launched("-m", CHILD if variables else JOBHUB, *command, "--bootstrap-servers", world.broker.bootstrap),
        env={**os.environ, **world.environment, **variables, "JOBHUB_FAILPOINT": dies_at},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    (world.folder / "logs" / "connectors.out").write_text(done.stdout + done.stderr, encoding="utf-8")
    return done.returncode


def told(world: World) -> str:
    """What the connectors said last."""
    return (world.folder / "logs" / "connectors.out").read_text(encoding="utf-8")


def sent(world: World, intents: Iterable[Intent], *, dies_at: str = "", **variables: str) -> None:
    """Run the connectors, once more after each death, and take what they were given as acknowledged."""
    code = connectors(world, dies_at=dies_at, **variables)
    if dies_at:
        assert code == -signal.SIGKILL, f"{dies_at} was not reached: {code} {told(world)[-500:]}"
        world.fault()
        code = connectors(world, **variables)
    assert code == 0, f"connectors ended with {code}: {told(world)[-500:]}"
    for intent in intents:
        world.ledger.ack(intent.id)


def open_offices(world: World) -> list[Office]:
    """The five back offices of a world."""
    return offices(JOBCENTERS, world.folder / "deliveries", world.seed)


def day(world: World, number: int, *, rows: int = 40, dies_at: str = "", **variables: str) -> None:
    """One day of all five."""
    intents = []
    for office in open_offices(world):
        intents += intend(world.ledger, office.change(rows))
        office.write(number)
    sent(world, intents, dies_at=dies_at, **variables)


def days(world: World, between: Callable[[], object] = lambda: None, **variables: str) -> None:
    """Two days: the second changes, withdraws, repeats, and has rows nobody can read. `between`: the night."""
    five = open_offices(world)
    first = [intent for office in five for intent in intend(world.ledger, office.change(40))]
    for office in five:
        office.write(23)
    sent(world, first, **variables)
    between()
    second = []
    for office in five:
        second += _unreadable(world, office)
    sent(world, second, **variables)


def _unreadable(world: World, office: Office, number: int = 24) -> list[Intent]:
    """A day on which the first three rows cannot be read: their jobs are neither changed nor gone."""
    unread = dict(list(office.rows.items())[:3])
    for name in unread:
        del office.rows[name]
    intents = intend(world.ledger, office.change(10, 12, 3))
    office.rows = {**unread, **office.rows}
    office.write(number, bad=3, repeat=4)
    return intents


@experiment("F26", "a connector dies at every step between a row and its acknowledgement", short=True)
def dying_connectors(bench: Bench) -> None:
    with bench.world() as world:
        world.usual()
        five = open_offices(world)
        steps = CONNECTOR_STEPS if not bench.short else CONNECTOR_STEPS[3::2][: bench.size(8, 4)]
        for number, step in enumerate(steps, 10):
            intents = []
            for office in five:
                intents += intend(world.ledger, office.change(20, 5 if number > 10 else 0, 2 if number > 10 else 0))
                office.write(number)
            passage = 3 if step == "connector-sent" else 1
            variables = {"JOBHUB_CHAOS_BREAK": "connector-steps"}
            sent(world, intents, dies_at=f"{step}:{passage}", **variables)
            world.healed()
            bench.judge(world, step=step.removeprefix("connector-"), calm=False)


@experiment("F23", "rows of 1 MiB and of 20 MiB in a list, and records of that size")
def oversized(bench: Bench) -> None:
    with bench.world() as world:
        world.usual()
        five = open_offices(world)
        intents = []
        for place, office in enumerate(five):
            intents += intend(world.ledger, office.change(20))
            size = ((1 << 20) - 1, (1 << 20) + 1, 20 << 20)[place % 3]
            near = office.intent("ZZ-2", "Stelle Nachbar")
            del office.rows["ZZ-2"]  # it is written below, behind the huge one
            intents += intend(world.ledger, [near])
            office.write(
                23, extra=f"ZZ-1;Stelle riesig;{'x' * size};16.11.2026;1\nZZ-2;{near.mark};Text;16.11.2026;1\n"
            )
        sent(world, intents)
        world.fault(len(five))
        said = [json.loads(line) for line in told(world).splitlines() if line.startswith("{")]
        refused = sum(event["rejected"] for event in said if event["event"] == "delivery")
        for size in ((1 << 20) - 200, (1 << 20) + 1, 20 << 20):
            world.send([_huge(size)])
            world.fault()
        world.healed()

        def each(found: Findings) -> None:
            found.add("I2", UNEXPLAINED, abs(refused - len(five)), f"{refused} of {len(five)} rows refused")
            found.add("I2", UNEXPLAINED, abs(world.ledger.count("refused") - 1), "refused by the broker")

        bench.judge(world, note="rows refused at the connector with their place, neighbours sent", also=each)


def _huge(size: int) -> Intent:
    from tests.chaos import wire

    topic = wire.raw(JOBCENTERS[0], "vacancy")
    return Intent(f"huge-{size}", topic, f"{JOBCENTERS[0]}:H".encode(), b"\0" * size, "", 0, 0, "", "poison")


@experiment("F24", "the list of a day comes three times")
def three_times(bench: Bench) -> None:
    with bench.world() as world:
        world.usual()
        five = open_offices(world)
        intents = [intent for office in five for intent in intend(world.ledger, office.change(bench.size(300, 60)))]
        for office in five:
            for name in ("stellen_2026-11-23.csv", "stellen_2026-11-23_2.csv", "stellen_2026-11-24.csv"):
                office.write(23, name=name)
                world.fault()
        sent(world, intents)
        # And three times past the connector: the same events under new ids.
        once = world.script.newer(bench.size(600, 150))
        for copy in range(3):
            world.send(_renamed(once, copy))
        world.healed()

        def ratio(found: Findings) -> None:
            told_ = [answer for answers in world.outcomes().values() for answer in answers]
            # An entity may have several versions among them; repeated, all but the last are behind it.
            repeated = told_.count("DUPLICATE") + told_.count("STALE")
            found.add("I3", TWICE, abs(repeated - 2 * len(once)), f"{repeated} repetitions of {len(once)} sent thrice")

        bench.judge(world, note=f"{2 * len(once)} of {3 * len(once)} were repetitions, exactly", also=ratio)


def _renamed(intents: list[Intent], copy: int) -> list[Intent]:
    from dataclasses import replace

    return [replace(intent, id=f"{intent.id}-{copy}") for intent in intents]


@experiment("F33", "a list torn while being written, replaced, of another content under the same name, a link, a pipe")
def torn_lists(bench: Bench) -> None:
    with bench.world() as world:
        world.usual()
        office = open_offices(world)[0]
        first = intend(world.ledger, office.change(60))
        office.write(20)
        sent(world, first)
        # Torn in the middle of a row: what it lacks must not end.
        changed = office.change(0, 0)
        path = office.write(21)
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2 + 7])
        _age(path)
        sent(world, changed)
        # The rest arrives under the same name; then other content under it.
        path.write_bytes(whole)
        _age(path)
        sent(world, [])
        later = intend(world.ledger, office.change(5, 5))
        office.write(21)
        sent(world, later)
        # A link and a pipe in place of files: refused, and nobody waits for them.
        (office.folder / "stellen_2026-11-22.csv").symlink_to("/etc/passwd")
        os.mkfifo(office.folder / "stellen_2026-11-24.csv")
        world.fault(5)
        code = connectors(world)
        last = intend(world.ledger, office.change(3, 3))
        office.write(25)
        sent(world, last)
        world.healed()
        bench.judge(world, note=f"link and pipe: code {code}, {told_refused(world)}")


def _age(path: os.PathLike[str]) -> None:
    os.utime(path, (0, 0))


def told_refused(world: World) -> str:
    """What the connectors refused, in their own words."""
    return "refused" if "REFUSED" in told(world) else "left alone"


@experiment("F38", "the state files of the connectors are gone, then replaced by old ones")
def state_lost(bench: Bench) -> None:
    with bench.world() as world:
        world.usual()
        five, folder, old = open_offices(world), world.folder / "data" / "connectors", world.folder / "old"

        def listed(number: int, new: int, changed: int = 0, gone: int = 0) -> None:
            intents = [intent for one in five for intent in intend(world.ledger, one.change(new, changed, gone))]
            for one in five:
                one.write(number).with_name(f"stellen_2026-11-{number - 1:02}.csv").unlink(missing_ok=True)
            sent(world, intents)

        listed(20, bench.size(60, 40))
        shutil.copytree(folder, old)
        listed(21, 10, 10, 3)
        for number, backup in ((22, None), (23, old)):
            world.fault(len(five))
            shutil.rmtree(folder)
            if backup is not None:
                shutil.copytree(backup, folder)
            sent(world, [])
            listed(number, 10, 10, 3)
        world.healed()
        bench.judge(world, note="nothing was sent twice, nothing ended that was only forgotten")


@experiment("F20", "the clock of a connector goes back two hours, ahead a month, back a month")
def connector_clock(bench: Bench) -> None:
    with bench.world() as world:
        world.usual()
        five, clock = open_offices(world), world.folder / "clock"
        for number, off in enumerate((0, -7200, 30 * 86_400, -30 * 86_400, 0), 20):
            clock.write_text(str(off))
            intents = []
            for office in five:
                intents += intend(world.ledger, office.change(30, 10 if number > 20 else 0, 2 if number > 20 else 0))
                office.write(number)
            sent(world, intents, JOBHUB_CHAOS_BREAK="clock", JOBHUB_CHAOS_CLOCK=str(clock))
            world.fault(off != 0)
        world.healed()
        bench.judge(world)
