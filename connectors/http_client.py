"""Asks an HTTP service, distrustfully: named hosts only, no redirects, limits on size and time, TLS always verified."""

from __future__ import annotations

import ipaddress
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx2
import stamina

from connectors.errors import Retry, Stop

_ATTEMPTS = 3
_AGAIN_SECONDS = 60.0
_PATIENCE_MOST_SECONDS = 3600.0
_PASSING = frozenset({408, 500, 502, 503, 504})


class _Passing(Exception):
    """Something that is often gone at the next try."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the service said; `body` is None if nothing changed (304)."""

    body: bytes | None
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Limits:
    """How much and how long."""

    bytes_max: int
    seconds_max: float


def checked_url(url: str, hosts: frozenset[str]) -> str:
    """An address we may ask.

    Raises:
        Stop: E409 another host than those named, no TLS (but to this machine itself), or a name and password in it.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise Stop("E409", "an address that is none") from None
    place = host if port is None else f"{host}:{port}"
    odd = any(char.isspace() or not char.isprintable() or char == "\\" for char in url)
    if odd or parts.username is not None or parts.password is not None or parts.scheme not in ("http", "https"):
        raise Stop("E409", "an address with a name, a password or a scheme that is not https")
    if place not in hosts:
        raise Stop("E409", f"the host {place[:100]!r} is not among those named: {', '.join(sorted(hosts))}")
    if parts.scheme == "http" and not is_this_machine(host):
        raise Stop("E409", f"{place} without TLS: write https://")
    return url


def is_this_machine(host: str) -> bool:
    """Whether a host is the loopback address, written as a number."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class HttpClient:
    """One listing's connection. Use it as a context manager.

    No proxy, certificate or password is taken from the environment unless the Jobcenter's file names it.
    """

    def __init__(
        self, hosts: frozenset[str], headers: Mapping[str, str], limits: Limits, proxy: str | None, ca_file: str | None
    ) -> None:
        self._hosts, self._limits = hosts, limits
        self._left = limits.bytes_max
        self._deadline = time.monotonic() + limits.seconds_max
        verify: ssl.SSLContext | bool = True
        try:
            if ca_file:
                verify = ssl.create_default_context(cafile=ca_file)
            self._client = httpx2.Client(
                headers={**headers, "Accept": "application/json", "Accept-Encoding": "identity"},
                verify=verify,
                proxy=proxy,
                trust_env=False,
                follow_redirects=False,
                timeout=min(30.0, limits.seconds_max),
            )
        except (OSError, ValueError) as error:
            raise Stop("E701", f"proxy or ca_file: {type(error).__name__}") from None

    def __enter__(self) -> HttpClient:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def get(
        self, url: str, parameters: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Ask for JSON.

        Raises:
            Retry: E407 away, overloaded, or it asks for patience (Retry-After, at most an hour).
            Stop: E402, E403 not let in; E408 wrong certificate; E409 the answer is not the agreed one.
        """
        checked_url(url, self._hosts)
        try:
            for attempt in stamina.retry_context(on=_Passing, attempts=_ATTEMPTS, timeout=20, wait_initial=0.5):
                with attempt:
                    return self._once(url, parameters, headers)
        except _Passing as error:
            raise Retry("E407", f"{urlsplit(url).hostname}: {error}", _AGAIN_SECONDS) from None
        raise AssertionError  # the loop returns or raises

    def _once(self, url: str, parameters: Mapping[str, str] | None, headers: Mapping[str, str] | None) -> Answer:
        where = str(urlsplit(url).hostname)
        if time.monotonic() > self._deadline:
            raise Retry("E407", f"{where}: the listing takes longer than agreed", _AGAIN_SECONDS)
        # Added to what the address has already: httpx would put them in its place.
        asked = httpx2.URL(url).copy_merge_params(dict(parameters)) if parameters else httpx2.URL(url)
        try:
            with self._client.stream("GET", asked, headers=dict(headers or {})) as response:
                self._judge(response, where)
                body = None if response.status_code == 304 else self._body(response, where)
                return Answer(body, dict(response.headers))
        except httpx2.TransportError as error:
            if _is_wrong_certificate(error):
                raise Stop("E408", f"{where}: its certificate is not trusted") from None
            raise _Passing(type(error).__name__) from None
        except httpx2.HTTPError as error:
            raise Stop("E409", f"{where}: {type(error).__name__}") from None

    def _judge(self, response: httpx2.Response, where: str) -> None:
        status = response.status_code
        if status == 429 or (status == 503 and "retry-after" in response.headers):
            raise Retry(
                "E407", f"{where}: {status}", retry_after(response.headers.get("retry-after"), datetime.now(UTC))
            )
        if status in _PASSING:
            raise _Passing(str(status))
        if status in (401, 407):
            raise Stop("E402", f"{where}: {status}")
        if status == 403:
            raise Stop("E403", f"{where}: {status}")
        if status == 304:
            return
        if status != 200:
            raise Stop("E409", f"{where}: {status}" + (", a redirect" if 300 <= status < 400 else ""))
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
            raise Stop("E409", f"{where}: the answer is {kind[:60] or 'of no kind'!r}, not JSON")
        if response.headers.get("content-encoding", "identity") != "identity":
            raise Stop("E409", f"{where}: the answer is packed, which was not asked for")

    def _body(self, response: httpx2.Response, where: str) -> bytes:
        blocks = []
        for block in response.iter_bytes(1 << 16):
            self._left -= len(block)
            if self._left < 0:
                raise Stop("E409", f"{where}: more than {self._limits.bytes_max:,} bytes")
            if time.monotonic() > self._deadline:
                raise Retry("E407", f"{where}: the listing takes longer than agreed", _AGAIN_SECONDS)
            blocks.append(block)
        return b"".join(blocks)


def retry_after(said: str | None, now: datetime) -> float:
    """Seconds to wait, from a number or a date; one minute if nothing readable is said, never more than an hour."""
    if said is None:
        return _AGAIN_SECONDS
    if said.strip().isascii() and said.strip().isdigit():
        seconds = float(said.strip()[:9])
    else:
        try:
            moment = parsedate_to_datetime(said)
            seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now.timestamp()
        except ValueError:
            return _AGAIN_SECONDS
    return min(max(seconds, 1.0), _PATIENCE_MOST_SECONDS)


def _is_wrong_certificate(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY_FAILED" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False
