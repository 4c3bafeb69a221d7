"""Days of PostgreSQL that Python has not, such as `infinity`: as text they concern their row alone."""

from __future__ import annotations

from typing import Any

import sqlalchemy

_KINDS = {"date": "DateLoader", "timestamp": "TimestampLoader", "timestamptz": "TimestamptzLoader"}


def keep_foreign_days(engine: sqlalchemy.Engine) -> None:
    """Let connections of psycopg hand out such days as the database writes them, in place of ending the reading."""
    from psycopg.types import datetime as known

    loaders = {kind: _tolerant(getattr(known, name)) for kind, name in _KINDS.items()}

    def connected(connection: Any, _: Any) -> None:
        for kind, loader in loaders.items():
            connection.adapters.register_loader(kind, loader)

    sqlalchemy.event.listen(engine, "connect", connected)


def _tolerant(loader: Any) -> Any:
    from psycopg import DataError

    class Tolerant(loader):  # type: ignore[misc]  # the class is known at run time only
        def load(self, data: Any) -> Any:
            try:
                return super().load(data)
            except DataError:
                return bytes(data).decode()

    return Tolerant
