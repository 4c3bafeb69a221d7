"""The visitors of W9, for locust: `python -m locust -f tests/bench/visitors.py --views FILE --found FILE …`.

Importing locust replaces sockets, threads and time by gevent's; so nobody but locust imports this file.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from locust import FastHttpUser, events
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment
from locust.stats import StatsEntry

from tests.bench.view import SHARES, View, read


def _viewing(page: str) -> Callable[[Visitor], None]:
    def look(visitor: Visitor) -> None:
        view = random.choice(visitor.views[page])
        with visitor.client.get(view.path, name=page, catch_response=True, allow_redirects=False) as answer:
            if fault := view.fault(answer.status_code, answer.content or b""):
                answer.failure(f"{view.path}: {fault}")
            else:
                answer.success()

    return look


class Visitor(FastHttpUser):
    """Asks again as soon as the answer is there; which kind of page is drawn by the shares."""

    views: ClassVar[Mapping[str, Sequence[View]]]
    tasks = [_viewing(page) for page, share in SHARES.items() for _ in range(share)]  # noqa: RUF012 (locust's way)


@events.init_command_line_parser.add_listener
def _options(parser: LocustArgumentParser) -> None:
    parser.add_argument("--views", type=Path, required=True, help="what is asked for")
    parser.add_argument("--found", type=Path, required=True, help="where the figures go")


@events.init.add_listener
def _begin(environment: Environment, **_: Any) -> None:
    asked: Any = environment.parsed_options
    Visitor.views = read(asked.views)


# locust's own files have no percentiles (--json) or miss the last second (--csv).
@events.quitting.add_listener
def _tell(environment: Environment, **_: Any) -> None:
    asked: Any = environment.parsed_options
    stats = environment.stats
    found = {
        "views": stats.total.num_requests,
        "all": _figures(stats.total),
        "pages": {one.name: _figures(one) for one in stats.entries.values()},
        "faults": [(str(one.error), one.occurrences) for one in stats.errors.values()],
    }
    asked.found.write_text(json.dumps(found))


def _figures(entry: StatsEntry) -> dict[str, float]:
    return {
        "p50_ms": entry.get_response_time_percentile(0.5),
        "p99_ms": entry.get_response_time_percentile(0.99),
        "per_s": entry.total_rps,
    }
