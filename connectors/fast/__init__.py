"""The fast way of reading: lines of a file split and made by column with Apache Arrow, some thousand at a time.

It says "surely good" or "doubt", and what is in doubt goes the plain way, which decides. It needs the extra `fast`;
without it everything goes the plain way (ADR 0015).
"""

from __future__ import annotations

from importlib.util import find_spec

IS_THERE = find_spec("pyarrow") is not None and find_spec("numpy") is not None
"""Whether the extra `fast` is installed."""
