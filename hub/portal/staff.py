"""Who may decide for a Jobcenter: names and scrypt hashes from a secret, checked in constant time, not often."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from binascii import Error as NotBase64
from dataclasses import dataclass, field

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

# OWASP's recommendation for scrypt: 2^15 blocks of 8, one lane, 32 MiB.
_N, _R, _P = 1 << 15, 8, 1
_MEMORY = 64 << 20
_FAILURES = RateLimitItemPerMinute(10, 5)
"""Ten wrong tries in five minutes from one address for one Jobcenter."""
_REMEMBERED = 200


class TooOften(Exception):
    """That client has tried too many wrong passwords."""


def hashed(name: str, password: str) -> str:
    """The line of a name and its password as the secret holds it: name:scrypt:N:r:p:salt:hash.

    Raises:
        ValueError: the name has blanks or a colon, or the password is shorter than twelve characters.
    """
    if not name or ":" in name or not name.isprintable() or any(char.isspace() for char in name):
        raise ValueError("name")
    if len(password) < 12:
        raise ValueError("password")
    salt = secrets.token_bytes(16)
    digest = _scrypt(password, salt, _N, _R, _P)
    parts = (name, "scrypt", _N, _R, _P, salt.hex(), digest.hex())
    return ":".join(map(str, parts))


@dataclass(frozen=True, slots=True)
class _Known:
    cost: tuple[int, int, int]
    salt: bytes
    digest: bytes


# Compared with when a name is unknown, so that a wrong name takes as long as a wrong password.
_NOBODY = _Known((_N, _R, _P), b"\0" * 16, b"\0" * 32)


@dataclass
class Staff:
    """The staff of one Jobcenter."""

    jobcenter: str
    known: dict[str, _Known]
    _pepper: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    _right: dict[bytes, str] = field(default_factory=dict)

    @classmethod
    def of(cls, jobcenter: str, text: str) -> Staff:
        """From the lines of the secret, separated by blanks or line ends.

        Raises:
            ValueError: a line is none.
        """
        known = {}
        for line in text.split():
            name, kind, n, r, p, salt, digest = line.split(":")
            if kind != "scrypt":
                raise ValueError("only scrypt")
            known[name] = _Known((int(n), int(r), int(p)), bytes.fromhex(salt), bytes.fromhex(digest))
        if not known:
            raise ValueError("nobody")
        return cls(jobcenter, known)

    def recall(self, header: str) -> str | None:
        """Name of somebody whose password was right before, quickly; asking costs no hash."""
        return self._right.get(self._mark(header))

    def check(self, header: str) -> str | None:
        """Name of the member of staff an Authorization header stands for, None if it is not right. Takes 0.1 s."""
        name, password = credentials(header) or ("", "")
        known = self.known.get(name, _NOBODY)
        digest = _scrypt(password, known.salt, *known.cost)
        right = hmac.compare_digest(digest, known.digest) and name in self.known
        if not right:
            return None
        if len(self._right) >= _REMEMBERED:
            self._right.clear()
        self._right[self._mark(header)] = name
        return name

    def _mark(self, header: str) -> bytes:
        return hmac.digest(self._pepper, header.encode(), "sha256")


class Throttle:
    """Counts wrong tries of a client in memory."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def ask(self, jobcenter: str, client: str) -> None:
        """Raises TooOften if that client must wait."""
        if not self._limiter.test(_FAILURES, jobcenter, client):
            raise TooOften

    def failed(self, jobcenter: str, client: str) -> None:
        """Note a wrong try."""
        self._limiter.hit(_FAILURES, jobcenter, client)


def credentials(header: str) -> tuple[str, str] | None:
    """Name and password of HTTP Basic (RFC 7617)."""
    kind, _, encoded = header.partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        name, colon, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (NotBase64, ValueError):
        return None
    return (name, password) if colon else None


def same_token(header: str, token: str) -> bool:
    """Whether an Authorization header bears this token."""
    kind, _, given = header.partition(" ")
    return kind.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode())


def _scrypt(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p, maxmem=_MEMORY, dklen=32)
