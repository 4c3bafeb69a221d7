"""As whom PostgreSQL runs when we are root, which it refuses to be."""

import os
import pwd
from dataclasses import dataclass, replace
from pathlib import Path

from hub.embedded.errors import EmbeddedError


@dataclass(frozen=True)
class Account:
    """A user of the system without rights."""

    name: str
    uid: int
    gid: int
    needs_passage: bool = False
    """Folders bar its way, so it must be given the right to pass through them."""

    def can_reach(self, folder: Path) -> bool:
        """Whether this user may pass through `folder` and all above it."""
        return self.needs_passage or self.barrier(folder) is None

    def barrier(self, folder: Path) -> Path | None:
        """The first folder from the top that this user may not pass through."""
        path = folder.resolve()
        return next((step for step in [*reversed(path.parents), path] if not self._may_pass(step)), None)

    def _may_pass(self, folder: Path) -> bool:
        status = folder.stat()
        if status.st_uid == self.uid:
            return bool(status.st_mode & 0o100)
        return bool(status.st_mode & (0o010 if status.st_gid == self.gid else 0o001))


def choose_account() -> Account | None:
    """The account for PostgreSQL: None = our own, as long as we are not root.

    Raises EmbeddedError when we are root and the system has neither the user postgres nor nobody.
    """
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise EmbeddedError("PostgreSQL does not run as root, and there is no user postgres or nobody; run as another user")


def open_way(data: Path, account: Account) -> Account:
    """Let the account pass through our data folder, without reading it. The folders above are not ours to open.

    When one of those bars the way (a clone below /root, say), the account gets the right to pass and nothing else.
    Raises EmbeddedError when this system does not let us grant it.
    """
    data.chmod(data.stat().st_mode | 0o011)
    barrier = account.barrier(data)
    if barrier is None:
        return account
    if not _may_grant_passage():
        raise EmbeddedError(
            f"as root, PostgreSQL runs as the user {account.name}, who cannot pass through {barrier} to reach "
            f"{data}; choose another data folder, run as an ordinary user, or: chmod o+x {barrier}"
        )
    return replace(account, needs_passage=True)


def _may_grant_passage() -> bool:
    """Whether we hold CAP_DAC_OVERRIDE (1) or CAP_DAC_READ_SEARCH (2); see capabilities(7)."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return False
    permitted = next((int(line.split()[1], 16) for line in status.splitlines() if line.startswith("CapPrm:")), 0)
    return bool(permitted & 0b110)
