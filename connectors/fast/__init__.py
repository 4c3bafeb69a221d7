"""The fast ways: with Apache Arrow lines of a file are split and made by column, and events written into batches.

Of a line it says "surely good" or "doubt", and what is in doubt goes the plain way, which decides. It needs the extra
`fast`; without it everything goes the plain way (ADR 0015).
"""

from __future__ import annotations

from importlib.machinery import PathFinder

IS_THERE = all(PathFinder.find_spec(name) is not None for name in ("numpy", "pyarrow"))
"""Whether the extra `fast` is installed."""
