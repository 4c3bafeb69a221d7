"""The fast way of reading: lines of a file split and made by column with Apache Arrow, some thousand at a time.

It says "surely good" or "doubt", and what is in doubt goes the plain way, which decides. It needs the extra `fast`;
without it everything goes the plain way (ADR 0015).
"""

from __future__ import annotations

from importlib.machinery import PathFinder

IS_THERE = all(PathFinder.find_spec(name) is not None for name in ("numpy", "pyarrow"))
"""Whether the extra `fast` is installed."""
