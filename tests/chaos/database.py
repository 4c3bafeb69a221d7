"""What the sinks made of it, read with plain SQL; and a trigger that writes down every change of a row."""

from __future__ import annotations

from typing import Any

import psycopg

TABLES = {
    "board.job": "vacancy",
    "board.measure": "measure",
    "reporting.vacancy": "vacancy",
    "reporting.measure": "measure",
    "reporting.placement": "placement",
}
"""Tables with one row for each entity, and their events."""

_TRANSITIONS = """
CREATE SCHEMA chaos;
CREATE TABLE chaos.slow (secs double precision);
INSERT INTO chaos.slow VALUES (0);
CREATE TABLE chaos.transition (id bigserial PRIMARY KEY, rel text, entity text, epoch bigint, version bigint,
    removed bool, title text, jobcenter text, raw_topic text, at timestamptz DEFAULT clock_timestamp());
CREATE FUNCTION chaos.note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF tg_table_schema || '.' || tg_table_name = 'board.job' THEN PERFORM pg_sleep(secs) FROM chaos.slow; END IF;
    INSERT INTO chaos.transition (rel, entity, epoch, version, removed, title, jobcenter, raw_topic)
    VALUES (tg_table_schema || '.' || tg_table_name, new.entity, new.epoch, new.version, new.removed,
        to_jsonb(new) ->> 'title', new.jobcenter, new.raw_topic);
    RETURN new; END $$;
"""

_LEVEL = """
SELECT topic, partition, max(last_offset) + 1, 'worker' FROM reporting.receipt GROUP BY 1, 2
UNION ALL SELECT topic, partition, next_offset, sink FROM reporting.sink_progress
"""


def connect(url: str) -> psycopg.Connection[Any]:
    """A short-lived connection."""
    return psycopg.connect(url, autocommit=True, connect_timeout=3)


def ask(url: str, question: str, *values: object) -> list[Any]:
    """Rows of a question."""
    with connect(url) as connection:
        return connection.execute(question, values).fetchall()


def tell(url: str, statement: str, *values: object) -> None:
    """Run a statement."""
    with connect(url) as connection:
        connection.execute(statement, values)


def watch_transitions(url: str) -> None:
    """From here on every state written to a row is written down, by the database itself.

    Work beside the sinks writes other columns only: it makes words searchable, and forgets what is due.
    """
    with connect(url) as connection:
        connection.execute(_TRANSITIONS)
        for table in TABLES:
            connection.execute(
                f"CREATE TRIGGER note AFTER INSERT OR UPDATE OF epoch, version, removed, fingerprint ON {table}"
                " FOR EACH ROW EXECUTE FUNCTION chaos.note()"
            )


def reached(url: str) -> dict[tuple[str, str, int], int]:
    """How far worker and sinks are: (stage, topic, partition) -> next offset. Empty while the database is away."""
    try:
        return {(stage, topic, p): offset for topic, p, offset, stage in ask(url, _LEVEL)}
    except psycopg.Error:
        return {}
