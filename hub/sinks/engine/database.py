"""The one connection of a sink. It comes back by itself, with its staging tables, whatever happens to the server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from psycopg import AsyncConnection

from hub.sinks.engine.patience import DATABASE_AWAY, wait_for
from hub.sinks.engine.table import TargetTable
from hub.sinks.engine.target import Sink

IDLE_IN_TRANSACTION_SECS = 10

Result = TypeVar("Result")

# A server that vanished without a word is noticed after about 20 seconds instead of hours.
_KEEPALIVE: dict[str, Any] = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 20_000,
    # A process that stands still in a transaction holds the row its successor waits for.
    "options": f"-c idle_in_transaction_session_timeout={IDLE_IN_TRANSACTION_SECS}s",
}


async def connect(database_url: str, name: str) -> AsyncConnection:
    """A connection in which every statement is its own transaction unless told otherwise.

    Raises:
        psycopg.OperationalError: the database cannot be reached.
    """
    return await AsyncConnection.connect(database_url, autocommit=True, application_name=name, **_KEEPALIVE)


class Database:
    """Where a sink writes to."""

    def __init__(self, database_url: str, name: str, sink: Sink) -> None:
        self.sink = sink
        self._url, self._name = database_url, name
        self.server_works = asyncio.Event()
        self._tables = [TargetTable(target, self.server_works) for _, target in sink.routes]
        self._connection: AsyncConnection | None = None

    def table(self, topic: str) -> TargetTable:
        """Where the records of a topic go.

        Raises:
            LookupError: no route has this topic.
        """
        target = self.sink.target(topic)
        return next(table for table in self._tables if table.target is target)

    async def connection(self) -> AsyncConnection:
        """The open connection; waits until there is one."""
        if self._connection is None or self._connection.closed:
            self._connection = await wait_for(self._open, DATABASE_AWAY, "E404", sink=self._name)
        return self._connection

    async def ask(self, question: Callable[[AsyncConnection], Awaitable[Result]]) -> Result:
        """Ask until the database answers. The question must be harmless when asked twice."""

        async def once() -> Result:
            return await question(await self.connection())

        return await wait_for(once, DATABASE_AWAY, "E404", sink=self._name)

    async def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            await self._connection.close()

    async def _open(self) -> AsyncConnection:
        connection = await connect(self._url, f"jobhub-sink-{self._name}")
        try:
            for table in self._tables:
                await table.open(connection)
        except BaseException:
            await connection.close()
            raise
        return connection
