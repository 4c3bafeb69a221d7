"""Days of PostgreSQL that Python has not, such as `infinity`: as text they concern their row alone."""

from __future__ import annotations

from typing import Any

import sqlalchemy

_KINDS = {"date": "DateLoader", "timestamp": "TimestampLoader", "timestamptz": "TimestamptzLoader"}


def keep_foreign_days(engine: sqlalchemy.Engine) -> None:
    """Let connections of psycopg hand out such days as the database writes them, in place of ending the reading."""
    # The engine has its driver; a Jobcenter without PostgreSQL needs none.
    driver: Any = engine.dialect.dbapi
    loaders = {kind: _tolerant(getattr(driver.types.datetime, name), driver.DataError) for kind, name in _KINDS.items()}

    def connected(connection: Any, _: Any) -> None:
        for kind, loader in loaders.items():
            connection.adapters.register_loader(kind, loader)

    sqlalchemy.event.listen(engine, "connect", connected)


def _tolerant(loader: Any, no_such_day: type[Exception]) -> Any:
    class Tolerant(loader):  # type: ignore[misc]  # the class is known at run time only
        def load(self, data: Any) -> Any:
            try:
                return super().load(data)
            except no_such_day:
                return bytes(data).decode()

    return Tolerant
