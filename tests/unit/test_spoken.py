"""A process that says nothing fails a test; it does not hold it up."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.spoken import next_line


@contextmanager
def python(code: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def test_the_next_line_is_handed_over() -> None:
    with python("print('ready', flush=True); input()") as process:
        assert "ready\n" == next_line(process)


def test_a_second_line_that_came_with_the_first_is_heard() -> None:
    with python("print('one\\ntwo', flush=True); input()") as process:
        assert ["one\n", "two\n"] == [next_line(process, patience=60) for _ in range(2)]


def test_a_process_that_stands_still_is_told() -> None:
    with python("import time; time.sleep(600)") as process, pytest.raises(AssertionError, match="nothing for 0 s; so"):
        next_line(process, lambda: "so it goes", 0.3)
    assert 0 != process.wait(60)


def test_a_process_that_ends_is_told_at_once() -> None:
    with python("") as process, pytest.raises(AssertionError, match="ended without a word; why"):
        next_line(process, lambda: "why", 60)
