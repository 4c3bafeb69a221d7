"""The ledger adds up, and whatever is taken out of it by hand makes it say so."""

from __future__ import annotations

import datetime
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from prometheus_client import REGISTRY
from sqlalchemy import NullPool, create_engine, make_url

from hub.sinks import receipts
from hub.sinks.board import SINK as BOARD
from hub.sinks.engine import progress
from hub.sinks.engine.cycle import show_ledger, show_sources
from hub.sinks.engine.database import Database, connect
from hub.sinks.engine.read import read
from hub.sinks.engine.store import Batch, Store
from hub.sinks.engine.target import Sink
from hub.sinks.reporting import SINK as REPORTING
from hub.store.health import read_sources
from hub.store.ledger import Ledger, LedgerRow, Totals, outcome_totals, read_ledger
from hub.store.migrate import upgrade
from hub.store.portal_tables import metadata
from schemas import topics
from schemas.codec import codec
from schemas.jobcenter import load_jobcenters
from tests.support.events import vacancy
from tests.support.sink_log import TOPIC, Curated, delivered, headers, of_vacancy

pytestmark = pytest.mark.integration

JC = "erprobung"
RAW = topics.raw(JC, "vacancy")
RECEIPTS = topics.receipts(JC)
DELIVERIES = topics.delivery(JC)
NOW = datetime.datetime(2026, 11, 25, 6, 0, tzinfo=datetime.UTC)


@pytest.fixture
def database(fresh_database: str) -> str:
    """A database with tables."""
    upgrade(fresh_database)
    return fresh_database


async def store(database_url: str, name: str, sink: Sink, topic: str, records: list[Curated]) -> None:
    """Let a sink read a topic to its end."""
    store = Store(Database(database_url, name, sink))
    ours = (await progress.claim(await store.database.connection(), name, {(topic, 0): 0}))[topic, 0]
    for offset, record in enumerate(records):
        record.offset, record.topic = offset, topic
    reading = await read(sink.target(topic), records[ours.next_offset :])
    await store.store([Batch(ours, reading, len(records))])
    await store.database.close()


def receipt(first: int, last: int, new: int, *exceptions: tuple[int, str, str | None]) -> Curated:
    """A receipt as the hub writes it."""
    return Curated(
        codec("receipt").encode(
            {
                "topic": RAW,
                "partition": 0,
                "first_offset": first,
                "last_offset": last,
                "delivery": "stellen/1",
                "new": new,
                "changed": 0,
                "ended": 0,
                "exceptions": [
                    {"offset": offset, "outcome": outcome, "code": code, "key": f"{JC}:E{offset}"}
                    for offset, outcome, code in exceptions
                ],
            }
        ),
        b"key",
    )


async def fill(database_url: str) -> None:
    """Ten raw records: six public, one for the Jobcenters only, a duplicate, a rejected one, a conflict."""
    exceptions = [
        (2, "DUPLICATE", None),
        (4, "REJECTED", "E202"),
        (5, "APPLIED_NOT_PUBLIC", None),
        (8, "CONFLICT", "E522"),
    ]
    told = [receipt(0, 4, 3, *exceptions[:2]), receipt(5, 9, 4, *exceptions[2:])]
    public = [of_vacancy(offset, JC, f"E{offset}", 1) for offset in (0, 1, 3, 6, 7, 9)]
    full = [
        Curated(
            codec("vacancy").encode(vacancy(jobcenter=JC, source_id=f"E{offset}")), b"key", headers=headers(JC, offset)
        )
        for offset in (0, 1, 3, 5, 6, 7, 9)
    ]
    await store(database_url, "receipts", receipts.SINK, RECEIPTS, told)
    await store(database_url, "board", BOARD, TOPIC, public)
    await store(database_url, "reporting", REPORTING, topics.INTERNAL_VACANCY, full)


async def ledger(database_url: str) -> Ledger:
    async with await connect(database_url, "test") as connection:
        return await read_ledger(connection)


async def test_every_raw_offset_has_its_outcome_and_all_sides_agree(database: str) -> None:
    await fill(database)
    found = await ledger(database)

    expected = LedgerRow(JC, "vacancy", 0, 0, 10, 7, 1, 0, 1, 1, 0, gaps=0, missing_in_reporting=0, missing_on_board=0)
    assert Ledger([expected], []) == found
    assert 0 == found.unaccounted


async def test_outcomes_are_summed_by_jobcenter_and_event(database: str) -> None:
    await fill(database)
    async with await connect(database, "test") as connection:
        totals = await outcome_totals(connection)

    expected = Totals(new=7, duplicate=1, conflict=1, rejected=1, rejected_by_code={"E202": 1})
    assert {(JC, "vacancy"): expected} == totals


async def test_the_gauges_show_the_ledger(database: str) -> None:
    await fill(database)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("DELETE FROM reporting.receipt_exception WHERE outcome = 'DUPLICATE'")
    async with await connect(database, "test") as asked:
        await show_ledger(asked)

    shown = REGISTRY.get_sample_value("jobhub_unaccounted_records", {"jobcenter": JC, "event": "vacancy"})
    # The offset has no outcome, and the sinks seem to lack a record each.
    assert 3 == shown
    assert 6 == REGISTRY.get_sample_value("jobhub_board_vacancies", {"jobcenter": JC})


@pytest.mark.parametrize(
    "deed",
    [
        "DELETE FROM reporting.receipt WHERE first_offset = 0",
        "DELETE FROM reporting.receipt_exception WHERE raw_offset = 2",
        "DELETE FROM reporting.receipt_exception WHERE raw_offset = 5",
        "UPDATE reporting.receipt SET last_offset = 5 WHERE first_offset = 0",
        "DELETE FROM reporting.sink_range WHERE sink = 'board'",
        "DELETE FROM reporting.sink_range WHERE sink = 'receipts'",
        "DELETE FROM reporting.sink_origin WHERE sink = 'board'",
        "DELETE FROM reporting.sink_origin WHERE sink = 'reporting'",
        "DELETE FROM reporting.sink_progress WHERE sink = 'board'",
        "UPDATE reporting.sink_progress SET next_offset = next_offset + 1 WHERE sink = 'board'",
        "UPDATE reporting.sink_origin SET records = records - 1 WHERE sink = 'board'",
        "UPDATE reporting.sink_origin SET records = records + 1 WHERE sink = 'reporting'",
        "DELETE FROM board.job WHERE entity = 'erprobung:E3'",
        "DELETE FROM board.job_doc WHERE entity = 'erprobung:E3'",
        "DELETE FROM reporting.receipt WHERE first_offset = 5",
        "INSERT INTO reporting.sink_exception"
        " VALUES ('board', 'jobhub.vacancy.v1', 0, 3, 'STALE', NULL, NULL, 1, now())",
    ],
)
async def test_what_is_taken_out_by_hand_is_noticed(database: str, deed: str) -> None:
    await fill(database)
    assert 0 == (await ledger(database)).unaccounted
    with psycopg.connect(database, autocommit=True) as connection:
        assert 1 == connection.execute(deed).rowcount

    assert 0 != (await ledger(database)).unaccounted


async def test_rows_that_were_there_before_they_were_counted_add_up(database: str) -> None:
    await fill(database)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("ALTER TABLE reporting.sink_range DROP COLUMN inserted")
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    upgrade(database, "0002")

    assert 0 == (await ledger(database)).unaccounted


async def test_a_sink_that_lags_is_not_a_loss(database: str) -> None:
    public = [of_vacancy(offset, JC, f"E{offset}", 1) for offset in range(5)]
    await store(database, "board", BOARD, TOPIC, public)
    assert 0 == (await ledger(database)).unaccounted

    await store(database, "receipts", receipts.SINK, RECEIPTS, [receipt(0, 2, 3)])
    assert 0 == (await ledger(database)).unaccounted

    await store(database, "receipts", receipts.SINK, RECEIPTS, [receipt(0, 2, 3), receipt(3, 6, 4)])
    assert 0 == (await ledger(database)).unaccounted


async def test_a_record_the_sink_never_saw_is_missing(database: str) -> None:
    public = [of_vacancy(offset, JC, f"E{offset}", 1) for offset in (0, 1, 3)]
    await store(database, "board", BOARD, TOPIC, public)
    await store(database, "receipts", receipts.SINK, RECEIPTS, [receipt(0, 3, 4)])

    assert [1] == [row.missing_on_board for row in (await ledger(database)).rows]


async def test_records_read_after_compaction_may_have_begun_are_not_compared(database: str) -> None:
    long_ago = int((datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=8)).timestamp() * 1000)
    public = [of_vacancy(offset, JC, f"E{offset}", 1) for offset in (0, 2, 3, 4)]
    public[1].timestamp = long_ago
    await store(database, "board", BOARD, TOPIC, public)
    await store(database, "receipts", receipts.SINK, RECEIPTS, [receipt(0, 4, 5)])

    # Offset 1 may have been compacted away; from 3 on all must be there.
    assert 0 == (await ledger(database)).unaccounted


async def test_two_receipts_of_one_range_are_kept_apart(database: str) -> None:
    same, other = receipt(0, 1, 2), receipt(0, 1, 1, (1, "STALE", None))
    await store(database, "receipts", receipts.SINK, RECEIPTS, [same, receipt(0, 1, 2), other])

    with psycopg.connect(database) as connection:
        noted = connection.execute("SELECT outcome FROM reporting.sink_exception ORDER BY record_offset").fetchall()
    assert [("DUPLICATE",), ("CONFLICT",)] == noted
    assert 0 == (await ledger(database)).unaccounted


def before(hours: float) -> datetime.datetime:
    return NOW - datetime.timedelta(hours=hours)


async def test_the_latest_state_of_a_delivery_holds_and_old_ones_make_a_source_silent(
    database: str, tmp_path: Path
) -> None:
    log = [
        delivered(JC, "stellen", "BEGUN", before(3)),
        delivered(JC, "stellen", "HELD", before(2), sent_new=5, rejected=1, held=7),
        delivered(JC, "kurse", "COMPLETED", before(49)),
    ]
    await store(database, "receipts", receipts.SINK, DELIVERIES, log)
    text = "kreis: '05554'\nname: Erprobung\nsources:\n" + "".join(
        f"  {name}: {{event: vacancy, type: csv_file, load: full, key: '{{Nr}}', columns: {{title: T}}}}\n"
        for name in ("stellen", "kurse", "nie")
    )
    (tmp_path / f"{JC}.yaml").write_text(text, encoding="utf-8")
    async with await connect(database, "test") as connection:
        found = await read_sources(connection, load_jobcenters(tmp_path), NOW)

    assert [
        ("stellen", "HELD", 2.0, 5, 1, 7, False),
        ("kurse", "COMPLETED", 49.0, 0, 0, 0, True),
        ("nie", None, None, 0, 0, 0, True),
    ] == [(s.source, s.state, s.age_hours, s.new, s.rejected, s.held, s.silent) for s in found]


async def test_the_sinks_tell_prometheus_what_is_due_and_what_is_stopped(database: str) -> None:
    log = [
        delivered(JC, "stellen", "COMPLETED", before(2)),
        delivered(JC, "kurse", "COMPLETED", before(49)),
        delivered(JC, "kurse", "REFUSED", before(1), number=2, reason="E503"),
    ]
    await store(database, "receipts", receipts.SINK, DELIVERIES, log)
    async with await connect(database, "test") as connection:
        await show_sources(connection, {})
    shown = {
        (source, name): REGISTRY.get_sample_value(f"jobhub_{name}", {"jobcenter": JC, "source": source})
        for source in ("stellen", "kurse")
        for name in ("source_stopped", "source_expected_next_timestamp_seconds")
    }

    # Undescribed here, so once a day with a quarter added: 30 hours of working days.
    last = {name: float(shown[name, "source_expected_next_timestamp_seconds"] or 0) for name in ("stellen", "kurse")}
    assert (0.0, 1.0) == (shown["stellen", "source_stopped"], shown["kurse", "source_stopped"])
    assert (28 * 3600, -19 * 3600) == (last["stellen"] - NOW.timestamp(), last["kurse"] - NOW.timestamp())


async def test_a_delivery_told_on_somebody_elses_topic_is_refused(database: str) -> None:
    await store(
        database, "receipts", receipts.SINK, topics.delivery("anderswo"), [delivered(JC, "stellen", "BEGUN", before(1))]
    )

    with psycopg.connect(database) as connection:
        assert [("REJECTED", "E520")] == connection.execute(
            "SELECT outcome, code FROM reporting.sink_exception"
        ).fetchall()
        assert [] == connection.execute("SELECT * FROM reporting.delivery").fetchall()


@pytest.mark.parametrize(
    "facts, shown",
    [
        # Alone in its row, small: hidden, and nothing else is there to hide.
        ([("MINIJOB", 4)], [("MINIJOB", None)]),
        # One small cell: the next smallest goes too, the largest stays.
        (
            [("MINIJOB", 2), ("OEFF_GEF", 6), ("SELBSTAENDIG", 9)],
            [("MINIJOB", None), ("OEFF_GEF", None), ("SELBSTAENDIG", 9)],
        ),
        # Two small cells hide each other.
        (
            [("MINIJOB", 2), ("OEFF_GEF", 3), ("SELBSTAENDIG", 5)],
            [("MINIJOB", None), ("OEFF_GEF", None), ("SELBSTAENDIG", 5)],
        ),
        ([("MINIJOB", 5), ("OEFF_GEF", 6)], [("MINIJOB", 5), ("OEFF_GEF", 6)]),
    ],
)
def test_small_cells_of_placements_are_hidden(
    database: str, facts: list[tuple[str, int]], shown: list[tuple[str, int | None]]
) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        for kind, count in facts:
            connection.execute(
                "INSERT INTO reporting.placement (entity, jobcenter, source_id, epoch, version, removed, fingerprint,"
                " ended, month, placement_type, kreis, openings_filled, first_seen_at, changed_at, record_topic,"
                " record_partition, record_offset)"
                " VALUES (%s, 'x', 'x', 0, 1, false, '', false, '2026-10', %s, '05566', %s, now(), now(), '', 0, 0)",
                (kind, kind, count),
            )
        rows = connection.execute(
            "SELECT placement_type, placements, suppressed FROM reporting.placement_counts ORDER BY 1"
        ).fetchall()

    assert [(kind, count, count is None) for kind, count in shown] == rows


def test_the_migrations_make_the_tables_that_the_code_knows(
    database: str,
) -> None:
    made = _catalogue(database)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("DROP SCHEMA board CASCADE; DROP SCHEMA reporting CASCADE; DROP SCHEMA portal CASCADE")
        connection.execute("CREATE SCHEMA board; CREATE SCHEMA reporting; CREATE SCHEMA portal")
    engine = create_engine(make_url(database).set(drivername="postgresql+psycopg"), poolclass=NullPool)
    metadata.create_all(engine)

    assert made == _catalogue(database)


def _catalogue(database_url: str) -> str:
    questions = (
        # A column that was dropped leaves a gap, so the order counts and not the position.
        "SELECT table_schema, table_name, column_name, data_type, udt_name, is_nullable,"
        " numeric_precision, numeric_scale, generation_expression FROM information_schema.columns"
        " WHERE table_schema IN ('board', 'reporting', 'portal') AND table_name <> 'placement_counts'"
        " ORDER BY table_schema, table_name, ordinal_position",
        "SELECT indexdef FROM pg_indexes WHERE schemaname IN ('board', 'reporting', 'portal') ORDER BY 1",
    )
    with psycopg.connect(database_url, autocommit=True) as connection:
        return json.dumps([connection.execute(question).fetchall() for question in questions], indent=1)


def test_descriptions_are_stored_uncompressed(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        kept = connection.execute(
            "SELECT attstorage::text FROM pg_attribute"
            " WHERE attrelid = 'board.job_doc'::regclass AND attname = 'description'"
        ).fetchone()

    assert ("e",) == kept


def test_any_number_of_processes_may_migrate_at_once(fresh_database: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(upgrade, [fresh_database] * 4))

    with psycopg.connect(fresh_database) as connection:
        assert [("0007",)] == connection.execute("SELECT version_num FROM alembic_version").fetchall()
