"""Records that cannot be right, come in the wrong order, or from two senders at once."""

from __future__ import annotations

import random
from dataclasses import replace

from tests.chaos import wire
from tests.chaos.bench import Bench, experiment
from tests.chaos.checker import UNEXPLAINED, Findings
from tests.chaos.ledger import Intent
from tests.chaos.script import POISONS, poison
from tests.chaos.world import JOBCENTERS
from tests.support.mutations import MUTATIONS


@experiment("F21", "sixty kinds of poison, each between sound neighbours", short=True)
def poisoned(bench: Bench) -> None:
    with bench.world() as world:
        world.usual()
        restarts = world.supervisor.restarts
        rubbish = [
            poison(kind, jobcenter, event, f"poison-{kind}-{event}-{jobcenter}")
            for jobcenter in JOBCENTERS[:1]
            for event in wire.EVENTS
            for kind in range(POISONS)
        ]
        for place, mutation in enumerate(MUTATIONS):
            jobcenter = JOBCENTERS[place % len(JOBCENTERS)]
            if mutation.field == "jobcenter":
                continue  # poison() forges that one
            record = {**mutation.example(), "jobcenter": jobcenter}
            key = f"{jobcenter}:{record['source_id']}"
            try:
                value = wire.encode(mutation.event, record)
            except (ValueError, OverflowError):
                continue  # Avro itself cannot say it
            topic = wire.raw(jobcenter, mutation.event)
            rubbish.append(Intent(f"poison-{place}", topic, key.encode(), value, "", 0, 0, "", "poison"))
        world.send([entry for bad in rubbish for entry in (*world.script.newer(2), bad, *world.script.newer(2))])
        world.fault(len(rubbish))
        world.healed()

        def unharmed(found: Findings) -> None:
            found.add("I9", UNEXPLAINED, world.supervisor.restarts - restarts, "poison ended a process")

        bench.judge(world, note=f"{len(rubbish)} kinds", also=unharmed)


@experiment("F22", "schema ids nobody knows; and no registry anywhere")
def unknown_schemas(bench: Bench) -> None:
    with bench.world() as world:
        world.usual()
        load = world.load()
        load.await_sent(bench.size(1000, 200))
        load.stop()
        for number in (0, 7, 99, 0x7FFFFFFF):
            good = world.script.newer(1)[0]
            assert good.value is not None
            value = b"\0" + number.to_bytes(4, "big") + good.value[5:]
            world.send([replace(good, id=f"schema-{number}", value=value, kind="poison"), good])
            world.fault()
        world.healed()
        bench.judge(world, note="no part of the flow asks a registry: ids are pinned in the code")


@experiment("F25", "shuffled in windows of 50, ends before beginnings, two senders for one entity", short=True)
def shuffled(bench: Bench) -> None:
    dice = random.Random(bench.seed)
    with bench.world() as world:
        world.usual()
        log = world.script.newer(bench.size(3000, 600))
        for start in range(0, len(log), 50):
            window = log[start : start + 50]
            dice.shuffle(window)
            log[start : start + 50] = window
            world.fault()
        # The second sender is behind the first one and repeats what it knows.
        half = [replace(intent, id=f"{intent.id}-b") for intent in log[::2]]
        for start in range(0, len(log), 200):
            world.send(log[start : start + 200])
            world.send(half[start // 4 : start // 4 + 50])
        world.healed()
        told = [answer for answers in world.outcomes().values() for answer in answers]
        bench.judge(world, note=f"{len(half)} repeated; so far {told.count('STALE')} stale")
