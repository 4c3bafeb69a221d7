"""A back office in PostgreSQL: a view described by `jobhub init --sql`, and its rows in the topics of the hub."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from typer.testing import CliRunner, Result

from connectors import databases
from connectors.runner import run
from hub.cli.main import build
from hub.cli.output import Exit, Failure, set_language
from hub.topics import ensure_topics, load_manifest
from schemas import topics
from schemas.codec import codec
from schemas.jobcenter import Jobcenter
from tests.support.deliveries import DEPLOY, connector
from tests.support.layouts.jobs import Written, cells
from tests.support.workers import read_all

pytestmark = pytest.mark.integration

ROWS = 40
VARIABLE = "TEST_OFFICE_URL"
# Text of fixed length, whole numbers, decimals, truth values, arrays, days, moments with and without a zone.
OFFICE = """
CREATE SCHEMA fach;
CREATE TABLE fach.stelle (
    stelle_id bigint PRIMARY KEY, bezeichnung varchar(200) NOT NULL, beschreibung text, kldb char(8), freigabe smallint,
    ag_name text, ao_plz char(5), ao_ort text, arbeitszeiten text[], std_woche numeric(4, 1), befristet boolean,
    befristet_bis date, lohn_von numeric(10, 2), anzahl integer, beginn date, zeitarbeit boolean,
    veroeffentlicht_ab timestamptz, veroeffentlicht_bis date, erfasst_am timestamp,
    sachbearbeiter text, kunde_intern text
);
CREATE VIEW fach.v_hub_stellen AS SELECT * FROM fach.stelle WHERE bezeichnung <> 'gesperrt';
"""
TIMES = {"VZ": ["VZ"], "TZ": ["TZ", "SN"], "MJ": []}


@dataclass(frozen=True)
class Office:
    """Its database, with a connection that may write."""

    url: str
    sql: psycopg.Connection[Any]

    def enter(self, number: int, **changed: Any) -> None:
        """One vacancy."""
        row = cells(number, Written(day="%Y-%m-%d", comma=False, never="", times=("VZ", "TZ", "MJ"), terms=("J", "N")))
        values = {
            "stelle_id": 1000 + number, "bezeichnung": row["title"], "beschreibung": row["description"],
            "kldb": row["kldb2010"], "freigabe": 1, "ag_name": row["employer.name"], "ao_plz": row["workplace.plz"],
            "ao_ort": row["workplace.place"], "arbeitszeiten": TIMES[row["working_time"]],
            "std_woche": Decimal(row["weekly_hours"]), "befristet": row["contract_term"] == "J",
            "befristet_bis": row["term_until"] or None, "lohn_von": Decimal(row["pay.minimum"]) if number % 3 else None,
            "anzahl": int(row["openings"]), "beginn": row["start_on"], "zeitarbeit": number % 5 == 0,
            # Half an hour after midnight here is the day before in UTC.
            "veroeffentlicht_ab": f"{row['published_from']} 00:30:00 Europe/Berlin",
            "veroeffentlicht_bis": None if number % 2 else "infinity",
            "erfasst_am": f"{row['published_from']} 08:15:00", "sachbearbeiter": "Frau Ahlers",
            "kunde_intern": None, **changed,
        }  # fmt: skip
        marks = ", ".join(f"%({name})s" for name in values)
        self.sql.execute(f"INSERT INTO fach.stelle ({', '.join(values)}) VALUES ({marks})", values)


@pytest.fixture
def office(fresh_database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    # A server's clock is often set to UTC; what day it is, is asked in Germany.
    url = fresh_database + ("&" if "?" in fresh_database else "?") + "options=-c%20timezone%3DUTC"
    monkeypatch.setenv(VARIABLE, url)
    with psycopg.connect(fresh_database, autocommit=True) as connection:
        connection.execute(OFFICE)
        one = Office(url, connection)
        for number in range(ROWS):
            one.enter(number)
        yield one


def jobhub(*arguments: str | Path) -> Result:
    set_language("de")
    return CliRunner().invoke(build(), [str(argument) for argument in arguments])


def described(target: Path, *more: str) -> Result:
    named = ("--sql", VARIABLE, "--view", "v_hub_stellen", "--schema", "fach")
    codes = ("--code", "freigabe:1=PUBLIC")
    return jobhub("init", *named, *codes, "--load", "full", "--yes", "--json", "--out", target, *more)


def test_a_view_becomes_a_description_that_fits_it(office: Office, tmp_path: Path) -> None:
    target = tmp_path / "steinfurt.yaml"
    done = described(target)
    source = yaml.safe_load(target.read_text("utf-8"))["sources"]["stellen"]

    assert (0, ROWS) == (done.exit_code, json.loads(done.stdout)["valid"]), done.stdout
    assert "jobhub run steinfurt --dry-run" == json.loads(done.stdout)["next"]
    assert {"url_env": VARIABLE, "view": "v_hub_stellen", "schema": "fach"} == source["options"]
    assert ("sql_table", "{stelle_id}", False) == (source["type"], source["key"], "files" in source)
    assert {
        "title": "bezeichnung",
        "workplace.plz": "ao_plz",
        "weekly_hours": {"column": "std_woche", "parse": "decimal_point"},
        "contract_term": {"column": "befristet", "codes": {"true": "BEFRISTET", "false": "UNBEFRISTET"}},
        "working_time": {
            "column": "arbeitszeiten",
            "codes": {"VZ": ["VOLLZEIT"], "TZ": ["TEILZEIT"], "SN": ["SCHICHT_NACHT_WOCHENENDE"]},
        },
        "published_from": {"column": "veroeffentlicht_ab", "parse": "day_of_timestamp"},
        "temporary_agency_work": "zeitarbeit",
    }.items() <= source["columns"].items()
    assert {"sachbearbeiter", "kunde_intern"} <= set(source["ignore"])


def test_a_day_that_python_has_not_concerns_its_row_alone(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.enter(ROWS, beginn="infinity")
    done = described(tmp_path / "steinfurt.yaml")
    source = yaml.safe_load((tmp_path / "steinfurt.yaml").read_text("utf-8"))["sources"]["stellen"]
    assert ROWS + 1 == json.loads(done.stdout)["valid"]
    assert "infinity" in source["columns"]["start_on"]["empty"]

    monkeypatch.setattr(databases, "keep_foreign_days", lambda engine: None)
    (tmp_path / "steinfurt.yaml").unlink()
    failed = described(tmp_path / "steinfurt.yaml")
    assert isinstance(failed.exception, Failure)
    assert (Exit.FINDINGS, "E414") == (failed.exception.exit_code, failed.exception.code)


@pytest.mark.parametrize(
    ("arguments", "code", "exit_code"),
    [
        (["--sql", VARIABLE, "--view", "fehlt"], "E303", Exit.FINDINGS),
        (["--sql", VARIABLE], "E731", Exit.USAGE),
        (["--sql", "postgresql://hub:geheim@server/db", "--view", "v"], "E731", Exit.USAGE),
        (["--sql", "TEST_NOT_SET", "--view", "v"], "E404", Exit.CONFIGURATION),
        ([], "E731", Exit.USAGE),
    ],
    ids=["no view", "view not named", "the address itself", "not set", "nothing named"],
)
def test_what_is_not_right_is_said_without_the_address(
    office: Office, arguments: list[str], code: str, exit_code: Exit
) -> None:
    failed = jobhub("init", *arguments, "--load", "full", "--yes").exception

    assert isinstance(failed, Failure)
    assert (code, exit_code) == (failed.code, failed.exit_code)
    assert "geheim" not in f"{failed} {failed.what} {failed.why} {failed.todo}"


# PostgreSQL's own CSV: as it comes, with a word for nothing, everything in quotation marks, another encoding.
COPIED = {
    "as it comes": "FORMAT csv, HEADER",
    "NULL as a word": "FORMAT csv, HEADER, NULL 'NULL'",
    "all in quotation marks": "FORMAT csv, HEADER, FORCE_QUOTE *",
    "Windows-1252 and semicolons": "FORMAT csv, HEADER, DELIMITER ';', ENCODING 'WIN1252'",
}
TEXT = 'Wir suchen "Köche";\nund, Köchinnen'


@pytest.mark.parametrize("form", COPIED)
def test_a_file_copied_from_it_is_checked_described_and_sent(office: Office, form: str, tmp_path: Path) -> None:
    path, target = tmp_path / "stellen_2026-11-22.csv", tmp_path / "steinfurt.yaml"
    office.sql.execute("UPDATE fach.stelle SET beschreibung = %s WHERE stelle_id = 1004", [TEXT])
    copied = f"COPY (SELECT * FROM fach.v_hub_stellen) TO STDOUT ({COPIED[form]})"
    with office.sql.cursor() as cursor, path.open("wb") as file, cursor.copy(copied) as copy:
        for block in copy:
            file.write(bytes(block))
    looked_at = json.loads(jobhub("check", path, "--json").stdout)
    done = jobhub("init", path, "--load", "full", "--code", "freigabe:1=PUBLIC", "--yes", "--json", "--out", target)
    told = yaml.safe_load(target.read_text("utf-8"))
    columns = told["sources"]["stellen"]["columns"]
    with connector(tmp_path, Jobcenter.model_validate({"id": "steinfurt", **told})) as one:
        report = one.take_file(path.name, path.read_bytes())
        by_id = {vacancy["source_id"]: vacancy for vacancy in one.outbox()}

    assert (True, ROWS) == (looked_at["ok"], looked_at["rows"]), looked_at["findings"][:3]
    assert ROWS == json.loads(done.stdout)["valid"]
    assert {"t": "BEFRISTET", "f": "UNBEFRISTET"} == columns["contract_term"]["codes"]
    assert ["TEILZEIT", "SCHICHT_NACHT_WOCHENENDE"] == columns["working_time"]["codes"]["{TZ,SN}"]
    assert (ROWS, True) == (report["sent_new"], report["complete"])
    assert {True, False} == {vacancy["temporary_agency_work"] for vacancy in by_id.values()}
    assert {None} == {vacancy["published_until"] for vacancy in by_id.values()}
    assert TEXT == by_id["1004"]["description"]


async def test_its_rows_reach_the_hub_as_they_are(
    office: Office, bootstrap_servers: str, made_up_jobcenter: str, tmp_path: Path
) -> None:
    target = tmp_path / f"{made_up_jobcenter}.yaml"
    assert 0 == described(target, "--jobcenter", made_up_jobcenter, "--kreis", "05566").exit_code
    told = yaml.safe_load(target.read_text("utf-8"))
    told["sources"]["stellen"]["options"]["every_minutes"] = 1
    jobcenter = Jobcenter.model_validate({"id": made_up_jobcenter, **told})
    await ensure_topics(bootstrap_servers, load_manifest(DEPLOY / "topics.yaml"), [made_up_jobcenter])
    first = await run(jobcenter, tmp_path, tmp_path / "s" / "x.sqlite", bootstrap_servers, once=True)
    raw = [
        codec("vacancy").decode(one.value())
        for one in read_all(bootstrap_servers, [topics.raw(made_up_jobcenter, "vacancy")])
    ]
    by_id = {one["source_id"]: one for one in raw}
    one = by_id["1003"]
    row = cells(3, Written(day="%Y-%m-%d", comma=False))

    assert (ROWS, 0) == (first.counts["sent_new"], first.counts["rejected"])
    assert (ROWS, row["title"], row["kldb2010"]) == (len(by_id), one["title"], one["kldb2010"])
    assert date.fromisoformat(row["published_from"]) == one["published_from"]
    assert {None} == {vacancy["published_until"] for vacancy in raw}
    assert {("VOLLZEIT",), ("TEILZEIT", "SCHICHT_NACHT_WOCHENENDE"), ()} >= {tuple(v["working_time"]) for v in raw}
    assert {True, False} == {vacancy["temporary_agency_work"] for vacancy in raw}
