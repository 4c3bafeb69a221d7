"""Brings a database to the newest revision. Any number of processes may start this at once."""

from __future__ import annotations

from importlib import resources

from alembic import command
from alembic.config import Config
from sqlalchemy import NullPool, create_engine, make_url

# Any fixed number; whoever holds it migrates, the others wait and then find nothing to do.
_LOCK = 0x6A6F62687562


def upgrade(database_url: str, revision: str = "head") -> None:
    """Bring the database to a revision, by default the newest; what it was at already stays untouched.

    Raises:
        sqlalchemy.exc.OperationalError: the database cannot be reached.
    """
    engine = create_engine(
        make_url(database_url).set(drivername="postgresql+psycopg"),
        poolclass=NullPool,
        connect_args={"connect_timeout": 5},
    )
    with engine.connect() as connection:
        connection.exec_driver_sql(f"SELECT pg_advisory_lock({_LOCK})")
        # The lock belongs to the session and ends with it, even if we are killed.
        connection.commit()
        config = Config()
        config.set_main_option("script_location", str(resources.files("hub.store") / "migrations").replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        connection.commit()
