"""Only ordinary files of a sensible size are opened: no link, no device, no name that can forge a log line."""

from __future__ import annotations

import stat
from pathlib import Path

from connectors.contract.delivery import Delivery
from connectors.errors import Stop


def regular_file(delivery: Delivery, limit_bytes: int) -> Path:
    """The path of a delivery, if it is an ordinary file of a sensible size.

    Raises:
        Stop: E307 link, device or pipe; E308 too large; E304 gone; E312 a name that can forge a log line.
        OSError: it cannot be opened, since another program holds it or a right is missing.
    """
    path = delivery.path
    if path is None:
        raise Stop("E304", f"{delivery.file} has no path")
    if not path.name.isprintable():
        raise Stop("E312", f"{delivery.file}: a name with control characters")
    try:
        status = path.lstat()
    except OSError as error:
        raise Stop("E304", f"{delivery.file}: {error.strerror or 'cannot be opened'}") from None
    if not stat.S_ISREG(status.st_mode):
        raise Stop("E307", f"{delivery.file} is a link or a device")
    if status.st_size > limit_bytes:
        raise Stop("E308", f"{delivery.file} has {status.st_size:,} bytes; the limit is {limit_bytes:,}")
    path.open("rb").close()  # some readers of formats take a locked file for a damaged one
    return path
