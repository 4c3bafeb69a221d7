"""Offers whose text welcomes career changers, and an index of the open jobs by occupation."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_WELCOMES = (
    "description ~* 'quereinst'"
    " AND description !~* '(kein|nicht).{0,25}quereinst|quereinst.{0,40}(nicht|ausgeschlossen|leider)'"
)


def upgrade() -> None:
    """Add the column, which fills itself, and both indexes."""
    run = op.get_bind().exec_driver_sql
    run(f"ALTER TABLE board.job_doc ADD COLUMN career_change boolean GENERATED ALWAYS AS ({_WELCOMES}) STORED")
    run("CREATE INDEX job_doc_career_change ON board.job_doc (entity) WHERE career_change")
    run("CREATE INDEX job_occupation ON board.job (kldb2010) WHERE NOT ended")
