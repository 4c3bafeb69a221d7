"""Buffers that are made and dropped over and over are not asked of the kernel each time."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

MADE = """
import resource, sys
from hub.stream.heap import keep_large_buffers
if sys.argv[1] == "kept":
    keep_large_buffers()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(50):
    some = [bytes(1_300_000) for _ in range(4)]
    del some
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def _faults(how: str) -> int:
    """Pages the kernel had to give a process that makes 260 MB of buffers, never more than 5.2 MB at a time."""
    return int(subprocess.run([sys.executable, "-c", MADE, how], check=True, capture_output=True, text=True).stdout)


@pytest.mark.skipif("CS_GNU_LIBC_VERSION" not in os.confstr_names, reason="another C library")
def test_a_buffer_takes_the_memory_of_the_last_one() -> None:
    assert _faults("kept") < 5_000 < _faults("as ever")
