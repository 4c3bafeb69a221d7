"""What searches count by, packed into one number in the narrow table; whether a text welcomes career changers beside it."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both columns. The second is taken over from where it was; that column and its index go."""
    for statement in Path(__file__).with_suffix(".sql").read_text(encoding="utf-8").split(";\n\n"):
        op.get_bind().exec_driver_sql(statement.strip().removesuffix(";"))
