"""The demo over the five Jobcenters' deliveries: acceptance. Expected figures come from an oracle of its own."""

from __future__ import annotations

import csv
import html
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2 as httpx
import psycopg
import pytest
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

from hub.demo.place import Place
from hub.demo.store import demo_database
from hub.embedded import Services
from hub.settings import Settings
from tests.support.canaries import Canaries
from tests.support.demo import Demo, demo, gone_within, processes_of, role, trace
from tests.support.oracle import Expected, expected, forbidden_words
from tests.support.stock import Stored, ends, read_all

pytestmark = pytest.mark.integration

DELIVERIES = Settings().deploy_folder / "demo" / "deliveries"
LISTS = Path(__file__).parents[2] / "schemas" / "lists"
JOBCENTERS = ["borken", "coesfeld", "muenster", "steinfurt", "warendorf"]
EVENTS = ["vacancy", "measure", "placement"]
COUNTS = ["read", "published", "changed", "unchanged", "ended", "duplicate", "stale", "conflict", "rejected", "held"]
# The same job at two Jobcenters, in other words.
AT_BORKEN, AT_COESFELD = "borken:BOR-0025321", "coesfeld:05558008-404"

Oracle = dict[str, dict[str, Expected]]


@dataclass
class Filled:
    """A demo that has taken everything in and stays."""

    demo: Demo
    account: dict[str, Any]
    data: Path
    deliveries: Path
    database_url: str
    web: httpx.Client
    records: list[Stored]

    def job(self, entity: str) -> dict[str, Any]:
        answer: dict[str, Any] = self.web.get(f"/api/v1/jobs/{entity}").json()
        return answer


@pytest.fixture(scope="module")
def oracle() -> Oracle:
    with (LISTS / "kldb2010_v2020.csv").open(encoding="utf-8", newline="") as file:
        codes = {row["code"] for row in csv.DictReader(file) if len(row["code"]) == 5}
    return expected(DELIVERIES, codes)


@pytest.fixture(scope="module")
def canaries() -> Canaries:
    return Canaries(forbidden_words(DELIVERIES))


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    folder = tmp_path_factory.mktemp("demo")
    shutil.copytree(DELIVERIES, folder / "deliveries")
    with demo(folder / "data", "--deliveries", str(folder / "deliveries")) as running:
        account = running.account()
        with demo_database(Place(folder / "data")) as url, httpx.Client(base_url=account["web"], timeout=30) as web:
            records = read_all(account["kafka"])
            yield Filled(running, account, folder / "data", folder / "deliveries", url, web, records)


# ------------------------------------------------------------------------------------------------ what came of it all


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("jobcenter", JOBCENTERS)
def test_the_counts_are_those_of_the_oracle(filled: Filled, oracle: Oracle, jobcenter: str, event: str) -> None:
    counts = filled.account["jobcenters"][jobcenter][event]
    assert {name: oracle[jobcenter][event].counts[name] for name in COUNTS} == {name: counts[name] for name in COUNTS}


def test_everything_is_accounted_for_and_the_board_has_the_size_the_oracle_says(filled: Filled, oracle: Oracle) -> None:
    size = sum(
        row.visibility != "INTERNAL" for jobcenter in JOBCENTERS for row in oracle[jobcenter]["vacancy"].open.values()
    )
    account = filled.account
    assert (True, 0, size) == (account["ok"], account["unaccounted"], account["board"]["vacancies"])


def test_the_cards_it_names_are_those_of_the_list(filled: Filled) -> None:
    cards = filled.account["board"]["cards"]

    assert cards == filled.web.get("/api/v1/jobs").json()["total"]
    assert cards < filled.account["board"]["vacancies"]


@pytest.mark.parametrize("jobcenter", JOBCENTERS)
def test_the_open_jobs_are_those_of_the_oracle(filled: Filled, oracle: Oracle, jobcenter: str) -> None:
    with psycopg.connect(filled.database_url) as connection:
        rows = connection.execute(
            "SELECT source_id FROM reporting.vacancy WHERE jobcenter = %s AND NOT ended", (jobcenter,)
        ).fetchall()
    assert set(oracle[jobcenter]["vacancy"].open) == {key for (key,) in rows}


@pytest.mark.parametrize("jobcenter", JOBCENTERS)
def test_trace_knows_every_refused_id_of_the_oracle(filled: Filled, oracle: Oracle, jobcenter: str) -> None:
    outcomes = {
        key: trace(f"{jobcenter}:{key}", filled.data, filled.database_url)
        for event in EVENTS
        for key in oracle[jobcenter][event].rejected
    }
    assert outcomes
    refused = {key: any(one["outcome"] == "rejected" for one in told["versions"]) for key, told in outcomes.items()}
    assert dict.fromkeys(refused, True) == refused


def test_trace_tells_each_fate_a_row_can_have(filled: Filled, oracle: Oracle) -> None:
    first, second = (_coesfeld(day) for day in (22, 23))
    told = {}
    for action in "NAL":
        row = next(row for row in second if row["Aktion"] == action)
        told[action] = trace(_entity(row), filled.data, filled.database_url)
    assert {"N": "published", "A": "changed", "L": "ended"} == {action: one["outcome"] for action, one in told.items()}
    assert {"jobhub.raw.coesfeld.vacancy.v1"} == {one["offsets"]["raw"]["topic"] for one in told.values()}

    rows = Counter((_entity(row), row["Version"]) for row in [*first, *second])
    twice = next(
        key for (key, _), count in rows.items()
        if count > 1 and key.partition(":")[2] not in oracle["coesfeld"]["vacancy"].rejected
    )  # fmt: skip
    versions = trace(twice, filled.data, filled.database_url)["versions"]
    assert {"published", "duplicate"} <= {version["outcome"] for version in versions}

    version = trace("borken:BOR-0025147", filled.data, filled.database_url)["versions"][0]
    assert ("stellen_voll_2026-11-22.csv", 4) == (version["file"], version["line"])


def test_asking_while_the_demo_runs_leaves_its_addresses_as_they_are(filled: Filled) -> None:
    file = Place(filled.data).services / "embedded.json"
    before = file.read_bytes()
    with demo_database(Place(filled.data)) as url:
        assert filled.database_url == url
    assert before == file.read_bytes()
    assert filled.account["kafka"] == f"127.0.0.1:{json.loads(before)['kafka_port']}"


def _coesfeld(day: int) -> list[dict[str, str]]:
    path = DELIVERIES / "coesfeld" / f"delta_2026-11-{day}.tsv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def _entity(row: dict[str, str]) -> str:
    return f"coesfeld:{row['Mandant']}-{row['Nr']}"


# ------------------------------------------------------------------------------------- checks of a domain expert


def test_check_3_a_benefit_unit_number_in_a_text_is_refused_and_arrives_nowhere(filled: Filled) -> None:
    entity, number = _row_with_a_benefit_unit()
    told = trace(entity, filled.data, filled.database_url)
    assert ("rejected", "E510") == (told["outcome"], told["code"])
    assert 404 == filled.web.get(f"/api/v1/jobs/{entity}").status_code
    assert [] == [record.topic for record in filled.records if number in record.bytes]


def _row_with_a_benefit_unit() -> tuple[str, bytes]:
    path = DELIVERIES / "muenster" / "fachverfahren_2026-11-22.sqlite"
    with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as database:
        for key, text in database.execute("SELECT STELLE_ID, BESCHREIBUNG FROM V_HUB_STELLEN"):
            if found := re.search(r"[0-9]{5}BG[0-9]{7}", text):
                return f"muenster:{key}", found[0].encode()
    raise AssertionError("no such row any more")


def test_check_4_an_anonymous_job_names_its_employer_nowhere(filled: Filled, oracle: Oracle) -> None:
    named, checked = [], 0
    for number, (entity, employer) in enumerate(_anonymous_at_borken()):
        if number == 25:
            break
        if entity.partition(":")[2] not in oracle["borken"]["vacancy"].open:
            continue
        checked += 1
        answer = filled.web.get(f"/api/v1/jobs/{entity}")
        page = html.unescape(filled.web.get(f"/stellen/{entity}").text)
        by_name = filled.web.get("/api/v1/jobs", params={"arbeitgeber": employer, "size": 100}).json()["jobs"]
        if employer in answer.text or employer in page or entity in [job["id"] for job in by_name]:
            named.append(entity)
        values = [record for record in filled.records if record.key == entity.encode()]
        public = [one.bytes for one in values if one.topic == "jobhub.vacancy.v1"]
        assert public
        if any(employer.encode() in data for data in public):
            named.append(entity)
    assert [] == named
    assert checked > 10


def _anonymous_at_borken() -> list[tuple[str, str]]:
    return [
        (f"borken:{row['Stellen-Nr']}", row["Arbeitgeber"]) for row in _borken(23) if row["Veröffentlichung"] == "2"
    ]


def _borken(day: int) -> list[dict[str, str]]:
    path = DELIVERIES / "borken" / f"stellen_voll_2026-11-{day}.csv"
    with path.open(encoding="cp1252", newline="") as file:
        lines = list(csv.reader(file, delimiter=";"))
    return [dict(zip(lines[2], line, strict=True)) for line in lines[3:] if len(line) == len(lines[2])]


def test_check_7_windows_characters_decimal_commas_and_the_last_day_of_all_arrive_right(filled: Filled) -> None:
    rows = [
        row for row in _borken(23)
        if row["Ende Veröffentlichung"] == "31.12.9999" and row["Veröffentlichung"] == "1" and "ß" in row["Straße"]
        and "," in row["Wochenstd."] and not row["Lohn von"].endswith(",00") and "<" not in row["Beschreibung"]
    ]  # fmt: skip
    fates = {row["Stellen-Nr"]: filled.job(f"borken:{row['Stellen-Nr']}") for row in rows[:20]}
    arrived = {key: job for key, job in fates.items() if "code" not in job}
    assert len(arrived) > 5
    for row in rows[:20]:
        if job := arrived.get(row["Stellen-Nr"]):
            number = [float(row[name].replace(",", ".")) for name in ("Wochenstd.", "Lohn von", "Lohn bis")]
            assert (row["Straße"], row["Ort"], *number, None) == (
                job["street"], job["place"], job["weekly_hours"], job["pay"]["min"], job["pay"]["max"],
                job["published_until"],
            )  # fmt: skip


def test_check_8_a_list_that_was_cut_off_ends_nothing(filled: Filled) -> None:
    with psycopg.connect(filled.database_url) as connection:
        row = connection.execute(
            "SELECT state, complete, held FROM reporting.delivery WHERE jobcenter = 'borken' AND day = '2026-11-24'"
        ).fetchone()
        ended = connection.execute(
            "SELECT count(*) FROM reporting.vacancy WHERE jobcenter = 'borken' AND ended_on = '2026-11-24'"
        ).fetchone()
    assert (("HELD", False, 319), (0,)) == (row, ended)


def test_check_9_further_training_is_with_the_agency(filled: Filled, oracle: Oracle) -> None:
    courses = filled.web.get("/api/v1/measures", params={"size": 100}).json()["measures"]
    funders = {(one["instrument"] == "FBW", one["instrument"] == "STAFF", one["funder"]) for one in courses}
    assert {(True, False, "AGENTUR_FUER_ARBEIT"), (False, True, "OTHER"), (False, False, "JOBCENTER")} == funders
    further = next(one for one in courses if one["instrument"] == "FBW")
    page = html.unescape(filled.web.get(further["links"]["html"]).text)
    assert "Agentur für Arbeit" in page
    assert "Agentur für Arbeit" in html.unescape(filled.web.get("/massnahmen").text)


# --------------------------------------------------------------------------------------------------- a stock client


def test_a_stock_client_reads_and_decodes_everything_that_is_public(filled: Filled) -> None:
    names = {"jobhub.vacancy.v1", "jobhub.measure.v1", "jobhub.placement.v1"}
    public = [record for record in filled.records if record.topic in names]
    latest: dict[bytes, Any] = {}
    with SchemaRegistryClient({"url": f"{filled.account['web']}/registry"}) as registry:
        read = AvroDeserializer(registry)
        for record in public:
            value = read(record.value, SerializationContext(record.topic, MessageField.VALUE)) if record.value else None
            assert record.key is not None
            if value is not None:
                assert record.key.decode() == f"{value['jobcenter']}:{value['source_id']}"
            assert {"ce_id", "ce_type", "ce_source"} <= {name for name, _ in record.headers}
            if record.topic == "jobhub.vacancy.v1":
                latest[record.key] = value
    open_ = [key for key, value in latest.items() if value is not None and value["status"] == "ACTIVE"]
    assert filled.account["board"]["vacancies"] == len(open_)


def test_each_applied_row_is_one_record_for_the_jobcenters(filled: Filled) -> None:
    totals = dict.fromkeys(EVENTS, 0)
    for events in filled.account["jobcenters"].values():
        for event, line in events.items():
            totals[event] += line["published"] + line["changed"] + line["ended"]
    topics = {
        "vacancy": "jobhub.internal.vacancy.v1",
        "measure": "jobhub.measure.v1",
        "placement": "jobhub.placement.v1",
    }
    assert totals == {event: sum(one.topic == topic for one in filled.records) for event, topic in topics.items()}


def test_kcat_shows_keys_and_headers(filled: Filled) -> None:
    if shutil.which("kcat") is None:
        pytest.skip("kcat is not installed; on Debian: apt-get install kcat")
    shown = subprocess.run(
        ["kcat", "-b", filled.account["kafka"], "-C", "-t", "jobhub.measure.v1", "-e", "-q", "-f", "%k %h\n"],
        capture_output=True, text=True, check=True, timeout=60,
    ).stdout.splitlines()  # fmt: skip
    lines = [line for line in shown if "ce_type=" in line]
    measures = sum(events["measure"]["published"] for events in filled.account["jobcenters"].values())
    assert measures == len(lines)
    assert [] == [line for line in lines if line.partition(":")[0] not in JOBCENTERS]


# -------------------------------------------------------------------------------- what must not leave a Jobcenter


def test_the_search_for_canaries_can_fail(canaries: Canaries, tmp_path: Path) -> None:
    word = min(forbidden_words(DELIVERIES))
    (tmp_path / "clean.log").write_bytes(b"31 Kanu 317")
    assert {} == canaries.found_below(tmp_path)
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "state.sqlite-wal").write_bytes(os.urandom(5000) + word + os.urandom(5000))
    assert {"deep/state.sqlite-wal": [word]} == canaries.found_below(tmp_path)


def test_no_canary_is_in_any_record_or_table(filled: Filled, canaries: Canaries) -> None:
    """Records and rows as they are read, since on disk they may be compressed."""
    in_kafka = {record.topic for record in filled.records if canaries.found_in(record.bytes)}
    in_tables = set()
    with psycopg.connect(filled.database_url) as connection:
        tables = connection.execute(
            "SELECT table_schema, table_name FROM information_schema.tables"
            " WHERE table_schema IN ('board', 'reporting')"
        ).fetchall()
        for schema, table in tables:
            rows = connection.execute(f'SELECT t::text FROM "{schema}"."{table}" AS t').fetchall()
            if canaries.found_in("\n".join(row[0] for row in rows).encode()):
                in_tables.add(f"{schema}.{table}")
    assert (set(), set()) == (in_kafka, in_tables)


def test_no_canary_is_in_pages_and_answers(filled: Filled, canaries: Canaries) -> None:
    paths = [
        "/",
        "/massnahmen",
        "/sitemap/stellen-1.xml",
        "/stellen.atom",
        "/massnahmen.ics",
        "/metrics",
        "/api/v1/measures?size=100",
    ]
    paths += [f"/api/v1/jobs?size=100&page={page}" for page in range(1, 23)]
    listed = filled.web.get("/api/v1/jobs?size=100").json()["jobs"]
    paths += [link for job in listed[:30] for link in job["links"].values()]
    found = {}
    for path in paths:
        answer = filled.web.get(path)
        assert answer.status_code == 200, path
        if words := canaries.found_in(answer.content):
            found[path] = words
    assert {} == found


# ------------------------------------------------------------------------------ a further delivery, the end, and again


def test_check_2_ended_at_one_jobcenter_a_job_stays_open_at_the_other(filled: Filled) -> None:
    both = [filled.job(entity) for entity in (AT_BORKEN, AT_COESFELD)]
    assert both[0]["employer"] == both[1]["employer"]
    folder = filled.deliveries / "coesfeld"
    row = next(row for row in _coesfeld(22) if _entity(row) == AT_COESFELD)
    row |= {"Version": "7", "Aktion": "L", "Ende_Grund": "besetzt"}
    text = "\n".join("\t".join(cells) for cells in (row, row.values())) + "\n"
    new = folder / "delta_2026-11-25.tsv.new"
    new.write_text(text, encoding="utf-8-sig")
    new.rename(folder / "delta_2026-11-25.tsv")
    end = time.monotonic() + 30
    while filled.web.get(f"/api/v1/jobs/{AT_COESFELD}").status_code != 410 and time.monotonic() < end:
        time.sleep(0.2)
    assert [200, 410] == [filled.web.get(f"/api/v1/jobs/{entity}").status_code for entity in (AT_BORKEN, AT_COESFELD)]


@dataclass
class After:
    """The demo was stopped with Ctrl-C and played once more on the same data."""

    code: int
    seconds: float
    left: list[str]
    again: dict[str, Any]
    before: dict[str, list[int]]
    after: dict[str, list[int]]


@pytest.fixture(scope="module")
def after(filled: Filled) -> After:
    code, seconds = filled.demo.end(signal.SIGINT)
    left = gone_within(filled.data, 10 - seconds)
    before = _ends(filled.data)
    with demo(filled.data, "--deliveries", str(filled.deliveries), "--once") as second:
        again = second.account()
        assert second.wait() == 0
    return After(code, seconds, left, again, before, _ends(filled.data))


def _ends(data: Path) -> dict[str, list[int]]:
    with Services(Place(data).services, postgres=False) as endpoints:
        return ends(endpoints.bootstrap_servers)


def test_ctrl_c_stops_everything_within_ten_seconds(after: After) -> None:
    assert (0, []) == (after.code, after.left)
    assert after.seconds < 10


def test_check_10_a_second_run_on_the_same_data_publishes_nothing(after: After) -> None:
    assert after.before == after.after
    assert len(after.before) > 30


def test_a_second_run_says_that_nothing_is_new_and_gives_the_account_of_all_there_is(
    after: After, filled: Filled
) -> None:
    files = [path for path in DELIVERIES.glob("*/*") if path.name != "dkz_kldb.csv"]
    assert (len(files), 0) == (filled.account["new_deliveries"], after.again["new_deliveries"])
    first, again = filled.account["jobcenters"], after.again["jobcenters"]
    # One end came in between, by the further delivery.
    first["coesfeld"]["vacancy"]["read"] += 1
    first["coesfeld"]["vacancy"]["ended"] += 1
    assert first == again
    assert (True, 0, filled.account["board"]["vacancies"] - 1) == (
        after.again["ok"], after.again["unaccounted"], after.again["board"]["vacancies"],
    )  # fmt: skip


def test_no_canary_is_in_any_byte_the_demo_left_on_disk(after: After, filled: Filled, canaries: Canaries) -> None:
    assert {} == canaries.found_below(filled.data)
    assert after.again["ok"]


# ------------------------------------------------------------------------------------------------- other beginnings


def test_only_deliveries_up_to_the_day_asked_for_are_taken(tmp_path: Path, oracle: Oracle) -> None:
    with demo(tmp_path / "data", "--once", "--day", "2026-11-22") as first_day:
        account = first_day.account()
        assert (0, "") == (first_day.wait(), first_day.said_besides())
    assert "Jobbörse" in (tmp_path / "data" / "demo.err").read_text()
    one_day = {
        jobcenter: (counts["vacancy"]["read"], counts["vacancy"]["ended"], counts["measure"]["read"])
        for jobcenter, counts in account["jobcenters"].items()
    }
    assert {
        "borken": (541, 0, 29), "coesfeld": (384, 0, 31), "muenster": (666, 0, 32), "steinfurt": (474, 0, 29),
        "warendorf": (296, 0, 40),
    } == one_day  # fmt: skip
    assert [] == gone_within(tmp_path / "data", 5)


def test_a_worker_killed_while_records_flow_changes_nothing_and_a_killed_demo_leaves_no_process(
    tmp_path: Path, oracle: Oracle
) -> None:
    data = tmp_path / "data"
    with demo(data) as running:
        killed = [_kill_worker_at_work(data, seen) for seen in (300, 1500)]
        account = running.account()
        assert killed[0] != killed[1] != role(data, "worker").pid
        counts = {
            (jobcenter, event, name): account["jobcenters"][jobcenter][event][name]
            for jobcenter in JOBCENTERS
            for event in EVENTS
            for name in COUNTS
        }
        assert {place: oracle[place[0]][place[1]].counts[place[2]] for place in counts} == counts
        assert (True, 0) == (account["ok"], account["unaccounted"])
        assert len(processes_of(data)) > 5
        running.end(signal.SIGKILL)
        assert [] == gone_within(data, 15)


def _kill_worker_at_work(data: Path, seen: int) -> int:
    """Kill the worker once the hub has decided on some records, and others wait; returns its process id."""
    file = Place(data).services / "embedded.json"
    receipts = [f"jobhub.receipts.{jobcenter}.v1" for jobcenter in JOBCENTERS]
    raw = [f"jobhub.raw.{jobcenter}.{event}.v1" for jobcenter in JOBCENTERS for event in EVENTS]
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            port = json.loads(file.read_text())["kafka_port"]
            there = ends(f"127.0.0.1:{port}", raw)
            decided = ends(f"127.0.0.1:{port}", receipts)
        except Exception:  # no file, no broker or no topics yet
            time.sleep(0.05)
            continue
        if sum(map(sum, there.values())) >= seen and sum(map(sum, decided.values())) > 0:
            worker = role(data, "worker")
            worker.send_signal(signal.SIGKILL)
            worker.wait(10)
            return worker.pid
    raise AssertionError("no records flowed")


def test_the_command_is_there_for_people_too(tmp_path: Path) -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "hub.cli.main", "trace", "borken:unbekannt"],
        env={**os.environ, "JOBHUB_DATA": str(tmp_path)}, capture_output=True, text=True, check=False, timeout=30,
    )  # fmt: skip
    assert 5 == shown.returncode
