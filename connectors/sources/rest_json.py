"""Rows from an HTTP service that answers in JSON. A listing is fetched as a whole before anything of it is taken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from connectors import kept_rows
from connectors.contract.delivery import Delivery, Load
from connectors.contract.reading import Reading
from connectors.contract.source import Wanted
from connectors.contract.workplace import Workplace
from connectors.errors import Stop
from connectors.file_hashes import sha256_of
from connectors.http_client import Answer, HttpClient, Limits, checked_url
from connectors.json_items import Unreadable
from connectors.listing import Listing, Shape, as_stop, first_parameters
from connectors.named_secrets import secret
from connectors.names import plain
from connectors.regular_file import regular_file
from connectors.sources import json_file
from connectors.spool import Spool
from schemas.faults import Wrong
from schemas.jobcenter import ConfigurationError

# "Nothing changed" is believed for so long; then the whole listing is asked for again.
_TRUST_HOURS = 12
_LISTING = "listing-{}.jsonl"


class Options(Shape):
    """Which service, and how its answers are built."""

    hosts: list[str] = Field(
        default_factory=list, description="hosts that may be asked, host:port; by default the one of url"
    )
    parameters: dict[str, str] = Field(default_factory=dict)
    token_env: str | None = Field(default=None, description="variable that holds the token, never the token itself")
    token_file: str | None = Field(default=None, description="file that holds the token")
    token_header: str = Field(default="Authorization", pattern=r"^[A-Za-z0-9-]+$")
    token_prefix: str = "Bearer "  # noqa: S105 - what stands before a token is none
    proxy: str | None = Field(default=None, description="http://proxy.example.de:3128")
    proxy_env: str | None = Field(default=None, description="variable with the proxy, if it needs a password")
    ca_file: str | None = Field(default=None, description="certificates to trust instead of the system's")
    every_minutes: int = Field(default=60, ge=1)
    megabytes_max: int = Field(default=100, ge=1, description="limit of a whole listing")
    seconds_max: int = Field(default=300, ge=1, description="limit of a whole listing")

    @model_validator(mode="after")
    def _hold_together(self) -> Self:
        try:
            checked_url(self.url, self.allowed)
        except Stop as error:
            raise ValueError(error.what) from None
        for name in (self.token_env, self.proxy_env):
            if name and not name.replace("_", "a").isalnum():
                raise Wrong(
                    "token_env and proxy_env are names of variables",
                    de="token_env und proxy_env sind Namen von Variablen",
                )
        return self

    @property
    def allowed(self) -> frozenset[str]:
        """Hosts that may be asked."""
        parts = urlsplit(self.url)
        own = parts.netloc.rpartition("@")[2].lower()
        return frozenset(host.lower() for host in self.hosts) or frozenset({own})


class Source:
    """A listing behind an address."""

    def __init__(self, name: str, options: Mapping[str, Any], wanted: Wanted, files: str | None, load: Load) -> None:
        self.name, self.wanted, self.load = name, wanted, load
        self.options = Options.model_validate(dict(options))
        if load == "full" and self.options.paging.kind == "page" and self.options.total is None:
            # Without a number to compare with, pages that shift would look like offers that ended.
            raise ConfigurationError(
                f"sources.{name}.options.total",
                "page numbers with load: full need total",
                de="Seitenzahlen mit load: full brauchen total",
            )
        self._spool: Spool | None = None

    def open(self, workplace: Workplace) -> None:
        """See at the start whether token and proxy are there."""
        self._spool = Spool(workplace.private)
        self._headers()
        self._proxy()

    def close(self) -> None:
        """Nothing is held open."""

    def deliveries(self, folder: Path, until: date | None) -> list[Delivery]:
        """The listing that waits; a new one is fetched once in each period."""
        if self._spool is None:
            return []
        facts, now = self._spool.recall(), datetime.now(UTC)
        if self._is_due(facts, now):
            answered = self._fetch(self._spool, facts, now)
            facts = self._spool.recall()
            facts["looked_at"] = now.isoformat()
            facts.update(answered)
            self._spool.remember(facts)
            self._spool.keep_only([facts["waiting"]["file"]] if "waiting" in facts else [])
        waiting = facts.get("waiting")
        if waiting is None:
            return []
        day = datetime.fromisoformat(waiting["at"]).date()
        moment = datetime.fromisoformat(waiting["at"]).strftime("%Y-%m-%dT%H-%M-%S.%f")
        path, host = self._spool.path(waiting["file"]), plain(str(urlsplit(self.options.url).hostname))
        return [Delivery(self.name, host, path, waiting["sha256"], day, self.load, moment)]

    def read(self, delivery: Delivery) -> Reading:
        """The fetched listing; for `jobhub check` one saved answer."""
        if delivery.path is None:
            raise Stop("E304", f"{delivery.file} has no path")
        if self._spool is None or delivery.path.parent != self._spool.folder:
            options = json_file.Options(items=self.options.items, total=self.options.total)
            path = regular_file(delivery, self.options.megabytes_max << 20)
            return json_file.JsonReading(delivery, path, options, self.wanted)
        if not delivery.path.exists() or sha256_of(delivery.path) != delivery.sha256:
            raise Stop("E304", f"{delivery.file}: the fetched listing is damaged")
        return kept_rows.KeptReading(kept_rows.lines_of(delivery.path), self.load, f"REST, {delivery.file}")

    def settled(self, delivery: Delivery) -> None:
        """The listing is durable; its copy here goes."""
        if self._spool is None:
            return
        facts = self._spool.recall()
        waiting = facts.pop("waiting", None)
        if waiting is None or waiting["sha256"] != delivery.sha256:
            return
        facts["known"] = waiting.get("known", {})
        facts["settled_at"] = waiting["at"]
        self._spool.remember(facts)
        self._spool.keep_only([])

    def _is_due(self, facts: Mapping[str, Any], now: datetime) -> bool:
        if self.load == "delta" and "waiting" in facts:
            return False  # changes that were not taken yet are not replaced by later ones
        looked = facts.get("looked_at")
        seconds = self.options.every_minutes * 60
        return looked is None or now.timestamp() // seconds > datetime.fromisoformat(looked).timestamp() // seconds

    def _fetch(self, spool: Spool, facts: Mapping[str, Any], now: datetime) -> dict[str, Any]:
        """Fetch a listing into the spool; returns what to remember, nothing if it has not changed."""
        options, where = self.options, str(urlsplit(self.options.url).hostname)
        limits = Limits(options.megabytes_max << 20, options.seconds_max)
        with HttpClient(options.allowed, self._headers(), limits, self._proxy(), options.ca_file) as client:
            parameters = first_parameters(options.paging, options.parameters)
            first = client.get(options.url, parameters, self._conditions(facts, now))
            if first.body is None:
                return {}
            listing = Listing(client, options, self.wanted, parameters, first)
            try:
                # Only the wanted columns are kept, and only when the last page is there.
                path, sha256 = spool.put(_LISTING.format(now.strftime("%Y%m%dT%H%M%S%f")), _lines(listing))
            except Unreadable as error:
                raise as_stop(error, where) from None
        known = _validators(first) if options.paging.kind == "none" else {}
        return {"waiting": {"file": path.name, "sha256": sha256, "at": now.isoformat(), "known": known}}

    def _conditions(self, facts: Mapping[str, Any], now: datetime) -> dict[str, str]:
        settled, known = facts.get("settled_at"), facts.get("known", {})
        if settled is None or "waiting" in facts:
            return {}
        if now - datetime.fromisoformat(settled) > timedelta(hours=_TRUST_HOURS):
            return {}
        return dict(known)

    def _headers(self) -> dict[str, str]:
        options = self.options
        token = secret(options.token_env, options.token_file, "token")
        if token is None:
            return {}
        if not token.isascii() or not token.isprintable():
            raise Stop("E402", "token: it has characters that no header can hold")
        return {options.token_header: options.token_prefix + token}

    def _proxy(self) -> str | None:
        return secret(self.options.proxy_env, None, "proxy") or self.options.proxy


def _lines(listing: Listing) -> Iterator[bytes]:
    for found in listing:
        yield kept_rows.dump(found)
    yield kept_rows.dump_end(
        complete=listing.whole and listing.count > 0, unmapped=[plain(name) for name in listing.unmapped]
    )


def _validators(answer: Answer) -> dict[str, str]:
    """What to send along so that the service may say: nothing changed."""
    headers = {"If-None-Match": "etag", "If-Modified-Since": "last-modified"}
    return {name: answer.headers[said] for name, said in headers.items() if said in answer.headers}
