"""Headers of every answer, and counts by route. Addresses are not logged: searches are nobody's business."""

from __future__ import annotations

import time

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub import metrics

SCRIPT_HASH = "x-script-hash"
LARGEST_BODY = 256 * 1024
"""Bytes."""

HEADERS = {
    # Browsers heed it over https only, so it does no harm on a pilot without.
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


def content_security_policy(script_hash: str = "") -> str:
    """Everything from here, nothing inline, except the one data block a page names by its hash."""
    scripts = f"'self' {script_hash}".strip()
    return (
        f"default-src 'none'; script-src {scripts}; style-src 'self'; img-src 'self' data:; font-src 'self';"
        " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


class SecurityHeaders:
    """Adds the headers. `X-Script-Hash` of a page of ours becomes a part of its policy."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                script_hash = headers.get(SCRIPT_HASH, "")
                if script_hash:
                    del headers[SCRIPT_HASH]
                headers["Content-Security-Policy"] = content_security_policy(script_hash)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, with_headers)


class HeadAsGet:
    """Answers HEAD as GET without the body, on every route that answers GET."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def without_body(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        await self._app({**scope, "method": "GET"}, receive, without_body)


class SmallBodies:
    """Refuses what is larger than any form of ours, before a byte of it is read."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] == "http" and scope["method"] not in ("GET", "HEAD", "OPTIONS"):
            headers = Headers(scope=scope)
            length = headers.get("content-length", "0")
            if "transfer-encoding" in headers or not (length.isascii() and length.isdigit()):
                await PlainTextResponse("Content-Length?", 411)(scope, receive, send)
                return
            if int(length) > LARGEST_BODY:
                await PlainTextResponse("Zu groß / too large", 413)(scope, receive, send)
                return
        await self._app(scope, receive, send)


class CountRequests:
    """Counts requests and their time by route; unknown addresses share one label, so nobody can blow it up."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, status = time.perf_counter(), 500

        async def noting_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting_status)
        finally:
            route = _route(scope)
            method = scope["method"] if scope["method"] in ("GET", "HEAD", "POST", "OPTIONS") else "other"
            metrics.http_requests.labels(route, method, str(status)).inc()
            metrics.http_request_seconds.labels(route).observe(time.perf_counter() - begun)


def _route(scope: Scope) -> str:
    path: str = scope["path"]
    for mounted in ("/static", "/registry"):
        if path.startswith(f"{mounted}/") or path == mounted:
            return mounted
    return str(getattr(scope.get("route"), "path", "other"))
