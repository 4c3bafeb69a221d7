"""kill -9 at every step from listing a delivery to its report, for every source type: each row once, whatever died.

The steps come one after the other in the life of one delivery: each start goes on where the one before was killed.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import secrets
import signal
from contextlib import ExitStack, closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from connectors.conformance import Sample
from connectors.contract.workplace import Workplace
from connectors.file_source import FileSource
from connectors.registry import build_source, source_types
from connectors.state import State
from connectors.workplace import private_folder
from hub.topics import ensure_topics, load_manifest
from schemas import topics
from schemas.codec import codec
from schemas.identity import entity_key
from schemas.jobcenter import Jobcenter
from tests.chaos.breaks import CONNECTOR_STEPS
from tests.support.deliveries import DEPLOY
from tests.support.dying import SETTLE_STEPS, SOURCE_STEPS, SPOOL_STEPS, Life, run_once
from tests.support.workers import read_all

pytestmark = pytest.mark.integration

KILLED = -signal.SIGKILL
# In the order in which a delivery passes them. What was decided is sent by the next start before it looks for more.
READ, TAKEN, *SENT = CONNECTOR_STEPS
STEPS = (*SOURCE_STEPS, READ, TAKEN, *SENT)
COLUMNS: dict[str, Any] = {
    "title": "Titel",
    "description": {"constant": "Text"},
    "kldb2010": {"constant": "29222"},
    "visibility": {"constant": "PUBLIC"},
    "workplace.plz": {"constant": "48143"},
    "workplace.place": "Ort",
    "openings": {"constant": 1},
    "published_from": {"constant": date(2026, 11, 20)},
}


def fetches(kind: str) -> bool:
    """Whether a source type fetches into a folder of its own."""
    module = importlib.import_module(f"connectors.sources.{kind}")
    return hasattr(module, "Spool") and not issubclass(module.Source, FileSource)


each_type = pytest.mark.parametrize("kind", source_types())


class Office:
    """A source type's sample as the only source of a Jobcenter."""

    def __init__(self, kind: str, root: Path, bootstrap: str, sample: Sample) -> None:
        self.kind, self.sample, self.bootstrap = kind, sample, bootstrap
        self.id = f"t{secrets.token_hex(5)}"
        asyncio.run(ensure_topics(bootstrap, load_manifest(DEPLOY / "topics.yaml"), [self.id]))
        state = root / "state" / f"{self.id}.sqlite"
        self.life = Life(self._jobcenter(), sample.folder, state, bootstrap, dict(os.environ))
        if sample.private is not None and sample.private.exists():  # handed in already
            (root / "state" / self.id).mkdir(parents=True)
            sample.private.rename(private_folder(state, "s"))
        for path in sample.folder.iterdir():
            os.utime(path, (0, 0))

    def _jobcenter(self) -> dict[str, Any]:
        made: Any = self.sample.make()
        options = made.options.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        options |= {"done_folder": "done"} if self.kind == "sftp_folder" else {}
        source = {
            "event": "vacancy", "type": self.kind, "load": made.load, "files": getattr(made, "files", None),
            "options": options, "key": "{Nr}", "columns": COLUMNS,
        }  # fmt: skip
        if self.kind == "sql_outbox":
            source["version"] = "seq"  # the table counts
        return {"id": self.id, "name": "Test", "kreis": "05515", "sources": {"s": source}}

    def start(self, dies_at: str = "", *breaks: str) -> int:
        return run_once(self.life, f"{dies_at}:1" if dies_at else "", *breaks)

    def found(self) -> list[tuple[str, int, bytes]]:
        """Key, version and bytes of all events; the same bytes sent twice count once."""
        records = read_all(self.bootstrap, [topics.raw(self.id, "vacancy")])
        told = {(one.key(), codec("vacancy").decode(one.value())["version"], one.value()) for one in records}
        return sorted((key.decode(), version, value) for key, version, value in told)

    def once(self) -> list[tuple[str, int]]:
        """Key and version of each row of the sample, as they must be found."""
        return sorted((entity_key(self.id, str(row["Nr"])), int(row.get("seq", 1))) for row in self.sample.rows)

    def source(self) -> Any:
        """The source as the connector builds it."""
        return build_source(Jobcenter.model_validate(self.life.jobcenter), "s")

    def left(self) -> list[str]:
        """Deliveries the source would still hand out that are not known to be done."""
        source = self.source()
        source.open(Workplace(private_folder(self.life.state, "s"), lambda rows: [None for _ in rows], listens=False))
        with closing(source), closing(State(self.life.state)) as state:
            offered = [one.id for one in source.deliveries(self.life.folder, None)]
            return [name for name in offered if state.deliveries.by_id(name) is None]

    def is_idle(self) -> bool:
        """Nothing waits here, and the other side has nothing we do not know."""
        with closing(State(self.life.state)) as state:
            (delivery,) = state.deliveries.all()
            return (delivery.state, state.count_unpublished()) == ("COMPLETED", 0)


def set_up(stack: ExitStack, kind: str, root: Path, bootstrap: str) -> Office:
    """A sample that stays there until the stack ends."""
    root.mkdir()
    module = importlib.import_module(f"tests.support.source_samples.{kind}")
    return Office(kind, root, bootstrap, stack.enter_context(module.sample(root)))


@each_type
def test_whatever_dies_every_row_is_sent_once(kind: str, bootstrap_servers: str, tmp_path: Path) -> None:
    with ExitStack() as stack:
        office = set_up(stack, kind, tmp_path / "life", bootstrap_servers)
        # A file stays where it is: nobody is told.
        steps = STEPS if isinstance(office.source(), FileSource) else (*STEPS, *SETTLE_STEPS)
        ends = {step: office.start(step) for step in steps}
        last = office.start()
        found, idle, left = office.found(), office.is_idle(), office.left()

        assert dict.fromkeys(steps, KILLED) == ends
        assert 0 == last
        assert office.once() == [(key, version) for key, version, _ in found]
        assert idle
        assert [] == left


@pytest.mark.parametrize("kind", [kind for kind in source_types() if fetches(kind)])
def test_whatever_dies_while_a_delivery_is_fetched_or_moved_every_row_is_sent_once(
    kind: str, bootstrap_servers: str, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        office = set_up(stack, kind, tmp_path / "life", bootstrap_servers)
        reached = [step for step in (*SPOOL_STEPS, *SPOOL_STEPS) if office.start(step) == KILLED]
        last = office.start()
        found, idle, left = office.found(), office.is_idle(), office.left()

    assert 0 == last
    assert {"spool-replacing", "spool-replaced"} <= set(reached)
    assert kind != "sftp_folder" or {"sftp-renaming", "sftp-renamed"} <= set(reached)
    assert office.once() == [(key, version) for key, version, _ in found]
    assert idle
    assert [] == left


@pytest.mark.parametrize(
    "kind, dies_at, broken",
    [
        ("csv_file", "connector-sent", "marked-before-ack"),
        ("sql_outbox", "", "settled-first"),
    ],
)
def test_a_rule_that_is_taken_away_loses_rows(
    kind: str, dies_at: str, broken: str, bootstrap_servers: str, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        office = set_up(stack, kind, tmp_path / "life", bootstrap_servers)
        assert (KILLED if dies_at else 0) == office.start(dies_at, broken)
        assert 0 == office.start()

        assert len(office.found()) < len(office.sample.rows)
