"""How much one client may ask: generous for reading, strict for sending. Nobody's address is kept.

A client is the remote address (IPv6: its network of 64 bits, which is one household), known to this process only as a
keyed hash whose key dies with it, and only as long as the window is.
"""

from __future__ import annotations

import hashlib
import ipaddress
import math
import secrets
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.web.errors import Trouble, too_many

EXEMPT = ("/health/", "/static/", "/metrics")
"""Monitoring, and files that browsers keep anyway."""

_PREFIX_BITS = 64
_READING = ("GET", "HEAD", "OPTIONS")

Refuse = Callable[[Request, Trouble], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Limits:
    """Requests of one client in any sixty seconds; 0: as many as it likes."""

    reading: int = 600
    sending: int = 10


@dataclass(frozen=True, slots=True)
class Standing:
    """What is left of a limit. `seconds`: until the oldest request that counts is forgotten."""

    name: str
    limit: RateLimitItem
    left: int
    seconds: int
    allowed: bool

    @property
    def headers(self) -> dict[str, str]:
        """The fields of draft-ietf-httpapi-ratelimit-headers, and when to come again if refused."""
        told = {
            "RateLimit-Policy": f'"{self.name}";q={self.limit.amount};w={self.limit.get_expiry()}',
            "RateLimit": f'"{self.name}";r={self.left};t={self.seconds}',
        }
        return told if self.allowed else {**told, "Retry-After": str(self.seconds)}


class Clients:
    """Counts the requests of each client in a moving window of a minute."""

    def __init__(self, limits: Limits) -> None:
        self._limits: dict[str, RateLimitItem] = {
            name: RateLimitItemPerMinute(amount)
            for name, amount in (("reading", limits.reading), ("sending", limits.sending))
            if amount
        }
        self._window = MovingWindowRateLimiter(MemoryStorage())
        self._secret = secrets.token_bytes(32)
        self._seen: OrderedDict[tuple[str, str], float] = OrderedDict()

    def ask(self, address: str, name: str) -> Standing | None:
        """Count one request of a client; None: there is no limit of that name."""
        limit = self._limits.get(name)
        if limit is None:
            return None
        self._forget(limit.get_expiry())
        who = self._hash(address)
        self._seen[name, who] = time.monotonic()
        self._seen.move_to_end((name, who))
        allowed = self._window.hit(limit, name, who)
        reset, left = self._window.get_window_stats(limit, name, who)
        return Standing(name, limit, left, max(1, math.ceil(reset - time.time())), allowed)

    def __len__(self) -> int:
        return len(self._seen)

    def _forget(self, seconds: int) -> None:
        """The storage empties its entries but keeps their names for ever."""
        now = time.monotonic()
        while self._seen and now - next(iter(self._seen.values())) > seconds:
            (name, who), _ = self._seen.popitem(last=False)
            self._window.clear(self._limits[name], name, who)

    def _hash(self, address: str) -> str:
        return hashlib.blake2b(_network(address).encode(), key=self._secret, digest_size=16).hexdigest()


class RateLimit:
    """Refuses with 429 who asks too much, and tells everybody what is left."""

    def __init__(self, app: ASGIApp, clients: Clients, refuse: Refuse) -> None:
        self._app, self._clients, self._refuse = app, clients, refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or scope["path"].startswith(EXEMPT):
            await self._app(scope, receive, send)
            return
        name = "reading" if scope["method"] in _READING else "sending"
        standing = self._clients.ask(scope["client"][0] if scope.get("client") else "", name)
        if standing is None:
            await self._app(scope, receive, send)
            return

        async def telling(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(standing.headers)
            await send(message)

        if standing.allowed:
            await self._app(scope, receive, telling)
        else:
            response = await self._refuse(Request(scope), too_many(standing.seconds))
            await response(scope, receive, telling)


def _network(address: str) -> str:
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is None:
            return str(ipaddress.ip_network((found, _PREFIX_BITS), strict=False))
        found = found.ipv4_mapped
    return str(found)
