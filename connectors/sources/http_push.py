"""Rows that a vendor's program hands in over HTTP: POST JSON, get a receipt and what is wrong with each item.

The answer 202 is sent only when the rows are durable here. What it says of an item is what will become of it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import ssl
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Self

from pydantic import Field, model_validator

from connectors import kept_rows
from connectors.contract.delivery import Delivery, Load
from connectors.contract.reading import Reading
from connectors.contract.row import Broken, Row
from connectors.contract.source import SourceOptions, Wanted
from connectors.contract.workplace import Workplace
from connectors.errors import Stop
from connectors.http_client import is_this_machine
from connectors.http_inbox import Inbox, Receipt
from connectors.http_server import HttpServer, Request, Response
from connectors.json_items import Unreadable, parse, row_of
from connectors.json_paths import Unmapped
from connectors.named_secrets import secret
from connectors.names import plain
from connectors.regular_file import regular_file
from connectors.sources import json_file
from schemas.codes import explain
from schemas.faults import Wrong
from schemas.jobcenter import ConfigurationError

_TOKEN_MIN = 16
_WAITING_MAX = 1000
_AT_ONCE = 200
_IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,200}")


class Options(SourceOptions):
    """Where to listen, and for whom."""

    port: int = Field(ge=0, le=65535, description="0: any that is free, for tests")
    address: str = Field(default="127.0.0.1", description="another one than this machine's own needs a certificate")
    path: str = Field(default="/events", pattern=r"^/[A-Za-z0-9/_-]*$")
    token_env: str | None = Field(default=None, description="variable that holds the token, never the token itself")
    token_file: str | None = Field(default=None, description="file that holds the token")
    certificate_file: str | None = None
    certificate_key_file: str | None = None
    megabytes_max: int = Field(default=5, ge=1, le=100)
    items_max: int = Field(default=1000, ge=1)
    seconds_max: float = Field(default=30, gt=0)

    @model_validator(mode="after")
    def _is_guarded(self) -> Self:
        if not (self.token_env or self.token_file):
            raise Wrong("give token_env or token_file", de="token_env oder token_file angeben")
        if not is_this_machine(self.address) and not (self.certificate_file and self.certificate_key_file):
            raise Wrong(
                "an address others can reach needs certificate_file and certificate_key_file",
                de="eine Adresse, die andere erreichen, braucht certificate_file und certificate_key_file",
            )
        return self


class Source:
    """An inbox behind a port."""

    def __init__(self, name: str, options: Mapping[str, Any], wanted: Wanted, files: str | None, load: Load) -> None:
        self.name, self.wanted, self.load = name, wanted, load
        self.options = Options.model_validate(dict(options))
        if load != "delta":
            raise ConfigurationError(
                f"sources.{name}.load",
                "what is handed in are changes: load must be delta",
                de="was übergeben wird, sind Änderungen: load muss delta sein",
            )
        self._inbox: Inbox | None = None
        self._server: HttpServer | None = None
        self._token = b""

    def open(self, workplace: Workplace) -> None:
        """Listen, unless this is a dry run."""
        token = secret(self.options.token_env, self.options.token_file, "token") or ""
        if len(token) < _TOKEN_MIN:
            raise Stop("E402", f"token: it has fewer than {_TOKEN_MIN} characters")
        self._token, self._examine = token.encode(), workplace.examine
        self._inbox = Inbox(workplace.private)
        if workplace.listens:
            options = self.options
            self._server = HttpServer(
                options.address,
                options.port,
                self._judge,
                self._answer,
                bytes_max=options.megabytes_max << 20,
                seconds_max=options.seconds_max,
                tls=self._tls(),
            )
            self._server.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._server.port if self._server else 0

    def close(self) -> None:
        """Stop listening; what was acknowledged is kept."""
        if self._server is not None:
            self._server.stop()
        if self._inbox is not None:
            self._inbox.close()
        self._server = self._inbox = None

    def deliveries(self, folder: Path, until: date | None) -> list[Delivery]:
        """Each request is a delivery, in the order of their receipts."""
        if self._inbox is None:
            return []
        return [
            Delivery(self.name, f"eingang-{one.seq:08}", None, None, one.at.date(), self.load, one.id)
            for one in self._inbox.waiting(_AT_ONCE)
        ]

    def read(self, delivery: Delivery) -> Reading:
        """The rows of a request; for `jobhub check` a body saved as a file."""
        if delivery.path is not None:
            path = regular_file(delivery, self.options.megabytes_max << 20)
            with path.open("rb") as file:
                layout: Any = "document" if file.read(64).lstrip().startswith(b"[") else "lines"
            return json_file.JsonReading(delivery, path, json_file.Options(layout=layout), self.wanted)
        kept = self._inbox.rows(str(delivery.moment)) if self._inbox else None
        if kept is None:
            raise Stop("E304", f"{delivery.file}: nothing of it waits")
        return kept_rows.KeptReading(kept.splitlines(keepends=True), self.load, "HTTP")

    def settled(self, delivery: Delivery) -> None:
        """The rows are durable elsewhere; the receipt stays."""
        if self._inbox is not None:
            self._inbox.taken(str(delivery.moment))

    # ------------------------------------------------------------------------------------------------- answering

    def _judge(self, request: Request) -> Response | None:
        """Before the body is read: who asks, and for what."""
        said = request.headers.get("authorization", "")
        # Both are hashed, so that neither length nor content shows in the time it takes.
        given = hashlib.sha256(said.removeprefix("Bearer ").encode("latin-1", "replace")).digest()
        if not said.startswith("Bearer ") or not hmac.compare_digest(given, hashlib.sha256(self._token).digest()):
            return Response(401, {"code": "E402", "error": "unauthorized"}, {"WWW-Authenticate": "Bearer"})
        if request.path.startswith("/receipts/") and request.method == "GET":
            return self._receipt(request.path.removeprefix("/receipts/"))
        if request.path != self.options.path:
            return Response(404, {"error": f"post to {self.options.path}"})
        if request.method != "POST":
            return Response(405, {"error": f"post to {self.options.path}"}, {"Allow": "POST"})
        if _kind(request) not in ("application/json", "application/x-ndjson"):
            return Response(415, {"error": "send application/json or application/x-ndjson"})
        key = request.headers.get("idempotency-key")
        if key is not None and not _IDEMPOTENCY_KEY.fullmatch(key):
            return Response(400, {"error": "Idempotency-Key: 1 to 200 visible characters"})
        if self._inbox is None or self._inbox.count_waiting() >= _WAITING_MAX:
            return Response(503, {"code": "E407", "error": "too much waits to be taken"}, {"Retry-After": "30"})
        return None

    def _answer(self, request: Request) -> Response:
        """Keep what was handed in, then say so."""
        inbox, key = self._inbox, request.headers.get("idempotency-key")
        if inbox is None:
            return Response(503, {"error": "closing"}, {"Retry-After": "30"})
        sha256 = hashlib.sha256(request.body).hexdigest()
        if key is not None and (known := inbox.by_key(key)) is not None:
            return self._known(known, sha256)
        unmapped = Unmapped(self.wanted)
        try:
            rows = self._rows(request, unmapped)
        except Unreadable as error:
            return Response(400, _told(error.code) | {"error": error.what})
        if not rows:
            return Response(400, _told("E306"))
        if len(rows) > self.options.items_max:
            return Response(413, _told("E308") | {"error": f"more than {self.options.items_max} items"})
        try:
            verdicts = self._examine(rows)
        except Stop as error:
            return Response(503, _told(error.code), {"Retry-After": "300"})
        findings = [(row.line, *verdict) for row, verdict in zip(rows, verdicts, strict=True) if verdict is not None]
        names = [plain(name) for name in unmapped.names()]
        kept = b"".join(map(kept_rows.dump, rows)) + kept_rows.dump_end(complete=True, unmapped=names)
        # Durable before it is acknowledged; a crash in between leaves a receipt nobody knows, and no harm.
        receipt = inbox.add(key, sha256, len(rows), findings, kept)
        return self._known(receipt, sha256)

    def _rows(self, request: Request, unmapped: Unmapped) -> list[Row | Broken]:
        if _kind(request) == "application/x-ndjson":
            lines = [line for line in request.body.split(b"\n") if line.strip()]
            return [json_file.line_of(place, line, self.wanted, unmapped) for place, line in enumerate(lines, start=1)]
        document = parse(request.body)
        items = document if isinstance(document, list) else [document]
        for item in items:
            unmapped.note(item)
        return [row_of(place, item, self.wanted) for place, item in enumerate(items, start=1)]

    def _known(self, receipt: Receipt, sha256: str) -> Response:
        if receipt.sha256 != sha256:
            return Response(409, {"error": "this Idempotency-Key came before with another body", "receipt": receipt.id})
        return Response(202, _shown(receipt))

    def _receipt(self, identifier: str) -> Response:
        found = self._inbox.by_id(identifier) if self._inbox else None
        return Response(404, {"error": "no such receipt"}) if found is None else Response(200, _shown(found))

    def _tls(self) -> ssl.SSLContext | None:
        options = self.options
        if not options.certificate_file:
            return None
        try:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            context.load_cert_chain(options.certificate_file, options.certificate_key_file)
        except (OSError, ssl.SSLError) as error:
            raise Stop("E701", f"certificate_file, certificate_key_file: {type(error).__name__}") from None
        return context


def _kind(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _told(code: str) -> dict[str, Any]:
    entry = explain(code)
    return {"code": code, "de": entry.de, "en": entry.en, "next_de": entry.next_de, "next_en": entry.next_en}


def _shown(receipt: Receipt) -> dict[str, Any]:
    """A receipt as the vendor's program reads it. Codes and columns, never a value."""
    return {
        "version": 1,
        "receipt": receipt.id,
        "state": "waiting" if receipt.waits else "taken",
        "items": receipt.items,
        "accepted": receipt.items - len(receipt.findings),
        "findings": [{"item": item, "column": column, **_told(code)} for item, code, column in receipt.findings],
    }
