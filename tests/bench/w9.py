"""W9: pages as visitors see them, 100,000 jobs and 300 courses: 8 visitors in a closed loop, on the real web process.

A deck of a hundred views is shuffled for each visitor and round, so the shares are exact: home, searches in German and
English, jobs, courses, print view, feed, calendar, and jobs that have ended, which bookmarks and search engines still
ask for. Every answer is read to its end and checked: status, marks that only the right page has (how many hits a
judgement counts, title and number of the job) and how many entries it holds. The check is not part of the time, but of
the load: visitors, web and PostgreSQL share the cores.
"""

from __future__ import annotations

import datetime
import http.client
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import psycopg
from markupsafe import escape

from tests.bench.board_copied import copy_board, made
from tests.bench.board_served import cpu_secs_of, on_every_core, served
from tests.bench.context import Context
from tests.bench.w5 import QUERIES
from tests.gold.corpus import Job
from tests.gold.judge import Query, judged
from tests.support.board_rows import fill
from tests.support.events import measure
from tests.support.web import TODAY

JOBS, COURSES, GONE = 100_000, 300, 500
VISITORS, ROUNDS, WARM_ROUNDS = 8, 12, 1
_PER_PAGE, _PER_FEED = 25, 50

SHARES: Mapping[str, int] = {
    "home": 10, "results": 34, "results, English": 4, "job": 32, "courses": 6, "course": 3, "print": 4, "feed": 4,
    "calendar": 1, "ended": 2,
}  # fmt: skip
"""Views out of a hundred."""


@dataclass(frozen=True, slots=True)
class View:
    """A page that is asked for, and how to know the right answer.

    Args:
        marks: texts that the answer holds.
        entries: what begins an entry, and how many there are.
    """

    path: str
    marks: tuple[str, ...]
    entries: tuple[str, int] = ("", 0)
    status: int = 200

    def fault(self, status: int, body: bytes) -> str | None:
        """What is wrong with an answer."""
        if status != self.status:
            return f"status {status}"
        text = body.decode()
        if missing := [mark for mark in self.marks if mark not in text]:
            return f"without {missing}"
        begin, wanted = self.entries
        found = text.count(begin) if begin else 0
        return None if found == wanted else f"{found} entries, not {wanted}"


@dataclass
class Seen:
    """What one visitor saw."""

    secs: dict[str, list[float]] = field(default_factory=lambda: {page: [] for page in SHARES})
    faults: Counter[str] = field(default_factory=Counter)


def run(context: Context) -> dict[str, Any]:
    """Latency and throughput for each kind of page, and all together."""
    everything = made(context.events or JOBS)
    jobs, gone = everything[:-GONE], everything[-GONE:]
    courses = [_course(number) for number in range(COURSES)]
    with context.services("w9", kafka=False) as real:
        on_every_core(real.postgres_pid)
        fill(real.database_url, *courses)
        context.say(f"copying {len(everything):,} jobs")
        copy_board(real.database_url, everything)
        with psycopg.connect(real.database_url, autocommit=True) as connection:
            connection.execute("UPDATE board.job SET ended = true WHERE entity = ANY(%s)", ([one.id for one in gone],))
            connection.execute("VACUUM (ANALYZE) board.job")
        views = _views(jobs, gone, courses)
        with served(context.folder, real.database_url) as (address, pid):
            processes = [pid, real.postgres_pid]
            context.say("viewing")
            _visits(address, views, WARM_ROUNDS)
            cpu, began = cpu_secs_of(processes), time.monotonic()
            seen = _visits(address, views, ROUNDS)
            secs, cpu = time.monotonic() - began, cpu_secs_of(processes) - cpu
    return _told(seen, secs, cpu, len(jobs))


def _told(seen: Sequence[Seen], secs: float, cpu: float, jobs: int) -> dict[str, Any]:
    by_page = {page: sorted(one for some in seen for one in some.secs[page]) for page in SHARES}
    took = sorted(one for some in by_page.values() for one in some)
    faults = sum((one.faults for one in seen), Counter[str]())
    for fault, times in faults.most_common(10):
        print(f"NOT EXACT {times} x {fault}", file=sys.stderr)
    return {
        "jobs": jobs, "measures": COURSES, "visitors": VISITORS, "views": len(took), "exact": not faults,
        **_figures(took, secs), "cpu_ms_per_view": cpu / len(took) * 1e3,
        **{page: {"share": SHARES[page], **_figures(some, secs)} for page, some in by_page.items()},
    }  # fmt: skip


def _figures(took: Sequence[float], secs: float) -> dict[str, float]:
    return {
        "p50_ms": took[len(took) // 2] * 1e3,
        "p99_ms": took[len(took) * 99 // 100] * 1e3,
        "per_s": len(took) / secs,
    }


# ------------------------------------------------------------------------------------------------------------- visitors


def _visits(address: str, views: Mapping[str, Sequence[View]], rounds: int) -> list[Seen]:
    seen = [Seen() for _ in range(VISITORS)]
    threads = [
        threading.Thread(target=_visitor, args=(address, views, rounds, random.Random(number), one))
        for number, one in enumerate(seen)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    asked = sum(len(some) for one in seen for some in one.secs.values())
    if asked != VISITORS * rounds * sum(SHARES.values()):
        raise RuntimeError("a visitor did not get all their answers")
    return seen


def _visitor(address: str, views: Mapping[str, Sequence[View]], rounds: int, pick: random.Random, seen: Seen) -> None:
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
    deck = [page for page, share in SHARES.items() for _ in range(share)]
    for _ in range(rounds):
        for page in pick.sample(deck, len(deck)):
            view = pick.choice(views[page])
            began = time.monotonic()
            connection.request("GET", view.path)
            answer = connection.getresponse()
            body = answer.read()
            seen.secs[page].append(time.monotonic() - began)
            if fault := view.fault(answer.status, body):
                seen.faults[f"{view.path}: {fault}"] += 1
    connection.close()


# ---------------------------------------------------------------------------------------------------------------- views


def _views(jobs: Sequence[Job], gone: Sequence[Job], courses: Sequence[Mapping[str, Any]]) -> dict[str, list[View]]:
    pick = random.Random(9)
    queries = [judged(told, jobs) for told in QUERIES]
    some = pick.sample(jobs, min(2_000, len(jobs)))
    return {
        "home": [View("/", (f"<strong>{_german(len(jobs))}</strong> offene Stellen",), ("<article", 3))],
        "results": [_results(query, "/stellen", _german, ("Stelle", "Stellen"), "gefunden") for query in queries],
        "results, English": [_results(query, "/en/stellen", _english, ("job", "jobs"), "found") for query in queries],
        "job": [_job(one) for one in some],
        "courses": [_courses(courses, town) for town in ("", "Dülmen", "Coesfeld", "Münster")],
        "course": [
            View(f"/massnahmen/{_key(one)}", (f'<h1 class="kern-heading-large" lang="de">{one["title"]}</h1>',))
            for one in courses
        ],
        "print": [_print(pick.sample(some, number)) for number in (1, 1, 3, 3, 8) for _ in range(20)],
        "feed": [_feed(query) for query in queries if "page" not in query.ask],
        "calendar": [
            View("/massnahmen.ics", ("BEGIN:VCALENDAR",), ("BEGIN:VEVENT", len(courses))),
            View(f"/massnahmen.ics?id={_key(courses[0])}", ("BEGIN:VCALENDAR",), ("BEGIN:VEVENT", 1)),
        ],
        "ended": [View(f"/stellen/{one.id}", ("<h1",), ("application/ld+json", 0), 410) for one in gone],
    }


def _results(query: Query, path: str, written: Callable[[int], str], jobs: tuple[str, str], found: str) -> View:
    total = len(query.must)
    shown = max(0, min(_PER_PAGE, total - _PER_PAGE * (int(query.ask.get("page", "1")) - 1)))
    heading = f'aria-live="polite">{written(total)} {jobs[total != 1]} {found}'
    return View(f"{path}?{urlencode(query.ask)}", (heading,), ("<article", shown))


def _job(one: Job) -> View:
    title, number = one.record["title"], one.record["source_id"]
    marks = (f'<h1 class="kern-heading-large" lang="de">{escape(title)}</h1>', f'"value":"{number}"')
    return View(f"/stellen/{one.id}", marks, ('<script type="application/ld+json">', 1))


def _print(asked: Sequence[Job]) -> View:
    titles = tuple(f'lang="de">{escape(one.record["title"])}</h2>' for one in asked)
    return View(f"/druck?{urlencode([('stelle', one.id) for one in asked])}", titles, ("<article", len(asked)))


def _feed(query: Query) -> View:
    return View(f"/stellen.atom?{urlencode(query.ask)}", ("</feed>",), ("<entry>", min(_PER_FEED, len(query.must))))


def _courses(courses: Sequence[Mapping[str, Any]], town: str) -> View:
    """Near a town all are shown, nearest first."""
    path = "/massnahmen" + (f"?{urlencode({'wo': town})}" if town else "")
    return View(path, (f'aria-live="polite">{len(courses)} Angebote gefunden',), ("<article", _PER_PAGE))


def _course(number: int) -> dict[str, Any]:
    begins = TODAY + datetime.timedelta(days=number % 200)
    return measure(
        source_id=f"K-{number}", title=f"Teilqualifizierung {number}", start_on=begins,
        end_on=begins + datetime.timedelta(days=90),
    )  # fmt: skip


def _key(record: Mapping[str, Any]) -> str:
    return f"{record['jobcenter']}:{record['source_id']}"


def _german(value: int) -> str:
    return f"{value:,}".replace(",", ".")


def _english(value: int) -> str:
    return f"{value:,}"
