"""W9: pages as visitors see them, 100,000 jobs and 300 courses: 8 visitors in a closed loop, on the real web process.

The visitors are locust's (visitors.py, a process of its own); which kind of page one asks for next is drawn by the
shares: home, searches in German and English, jobs, courses, print view, feed, calendar, and jobs that have ended, which
bookmarks and search engines still ask for. Answers come packed, as browsers ask for them. Every answer is read to its
end and checked: status, marks that only the right page has (how many hits a judgement counts, title and number of the
job) and how many entries it holds. The check is not part of the time, but of the load: visitors, web and PostgreSQL
share the cores.
"""

from __future__ import annotations

import datetime
import json
import random
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psycopg
from markupsafe import escape

from tests.bench.board_copied import copy_board, made
from tests.bench.board_served import cpu_secs_of, on_every_core, served
from tests.bench.context import Context
from tests.bench.view import SHARES, View, write
from tests.bench.w5 import QUERIES
from tests.gold.corpus import Job
from tests.gold.judge import Query, judged
from tests.support.board_rows import fill
from tests.support.events import measure
from tests.support.web import TODAY

JOBS, COURSES, GONE = 100_000, 300, 500
VISITORS, SECS, WARM_SECS = 8, 180, 15
_PER_PAGE, _PER_FEED = 25, 50
_CALENDAR = "END:VCALENDAR"


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
            warm = visits(context.folder, address, views, WARM_SECS)
            before = cpu_secs_of(processes)
            found = visits(context.folder, address, views, SECS)
            cpu = cpu_secs_of(processes) - before
    return _told(found, cpu, len(jobs), exact=not warm["faults"] and not found["faults"])


def _told(found: Mapping[str, Any], cpu: float, jobs: int, *, exact: bool) -> dict[str, Any]:
    pages = found["pages"]
    if unseen := SHARES.keys() - pages.keys():
        raise RuntimeError(f"nobody viewed {sorted(unseen)}")
    return {
        "jobs": jobs, "measures": COURSES, "visitors": VISITORS, "views": found["views"], "exact": exact,
        **found["all"], "cpu_ms_per_view": cpu / found["views"] * 1e3,
        **{page: {"share": share, **pages[page]} for page, share in SHARES.items()},
    }  # fmt: skip


# ------------------------------------------------------------------------------------------------------------- visitors


def visits(folder: Path, address: str, views: Mapping[str, Sequence[View]], secs: int) -> dict[str, Any]:
    """What the visitors found (`visitors.py` says what that is); wrong answers are told on stderr too.

    Raises:
        RuntimeError: they ended for another reason than wrong answers, or saw nothing.
    """
    asked, file, log = folder / "views.json", folder / "found.json", folder / "locust.log"
    write(asked, views)
    file.unlink(missing_ok=True)
    command = [sys.executable, "-m", "locust", "-f", str(Path(__file__).with_name("visitors.py")), "--headless"]
    command += ["--only-summary", "--host", address, "--users", str(VISITORS), "--spawn-rate", str(VISITORS)]
    # Without a time to stop, what is under way at the end would be dropped: work of the web that no figure counts.
    command += ["--run-time", f"{secs}s", "--stop-timeout", "60s", "--exit-code-on-error", "1"]
    command += ["--views", str(asked), "--found", str(file)]
    with log.open("wb") as output:
        code = subprocess.run(command, stdout=output, stderr=output, timeout=secs + 120, check=False).returncode
    found: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {"faults": []}
    if code != bool(found["faults"]) or not found.get("views"):
        raise RuntimeError(f"the visitors ended with {code}: {log.read_text()[-2000:]}")
    for fault, times in sorted(found["faults"], key=lambda one: -one[1])[:10]:
        print(f"NOT EXACT {times} x {fault}", file=sys.stderr)
    return found


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
            View("/massnahmen.ics", ("BEGIN:VCALENDAR",), ("BEGIN:VEVENT", len(courses)), end=_CALENDAR),
            View(f"/massnahmen.ics?id={_key(courses[0])}", ("BEGIN:VCALENDAR",), ("BEGIN:VEVENT", 1), end=_CALENDAR),
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
    entries = min(_PER_FEED, len(query.must))
    return View(f"/stellen.atom?{urlencode(query.ask)}", ("<feed",), ("<entry>", entries), end="</feed>")


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
