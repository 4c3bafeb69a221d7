"""Ranges count the rows a sink inserted. Rows that are there already are counted to the first range of their topics.

Stop the sinks of the version before: they would insert rows without counting them.
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_PLACES = (
    ("board", "jobhub.vacancy.v1", "board.job"),
    ("board", "jobhub.measure.v1", "board.measure"),
    ("reporting", "jobhub.internal.vacancy.v1", "reporting.vacancy"),
    ("reporting", "jobhub.measure.v1", "reporting.measure"),
    ("reporting", "jobhub.placement.v1", "reporting.placement"),
    ("receipts", "jobhub.receipts.%%", "reporting.receipt"),
    ("receipts", "jobhub.rejected.%%", "reporting.rejected"),
    ("receipts", "jobhub.raw.%%.delivery.v1", "reporting.delivery"),
)


def upgrade() -> None:
    """Add the column and fill it."""
    run = op.get_bind().exec_driver_sql
    run("ALTER TABLE reporting.sink_range ADD COLUMN inserted bigint NOT NULL DEFAULT 0")
    for sink, topics, table in _PLACES:
        run(
            f"UPDATE reporting.sink_range SET inserted = (SELECT count(*) FROM {table})"  # noqa: S608
            " WHERE (sink, topic, partition, from_offset) = (SELECT sink, topic, partition, from_offset"
            f" FROM reporting.sink_range WHERE sink = '{sink}' AND topic LIKE '{topics}'"
            " ORDER BY topic, partition, from_offset LIMIT 1)"
        )
