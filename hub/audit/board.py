"""Round after round: read the topic, the rows and the board, and tell what differs for longer than the way takes."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from hub.audit import metrics
from hub.audit.compare import PLACES, Suspect, compare
from hub.audit.rows import read_rows
from hub.audit.shown import Visitor
from hub.audit.topic import Audited, State, Truth
from schemas import topics

AUDITED: tuple[Audited, ...] = ("vacancy", "measure")
GRACE_SECS = 60.0
"""So long an event may be on its way from the topic to every page."""


@dataclass(frozen=True, slots=True)
class AuditOptions:
    """What is audited, and how gently.

    Args:
        web: address of the board.
        topics: public vacancies, and measures.
        per_second: requests to it.
        sample: pages of open jobs, of jobs that ended last, and of other ended ones that are asked in a round.
    """

    bootstrap_servers: str
    database_url: str
    web: str
    today: Callable[[], date]
    per_second: float = 5.0
    sample: int = 25
    topics: Mapping[Audited, str] = field(default_factory=lambda: {one: topics.curated(one) for one in AUDITED})
    grace_secs: float = GRACE_SECS
    security: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Report:
    """What a round saw. `findings`: different for longer than the grace; `pending`: perhaps on its way still."""

    checked: Mapping[Audited, Mapping[str, int]]
    findings: list[Suspect]
    pending: list[Suspect]


class Auditor:
    """Remembers since when something differs. For `async with`."""

    def __init__(self, options: AuditOptions, clock: Callable[[], float] = time.monotonic) -> None:
        self._options, self._clock = options, clock
        self._truths = {
            event: Truth(options.bootstrap_servers, event, topic, options.security)
            for event, topic in options.topics.items()
        }
        self._visitor = Visitor(options.web, options.per_second)
        self._since: dict[Suspect, float] = {}
        self._opened = AsyncExitStack()

    async def __aenter__(self) -> Auditor:
        async with AsyncExitStack() as opening:
            await opening.enter_async_context(self._visitor)
            for truth in self._truths.values():
                await opening.enter_async_context(truth)
            self._opened = opening.pop_all()
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._opened.aclose()

    async def round(self) -> Report:
        """Look at everything once.

        Raises:
            BoardAway, KafkaError, psycopg.Error: a part does not answer; nothing is said about the board then.
        """
        began, today = self._clock(), self._options.today()
        found: set[Suspect] = set()
        checked: dict[Audited, Mapping[str, int]] = {}
        for event in self._truths:
            differing, checked[event] = await self._look_at(event, today)
            found |= differing
        self._since = {one: self._since.get(one, began) for one in found}
        late = {one for one, since in self._since.items() if self._clock() - since >= self._options.grace_secs}
        # What changed while we looked is seen old in one place and new in another; the next round tells.
        findings, pending = sorted(late), sorted(found - late)
        _tell(findings)
        return Report(checked, findings, pending)

    async def _look_at(self, event: Audited, today: date) -> tuple[set[Suspect], Mapping[str, int]]:
        """What differs of one kind of event, and how much of it was looked at in each place."""
        truth = self._truths[event]
        await truth.catch_up()
        rows = await read_rows(self._options.database_url, event)
        states = dict(truth.states)
        shown = await self._visitor.look(event, {key.partition(":")[0] for key in states.keys() | rows.keys()})
        suspects = {one.key for one in self._since if one.event == event}
        pages = {
            key: await self._visitor.advertised(event, key)
            for key in chosen(states, today, self._options.sample, suspects)
        }
        checked = {
            "topic": len(states), "row": len(rows), "list": len(shown.covered), "feed": len(shown.feed),
            "sitemap": len(shown.sitemap), "page": len(pages),
        }  # fmt: skip
        return compare(states, rows, shown, pages, today, event), checked


def chosen(states: Mapping[str, State], today: date, sample: int, suspects: Iterable[str]) -> list[str]:
    """Whose pages are asked: every suspect, some open ones, the ones that ended last, and some that ended earlier."""
    alive = [key for key, state in states.items() if state.is_open(today)]
    over = sorted(states.keys() - set(alive), key=lambda key: states[key].at_ms, reverse=True)
    asked = [*suspects, *_some(alive, sample), *over[:sample], *_some(over[sample:], sample)]
    return list(dict.fromkeys(key for key in asked if key))


def _some(keys: list[str], number: int) -> list[str]:
    return random.sample(keys, min(number, len(keys)))


def _tell(findings: list[Suspect]) -> None:
    for event in AUDITED:
        for place in PLACES:
            dead, missing = (
                sum((one.kind, one.place, one.event) == (kind, place, event) for one in findings)
                for kind in ("dead", "missing")
            )
            metrics.dead_advertised.labels(event, place).set(dead)
            metrics.missing.labels(event, place).set(missing)
    metrics.last_run.set_to_current_time()
