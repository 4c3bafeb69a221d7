"""The matcher on the real database and the real broker: exact whatever came first, crashes, late commits, rebuilds."""

from __future__ import annotations

import asyncio
import datetime
import json
import random
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner, Result

from hub.beside import alone
from hub.cli.main import build
from hub.embedded import Services
from hub.match import work
from hub.store.row_counts import differences
from schemas import topics
from schemas.codec import codec
from tests.match.pairs import labelled
from tests.support.board_rows import fill
from tests.support.events import ended
from tests.support.match import ALONE, BORKEN, COESFELD, TODAY, cards, groups, match
from tests.support.sink_log import Curated, of_event
from tests.support.sinks import create_topics, dealt_with, feed, running, wait_until

pytestmark = pytest.mark.integration

BOTH = [["borken:B-1", "coesfeld:C-1"]]


@pytest.fixture
def database(fresh_database: str) -> str:
    fill(fresh_database, BORKEN, COESFELD, ALONE)
    return fresh_database


def run_sql(database_url: str, statement: str, *values: Any) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute(statement, values)


def decide(database_url: str, a: str, b: str, verdict: str) -> None:
    run_sql(
        database_url,
        "INSERT INTO board.match_decision VALUES (%s, %s, %s, %s, 'geprüft', now(), '', 'jobhub.match.v1', 0, 0)"
        " ON CONFLICT (pair) DO UPDATE SET verdict = EXCLUDED.verdict",
        topics.pair_key(a, b), a, b, verdict,
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------------- one database


def test_a_second_pass_changes_nothing(database: str) -> None:
    first = match(database)
    before = cards(database)
    with psycopg.connect(database) as connection:
        marks = connection.execute("SELECT xmin::text, entity FROM board.card_member ORDER BY 2").fetchall()
    second = match(database)
    with psycopg.connect(database) as connection:
        after = connection.execute("SELECT xmin::text, entity FROM board.card_member ORDER BY 2").fetchall()

    assert (first.cards, first.suggestions, second.judged) == (1, 0, 0)
    assert BOTH == groups(database)
    assert before == cards(database)
    assert marks == after


def test_the_cards_are_the_same_in_whatever_order_jobs_came(
    fresh_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "JOBS_AT_A_TIME", 25)
    records = [job for case in labelled(3, of_each=1) for job in case.jobs]
    fill(fresh_database, *records)
    match(fresh_database)
    expected = cards(fresh_database)
    pick = random.Random(1)
    for _ in range(2):
        pick.shuffle(records)
        run_sql(
            fresh_database,
            "TRUNCATE board.job, board.job_doc, board.match_seen, board.match_pair, board.card_member,"
            " board.match_suggestion",
        )
        for begin in range(0, len(records), 20):
            fill(fresh_database, *records[begin : begin + 20])
            match(fresh_database)

        assert expected == cards(fresh_database)
    assert len(expected) > 20


def test_a_job_that_changes_leaves_its_card_and_comes_back(database: str) -> None:
    match(database)
    before = cards(database)
    move = "UPDATE board.job SET version = version + 1, ags = %s, plz = %s, place = %s WHERE entity = 'coesfeld:C-1'"
    run_sql(database, move, "05558016", "48249", "Dülmen")
    match(database)
    apart = groups(database)
    run_sql(database, move, "05554052", "48624", "Schöppingen")
    match(database)

    assert [] == apart
    assert before == cards(database)


def test_a_row_that_is_committed_late_is_not_missed(database: str) -> None:
    run_sql(database, "UPDATE board.job SET ended = true WHERE entity = 'coesfeld:C-1'")
    with psycopg.connect(database) as late:
        late.execute("UPDATE board.job SET ended = false, version = 2 WHERE entity = 'coesfeld:C-1'")
        run_sql(database, "UPDATE board.job SET version = 9, record_offset = 900 WHERE entity = 'muenster:M-1'")
        match(database)
        before = groups(database)
        late.commit()
    match(database)

    assert [] == before
    assert BOTH == groups(database)


def test_a_pass_that_dies_leaves_nothing_behind(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    written = work._write

    def dies(connection: Any, table: str, *rest: Any) -> None:
        written(connection, table, *rest)
        raise KeyboardInterrupt

    monkeypatch.setattr(work, "_write", dies)
    with pytest.raises(KeyboardInterrupt):
        match(database)
    left = cards(database)
    with psycopg.connect(database) as connection:
        seen = connection.execute("SELECT count(*) FROM board.match_seen").fetchone()
    monkeypatch.undo()
    match(database)

    assert ([], (0,)) == (left, seen)
    assert BOTH == groups(database)


def test_a_job_whose_last_day_has_passed_leaves_its_card(database: str) -> None:
    run_sql(database, "UPDATE board.job SET published_until = %s WHERE entity = 'borken:B-1'", TODAY)
    match(database)
    on_the_day = groups(database)
    match(database, TODAY + datetime.timedelta(days=1))

    assert BOTH == on_the_day
    assert [] == groups(database)


def test_decisions_win_and_can_be_taken_back(database: str) -> None:
    match(database)
    before = cards(database)
    decide(database, "borken:B-1", "coesfeld:C-1", "SPLIT")
    match(database)
    split = groups(database)
    decide(database, "borken:B-1", "muenster:M-1", "JOIN")
    match(database)
    joined = groups(database)
    decide(database, "borken:B-1", "coesfeld:C-1", "RULES")
    decide(database, "borken:B-1", "muenster:M-1", "RULES")
    match(database)

    assert [] == split
    assert [["borken:B-1", "muenster:M-1"]] == joined
    assert before == cards(database)


def test_when_the_rules_change_everything_is_judged_anew(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    match(database)
    for module in ("hub.match.work", "hub.match.board"):
        monkeypatch.setattr(f"{module}.EDITION", 999)

    assert match(database).judged > 0


def test_one_matcher_works_on_a_database(database: str) -> None:
    with alone._connect(database, "test") as first, alone._connect(database, "test") as second:
        assert (alone._ours(first, 7), alone._ours(second, 7)) == (True, False)
    with alone._connect(database, "test") as third:
        assert alone._ours(third, 7)


# ----------------------------------------------------------------------------------------------- broker and processes


@pytest.fixture(scope="module")
def broker() -> Iterator[str]:
    """A broker whose topics nobody else writes to."""
    folder = Path(tempfile.mkdtemp(prefix="jobhub-test-"))
    try:
        with Services(folder, postgres=False) as endpoints:
            names = [topics.INTERNAL_VACANCY, topics.MATCH, *(topics.curated(event) for event in topics.EVENTS)]
            asyncio.run(create_topics(endpoints.bootstrap_servers, names))
            yield endpoints.bootstrap_servers
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def jobhub(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(build(), ["match", *arguments], env={"JOBHUB_LANG": "de", **environment})


def told(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, (result.output, result.exception)
    answered: dict[str, Any] = json.loads(result.stdout)
    return answered


def test_decisions_are_events_and_a_full_rebuild_gives_the_same_cards(
    broker: str, fresh_database: str, tmp_path: Path
) -> None:
    third = {**BORKEN, "jobcenter": "steinfurt", "source_id": "S-1"}
    records = [BORKEN, COESFELD, ALONE, third]
    asyncio.run(feed(broker, [of_event(number, record) for number, record in enumerate(records)]))
    split = ["split", "borken:B-1", "coesfeld:C-1", "--reason", "Zwei Schichten", "--bootstrap-servers", broker]
    join = ["join", "muenster:M-1", "coesfeld:C-1", "--reason", "Telefonisch bestätigt", "--bootstrap-servers", broker]

    with running(broker, fresh_database, tmp_path) as sink:
        sink.wait_ready()
        wait_until(lambda: groups(fresh_database) == [["borken:B-1", "coesfeld:C-1", "steinfurt:S-1"]])
        answer = told(jobhub(*split, "--json"))
        told(jobhub(*join, "--json"))
        joined = [["borken:B-1", "steinfurt:S-1"], ["coesfeld:C-1", "muenster:M-1"]]
        wait_until(lambda: groups(fresh_database) == joined)
        gone = ended({**third, "version": 2})
        asyncio.run(feed(broker, [of_event(9, {**gone, "employer": None, "contact": None, "description": None})]))
        wait_until(lambda: groups(fresh_database) == joined[1:])
        expected = cards(fresh_database)
        code, _ = sink.terminate()

    assert (answer["a"], answer["b"], answer["verdict"]) == ("borken:B-1", "coesfeld:C-1", "SPLIT")
    assert code == 0
    # Everything dropped; the sinks begin at the beginning.
    with psycopg.connect(fresh_database, autocommit=True) as connection:
        connection.execute("DROP SCHEMA board CASCADE; DROP SCHEMA reporting CASCADE; DROP TABLE alembic_version")
    with running(broker, fresh_database, tmp_path) as sink:
        sink.wait_ready()
        wait_until(lambda: dealt_with(fresh_database, "board") == 5)
        wait_until(lambda: dealt_with(fresh_database, "decisions", topics.MATCH) == 2)
        wait_until(lambda: cards(fresh_database) == expected)
        wait_until(lambda: missing_rows(fresh_database) == 0)


def missing_rows(database_url: str) -> int:
    """Rows of decisions the ledger misses."""

    async def ask() -> int:
        async with await psycopg.AsyncConnection.connect(database_url) as connection:
            return sum(count for sink, _, count in await differences(connection) if sink == "decisions")

    return asyncio.run(ask())


def test_the_matcher_goes_on_after_its_sink_was_killed(broker: str, fresh_database: str, tmp_path: Path) -> None:
    employer = {"name": "Niehoff Fenster KG", "betriebsnummer": "33445566"}
    jobs = [
        {**record, "source_id": f"K-{record['jobcenter']}", "employer": employer, "contact": None}
        for record in (BORKEN, COESFELD)
    ]
    with running(broker, fresh_database, tmp_path) as sink:
        sink.wait_ready()
    asyncio.run(feed(broker, [of_event(number, record) for number, record in enumerate(jobs)]))
    with running(broker, fresh_database, tmp_path) as sink:
        sink.wait_ready()
        wait_until(lambda: ["borken:K-borken", "coesfeld:K-coesfeld"] in groups(fresh_database))


def test_a_decision_under_another_key_is_refused(broker: str, fresh_database: str, tmp_path: Path) -> None:
    value = codec("match").encode(
        {"a": "borken:X-1", "b": "coesfeld:X-1", "verdict": "JOIN", "reason": "x",
         "decided_at": datetime.datetime(2026, 11, 24, tzinfo=datetime.UTC)}
    )  # fmt: skip
    wrong = Curated(value, b"borken:X-1|coesfeld:X-2", topic=topics.MATCH)
    asyncio.run(feed(broker, [wrong]))
    with running(broker, fresh_database, tmp_path, "decisions") as sink:
        sink.wait_ready()

        def refused() -> bool:
            with psycopg.connect(fresh_database) as connection:
                return connection.execute(
                    "SELECT code FROM reporting.sink_exception WHERE sink = 'decisions' AND outcome = 'REJECTED'"
                ).fetchall() == [("E521",)]

        wait_until(refused)


# ------------------------------------------------------------------------------------------------------------ the verbs


def test_a_pair_is_explained(database: str) -> None:
    match(database)
    decide(database, "coesfeld:C-1", "muenster:M-1", "SPLIT")
    known = {"JOBHUB_DATABASE_URL": database, "JOBHUB_TODAY": TODAY.isoformat()}
    as_json = told(jobhub("explain", "coesfeld:C-1", "borken:B-1", "--json", **known))
    text = jobhub("explain", "coesfeld:C-1", "borken:B-1", **known).stdout
    forbidden = jobhub("explain", "coesfeld:C-1", "muenster:M-1", **known).stdout

    assert (as_json["version"], as_json["a"], as_json["fold"], as_json["card"] is not None) == (
        1,
        "borken:B-1",
        True,
        True,
    )
    assert "Arbeitgeber" in text
    assert "Ergebnis: auf einer Karte" in text
    assert "Widerspruch: anderer Beruf" in forbidden
    assert "Entscheidung: SPLIT  geprüft" in forbidden


def test_a_pair_of_which_one_is_not_on_the_board_is_not_explained(database: str) -> None:
    result = jobhub("explain", "coesfeld:C-1", "borken:NIE", "--json", JOBHUB_DATABASE_URL=database)

    assert result.exit_code == 1
    assert json.loads(result.stdout)["found"] is False


def test_cards_and_suggestions_are_listed(database: str) -> None:
    pay = {**COESFELD["pay"], "minimum": COESFELD["pay"]["minimum"] + 9, "maximum": COESFELD["pay"]["maximum"] + 9}
    fill(database, {**COESFELD, "source_id": "C-2", "pay": pay})
    match(database)
    known = {"JOBHUB_DATABASE_URL": database}
    listed, suggested = told(jobhub("list", "--json", **known)), told(jobhub("suggestions", "--json", **known))

    assert (listed["total"], listed["cards"][0]["members"]) == (1, BOTH[0])
    assert "borken:B-1  coesfeld:C-1" in jobhub("list", **known).stdout
    assert suggested["total"] == 1
    assert (suggested["suggestions"][0]["a"], suggested["suggestions"][0]["b"]) == ("borken:B-1", "coesfeld:C-2")
    assert "Widerspruch: Löhne ohne Überschneidung" in jobhub("suggestions", **known).stdout


@pytest.mark.parametrize(
    "arguments, code",
    [
        (["borken:B-1", "borken:B-1", "--reason", "x"], "E109"),
        (["borken", "coesfeld:C-1", "--reason", "x"], "E109"),
        (["borken:B-1", "coesfeld:C-1", "--reason", " "], "E106"),
        (["borken:B-1", "coesfeld:C-1", "--reason", "Kunde 317C123456 kennt beide"], "E511"),
    ],
)
def test_a_decision_that_cannot_be_kept_is_not_sent(arguments: list[str], code: str) -> None:
    result = jobhub("split", *arguments, "--bootstrap-servers", "127.0.0.1:1")

    assert getattr(result.exception, "code", None) == code


def test_joining_a_hidden_employer_with_one_that_is_named_is_refused(fresh_database: str) -> None:
    fill(fresh_database, BORKEN, {**COESFELD, "visibility": "ANONYMOUS"})
    result = jobhub(
        "join", "borken:B-1", "coesfeld:C-1", "--reason", "gleich", "--bootstrap-servers", "127.0.0.1:1",
        JOBHUB_DATABASE_URL=fresh_database, JOBHUB_TODAY=TODAY.isoformat(),
    )  # fmt: skip

    assert "names its employer" in str(result.exception) or "nennt ihren Arbeitgeber" in str(result.exception)
