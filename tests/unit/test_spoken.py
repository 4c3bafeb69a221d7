"""A process that says nothing fails a test; it does not hold it up."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.spoken import first_line


@contextmanager
def python(code: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def test_the_first_line_is_handed_over() -> None:
    with python("print('ready', flush=True); input()") as process:
        assert "ready\n" == first_line(process, str)


def test_a_process_that_stands_still_is_told() -> None:
    with python("import time; time.sleep(600)") as process, pytest.raises(AssertionError, match="nothing for 0 s; so"):
        first_line(process, lambda: "so it goes", 0.3)


def test_a_process_that_ends_is_told_at_once() -> None:
    with python("") as process, pytest.raises(AssertionError, match="ended without a word; why"):
        first_line(process, lambda: "why", 60)
