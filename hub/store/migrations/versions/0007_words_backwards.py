"""Titles and descriptions are found by words forwards and backwards, without endings too (hub/search/texts.py)."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the words of titles anew; those of descriptions are filled in beside the sink, as those of new jobs are."""
    for statement in Path(__file__).with_suffix(".sql").read_text(encoding="utf-8").split(";\n\n"):
        op.get_bind().exec_driver_sql(statement.strip().removesuffix(";"))
