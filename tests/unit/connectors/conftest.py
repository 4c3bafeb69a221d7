"""Connectors of a small Jobcenter without Kafka: one with complete lists, one with changes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.deliveries import DELTA, Connector, connector, small_jobcenter


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Connector]:
    """Each delivery is a complete list."""
    with connector(tmp_path, small_jobcenter()) as one:
        yield one


@pytest.fixture
def delta(tmp_path: Path) -> Iterator[Connector]:
    """Each delivery is a list of changes, with versions and ends."""
    with connector(tmp_path, small_jobcenter(**DELTA)) as one:
        yield one
