"""Every fixture through the real pipeline: stated outcome and code, all neighbours on the board, nothing restarted."""

from __future__ import annotations

import asyncio
import html
import secrets
from collections.abc import Iterator

import psycopg
import pytest
from fastapi.testclient import TestClient

from hub.store.ledger import read_ledger
from schemas.codes import security_codes
from tests.bad_input.catalogue import FILES, RECORDS
from tests.bad_input.fixture import CANARY, FileFixture, RecordFixture
from tests.bad_input.pipeline import Ran, ran
from tests.support.board_rows import own_database
from tests.support.web import board_app

pytestmark = pytest.mark.integration

each_file = pytest.mark.parametrize("fixture", FILES, ids=[f"{one.id} {one.what}" for one in FILES])
each_record = pytest.mark.parametrize("fixture", RECORDS, ids=[f"{one.id} {one.what}" for one in RECORDS])

SECRETS = (
    CANARY,
    "31701BG0012345",
    "317B678114",
    "DE02 1203",
    "170839 J 003",
    "574 261 809",
    "musterfrau",
    "127.0.0.1:9",
)
"""Parts of values, bad and sound, that must be in no log."""


@pytest.fixture(scope="module")
def run(bootstrap_servers: str, database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    """The run all tests of this module look at."""
    with own_database(database_url) as database:
        folder = tmp_path_factory.mktemp("bad-input")
        with ran(bootstrap_servers, database, f"t{secrets.token_hex(4)}", folder) as found:
            yield found


@each_file
def test_a_file_ends_as_its_class_says(run: Ran, fixture: FileFixture) -> None:
    report = run.deliveries["".join(char if char.isprintable() else "?" for char in fixture.bad_file)]
    if fixture.outcome == "D":
        assert ("REFUSED", fixture.code) == (report["state"], report["reason"])
    elif fixture.outcome == "W":
        assert ("HELD", fixture.code, 0) == (report["state"], report["reason"], report["sent_ended"])
    else:
        assert ("COMPLETED", None) == (report["state"], report["reason"])
        assert fixture.code in report["rejected_by_code"] or fixture.code is None or fixture.outcome == "F"
    if fixture.hub_code is not None:
        codes = [run.exceptions.get(f"{run.jobcenter}:{fixture.key(number)}", set()) for number in ("2", "4")]
        assert fixture.hub_code in set().union(*codes)


@each_file
def test_neighbours_in_files_are_on_the_board(run: Ran, fixture: FileFixture) -> None:
    assert [] == [number for number in fixture.arrive if not run.on_offer(fixture.key(number))]
    assert [] == [number for number in fixture.absent if run.on_offer(fixture.key(number))]
    for number, values in fixture.shown.items():
        row = run.board[f"{run.jobcenter}:{fixture.key(number)}"]
        for column in ("title", "version", "description") if not row["ended"] else ("version",):
            assert values.get(column, row[column]) == row[column]


@each_record
def test_a_record_ends_as_its_class_says(run: Ran, fixture: RecordFixture) -> None:
    ((outcome, code, _),) = run.fates[run.places[fixture.id]]

    assert ("applied" if fixture.outcome == "OK" else "REJECTED", fixture.code) == (outcome, code)
    assert run.on_offer(f"{fixture.id}-2") is (fixture.outcome == "OK")


@each_record
def test_neighbours_of_records_are_on_the_board(run: Ran, fixture: RecordFixture) -> None:
    assert [] == [number for number in ("1", "3") if not run.on_offer(f"{fixture.id}-{number}")]


def test_worker_and_sink_are_the_processes_they_were(run: Ran) -> None:
    assert run.processes == (run.worker.process.pid, run.sink.process.pid)
    assert (None, None) == (run.worker.process.poll(), run.sink.process.poll())


def test_the_ledger_has_no_difference(run: Ran) -> None:
    async def rows() -> list[int]:
        async with await psycopg.AsyncConnection.connect(run.database_url) as connection:
            ledger = await read_ledger(connection)
            return [row.unaccounted for row in ledger.rows if row.jobcenter == run.jobcenter]

    found = asyncio.run(rows())
    assert [0] * len(found) == found
    assert len(found) >= 4


def test_nothing_of_any_value_is_in_a_log(run: Ran) -> None:
    assert [] == [secret for secret in SECRETS if secret in run.logs]
    assert "security event" in run.logs  # there is something in them at all
    assert any(CANARY in (row.get("description") or "") for row in run.board.values())


def test_security_events_are_told_with_their_code_alone(run: Ran) -> None:
    told = {code for code in security_codes() if f'"code": "{code}"' in run.logs}

    assert security_codes() & ({one.code for one in FILES} | {one.code for one in RECORDS}) == told


def test_nothing_of_a_private_contact_is_public(run: Ran) -> None:
    rows = [run.board[f"{run.jobcenter}:{one.key('2')}"] for one in FILES if one.number == 51]

    assert [None] * len(rows) == [row["contact"] for row in rows]


@pytest.mark.parametrize("fixture", [one for one in FILES if one.number in (45, 46, 47, 48)], ids=lambda one: one.id)
def test_markup_is_shown_as_text(run: Ran, fixture: FileFixture) -> None:
    with TestClient(board_app(run.database_url)) as client:
        page = client.get(f"/stellen/{run.jobcenter}:{fixture.key('2')}")
    assert page.status_code == 200
    harmful = ("<script>alert", "onerror=alert", "javascript:alert(3)", "<svg onload", "<iframe", 'href="javascript')
    assert [] == [text for text in harmful if text in page.text.lower()]
    written = str(fixture.shown["2"]["description"])
    if "<" not in written:
        assert written in html.unescape(page.text)
