"""Memory that a replay needs again at once stays with the process.

Every poll makes and drops buffers of megabytes. glibc would give each back to the kernel and have it in again, page by
page. https://man7.org/linux/man-pages/man3/mallopt.3.html
"""

from __future__ import annotations

import ctypes

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_KEPT_BYTES = 256 << 20
"""So much may lie unused at the end of the heap. A replay needs that much; nothing is asked for beforehand."""
_FROM_HEAP_BYTES = 32 << 20
"""Smaller requests come from the heap; the most that glibc takes."""


def keep_large_buffers() -> None:
    """For this process. Where the C library is another one, nothing happens."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES)
        mallopt(_M_MMAP_THRESHOLD, _FROM_HEAP_BYTES)
