"""Lag is asked of a real cluster for all its topics at once, however many came since the clients were connected."""

from __future__ import annotations

import pytest

from hub.sinks.engine import lag
from hub.sinks.engine.database import connect
from hub.store.migrate import upgrade
from tests.support.sinks import create_topics

pytestmark = pytest.mark.integration

MANY = 60


async def test_many_topics_that_came_meanwhile_are_asked_about_at_once(
    bootstrap_servers: str, fresh_database: str, made_up_jobcenter: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade(fresh_database)
    names = [f"jobhub.raw.{made_up_jobcenter}x{number}.vacancy.v1" for number in range(MANY)]
    # One after the other they need a tenth of a second each: more than there is.
    monkeypatch.setattr(lag, "PATIENCE_MS", MANY * 50)
    async with await connect(fresh_database, "test") as connection, lag.log_reader(bootstrap_servers, {}) as reader:
        await create_topics(bootstrap_servers, names, partitions=1)
        try:
            found = await lag.read_lag(reader, connection)
        finally:
            await reader.admin.delete_topics(names)

    assert set(names) <= {one.topic for one in found if one.stage == "worker"}
