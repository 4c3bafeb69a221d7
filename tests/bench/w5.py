"""W5: searching 100,000 jobs, twenty mixed queries, 8 clients in a closed loop over HTTP against the real web process.

Measured in three ways, each over the JSON interface and as pages:

- the twenty queries again and again, as the limit says; the web remembers their answers, since nothing on the board
  changes meanwhile (hub/web/remembered.py);
- `unremembered`: the same, but before each request something is written to the database, so that no answer is
  remembered; that this write is done is waited for outside the time of the request;
- `varied`: the twenty are kinds of searches: every request has its own word, place, field or employer, dealt out with
  a seed; `asked_before` is the share of requests that had been asked before in the run.

The jobs are made by the gold set's generator and copied straight into the board's tables; clients, web and PostgreSQL
share the cores. Exact: every query's total is the number of jobs that its judgement says, counted plainly in Python,
and its first page holds none but those. Time on a shared machine says little; CPU of web and PostgreSQL is given too.
"""

from __future__ import annotations

import itertools
import json
import random
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cache
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

import psycopg

from hub.store.migrate import upgrade
from tests.bench.board_copied import JOBCENTERS, copy_board, made
from tests.bench.board_served import cpu_secs_of, on_every_core, served
from tests.bench.context import Context
from tests.gold.corpus import EMPLOYERS, headings
from tests.gold.judge import Query, judged, queries
from tests.support.synthetic.lists import places

JOBS, CLIENTS, ROUNDS, WARM_ROUNDS = 100_000, 8, 12, 2
PAGE = 25
API, PAGES = "/api/v1/jobs", "/stellen"

QUERIES: Sequence[dict[str, Any]] = (
    {"ask": {}, "finds": ["*"]},
    {"ask": {"was": "Krankengymnast"}, "finds": ["physio"]},
    {"ask": {"was": "Staplerfahrer"}, "finds": ["stapler"]},
    {"ask": {"was": "Putzfrau"}, "finds": ["reinigung"]},
    {"ask": {"was": "Köchin", "wo": "48653", "umkreis": "25"}, "finds": ["koch"], "only": {"within": ["48653", 25]}},
    {"ask": {"was": "Friseurin", "arbeitszeit": "tz"}, "finds": ["friseur"], "only": {"time": "TEILZEIT"}},
    {"ask": {"was": "Busfahrer", "wo": "486…", "umkreis": "0"}, "finds": ["bus"], "only": {"plz": "486"}},
    {"ask": {"wo": "48143", "umkreis": "10"}, "finds": ["*"], "only": {"within": ["48143", 10]}},
    {"ask": {"wo": "48683", "umkreis": "5", "sort": "entfernung"}, "finds": ["*"], "only": {"within": ["48683", 5]}},
    {"ask": {"was": "Dachdecker", "zeitarbeit": "false"}, "finds": ["dachdecker"], "only": {"agency": False}},
    {"ask": {"was": "Buchhalterin", "befristung": "2"}, "finds": ["buchhaltung"],
     "only": {"term": ["UNBEFRISTET", "BEIDES"]}},
    {"ask": {"was": "Kassierer", "veroeffentlichtseit": "7"}, "finds": ["kasse"], "only": {"days": 7}},
    {"ask": {"was": "CNC"}, "finds": ["zerspanung"]},
    {"ask": {"was": "Hausmeitser"}, "finds": ["hausmeister"]},
    {"ask": {"was": "Security", "jobcenter": "borken"}, "finds": ["sicherheit"], "only": {"jobcenter": "borken"}},
    {"ask": {"quereinstieg": "true", "wo": "48249", "umkreis": "10"}, "finds": ["*"],
     "only": {"career": True, "within": ["48249", 10]}},
    {"ask": {"berufsfeld": "72", "arbeitszeit": "vz"}, "finds": ["buchhaltung", "steuer"],
     "only": {"time": "VOLLZEIT"}},
    {"ask": {"was": "Ausbildung Tischler"}, "finds": ["tischler"], "only": {"offer": "AUSBILDUNG"}},
    {"ask": {"was": "Maurer", "page": "3"}, "finds": ["maurer"]},
    {"ask": {"arbeitgeber": "Probebetrieb", "was": "Elektriker"}, "finds": ["elektrik"],
     "only": {"employer": "Probebetrieb Baumberge"}},
)  # fmt: skip


def run(context: Context) -> dict[str, Any]:
    """Latency and throughput of the JSON interface and of the pages."""
    jobs = made(context.events or JOBS)
    with context.services("w5", kafka=False) as real:
        on_every_core(real.postgres_pid)
        upgrade(real.database_url)
        context.say(f"copying {len(jobs):,} jobs")
        copy_board(real.database_url, jobs)
        with served(context.folder, real.database_url) as (address, pid):
            running = Running(address, [pid, real.postgres_pid])
            exact = _exact(address, [judged(told, jobs) for told in QUERIES])
            context.say("the twenty queries again and again")
            mixed = _figures(running, _mixed)
            context.say("the same, and the board changes before each")
            changing = _figures(replace(running, changing=real.database_url), _mixed)
            context.say("each time something else")
            varied = _figures(running, _varied)
    return {
        "jobs": len(jobs), "queries": len(QUERIES), "clients": CLIENTS, "exact": exact,
        "must_p50_ms": 25, "must_p99_ms": 300, "must_per_s": 120, "aim_p50_ms": 12, "aim_p99_ms": 150, "aim_per_s": 250,
        **mixed[API], "pages": mixed[PAGES], "unremembered": changing[API], "unremembered_pages": changing[PAGES],
        "varied": varied[API], "varied_pages": varied[PAGES],
    }  # fmt: skip


_MISTYPED = "Hausmeitser"


# ----------------------------------------------------------------------------------------------------------- measuring


@dataclass(frozen=True)
class Running:
    """A web, and the processes whose CPU counts. `changing`: the database to write to before each request, if any."""

    address: str
    processes: Sequence[int | None]
    changing: str | None = None


Asked = Callable[[str, int, str], list[str]]
"""Path, rounds and seed to the addresses that one client asks for, one after the other."""


def _figures(running: Running, asked: Asked) -> dict[str, dict[str, float]]:
    """Figures of the JSON interface and of the pages, by path."""
    return {path: _measured(running, asked, path) for path in (API, PAGES)}


def _measured(running: Running, asked: Asked, path: str) -> dict[str, float]:
    _loops(running, [asked(path, WARM_ROUNDS, f"warm {number}") for number in range(CLIENTS)])
    targets = [asked(path, ROUNDS, f"client {number}") for number in range(CLIENTS)]
    cpu, began = cpu_secs_of(running.processes), time.monotonic()
    took = sorted(_loops(running, targets))
    secs, cpu = time.monotonic() - began, cpu_secs_of(running.processes) - cpu
    everything = list(itertools.chain(*targets))
    return {
        "asked_before": 1 - len(set(everything)) / len(everything),
        "p50_ms": took[len(took) // 2] * 1e3,
        "p99_ms": took[len(took) * 99 // 100] * 1e3,
        "per_s": len(took) / secs,
        "cpu_ms_per_request": cpu / len(took) * 1e3,
    }


def _loops(running: Running, targets: Sequence[Sequence[str]]) -> list[float]:
    """Seconds of each request; every client asks what is its own."""
    took: list[list[float]] = [[] for _ in range(CLIENTS)]
    threads = [
        threading.Thread(target=_client, args=(running, targets[number], took[number])) for number in range(CLIENTS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if list(map(len, took)) != list(map(len, targets)):
        raise RuntimeError("a client did not get all its answers")
    return [secs for some in took for secs in some]


def _mixed(path: str, rounds: int, seed: str) -> list[str]:
    """All twenty once a round, in an order of this client's."""
    pick = random.Random(seed)
    return [f"{path}?{urlencode(told['ask'])}" for _ in range(rounds) for told in pick.sample(QUERIES, len(QUERIES))]


def _varied(path: str, rounds: int, seed: str) -> list[str]:
    """Every kind of search once a round, in an order of this client's, each time for something else."""
    pick = random.Random(seed)
    kinds = [told["ask"] for _ in range(rounds) for told in pick.sample(QUERIES, len(QUERIES))]
    return [f"{path}?{urlencode({name: _another(name, value, pick) for name, value in ask.items()})}" for ask in kinds]


def _another(name: str, value: str, pick: random.Random) -> str:
    """Another value of the same kind: a word that people search for, a place of the region."""
    plz = pick.choice([plz for jobcenter in JOBCENTERS for plz, _, _ in places(jobcenter)])
    word = pick.choice(_words())
    at = pick.randrange(1, len(word) - 1)
    others = {
        "wo": plz[:3] + "…" if value.endswith("…") else plz,
        "was": f"Ausbildung {word}"
        if " " in value
        else word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :]
        if value == _MISTYPED
        else word,
        "jobcenter": pick.choice(JOBCENTERS),
        "berufsfeld": pick.choice(sorted({code[:2] for _, _, code in headings()})),
        "arbeitgeber": pick.choice(EMPLOYERS).split()[0],
        "page": str(pick.randint(2, 4)),
    }
    return others.get(name, value)


@cache
def _words() -> list[str]:
    """Words of the gold set that stand alone and are spelt right."""
    asked = [query.ask for query in queries("queries.yaml")]
    return sorted(
        {ask["was"] for ask in asked if ask.keys() == {"was"} and ask["was"].isalpha() and len(ask["was"]) > 3}
    )


def _client(running: Running, targets: Sequence[str], took: list[float]) -> None:
    with ExitStack() as opened:
        connection = HTTPConnection(urlsplit(running.address).netloc, timeout=60)
        opened.callback(connection.close)
        changing = (
            opened.enter_context(psycopg.connect(running.changing, autocommit=True)) if running.changing else None
        )
        for target in targets:
            if changing:
                changing.execute("SELECT pg_current_xact_id()")  # a transaction that writes, as far as anybody can see
            began = time.monotonic()
            connection.request("GET", target)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise RuntimeError(f"{answer.status} for {target}")
            took.append(time.monotonic() - began)


# -------------------------------------------------------------------------------------------------------------- check


def _exact(address: str, queries: Sequence[Query]) -> bool:
    connection = HTTPConnection(urlsplit(address).netloc, timeout=60)
    wrong = {}
    for query in queries:
        connection.request("GET", f"{API}?{urlencode(query.ask)}")
        told = json.loads(connection.getresponse().read())
        found = {job["id"] for job in told["jobs"]}
        first = PAGE * (int(query.ask.get("page", "1")) - 1)
        if (
            told["total"] != len(query.must)
            or found - query.must
            or len(found) != max(0, min(PAGE, told["total"] - first))
        ):
            wrong[str(query)] = (told["total"], len(query.must), sorted(found - query.must)[:3])
    connection.close()
    if wrong:
        print(f"NOT EXACT {wrong}", file=sys.stderr)
    return not wrong
