"""German at /…, English at /en/…: the address alone tells the language, so there is nothing to remember."""

from __future__ import annotations

import re

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.web.texts import Language

PREFIX = "/en"

# What machines read has one address and no language.
_MACHINES = ("/api", "/static", "/registry", "/health", "/metrics", "/openapi.json", "/robots.txt", "/sitemap",
             "/.well-known", PREFIX)  # fmt: skip
_OF_MACHINES = re.compile("(?:" + "|".join(map(re.escape, _MACHINES)) + r")(?:[/?.#-]|$)")
# Texts from outside are escaped, so they cannot hold such an attribute. The link to the other language says hreflang
# first and stays as it is.
_LINK = re.compile(r'(?<!hreflang="de" )\b(href|action|formaction|hx-get|hx-post)="(/(?!/)[^"]*)"')


def language_of(scope: Scope) -> Language:
    """Language of the page that was asked for."""
    language: Language = scope.get("language") or ("en" if _is_english(scope["path"]) else "de")
    return language


def address_in(language: Language, path: str) -> str:
    """The address of a page in a language; `path` is the German one."""
    if language == "de" or _OF_MACHINES.match(path):
        return path
    return PREFIX + (path if path != "/" else "/")


def links_in(language: Language, html: str) -> str:
    """The page with all links within its language. In one place, so that no template can forget it."""
    if language == "de":
        return html
    return _LINK.sub(lambda link: f'{link[1]}="{address_in(language, link[2])}"', html)


class LanguageInPath:
    """Takes the language off the address, so that every route exists in both, and puts it on where a route sends on."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        path: str = scope.get("path", "")
        if scope["type"] != "http" or not _is_english(path):
            await self._app(scope, receive, send)
            return
        rest = path.removeprefix(PREFIX) or "/"
        if _OF_MACHINES.match(rest):
            await self._app(scope, receive, send)  # there is no such address
            return
        # Changed in place: an error is answered outside all middleware, and must find the language too.
        scope["path"], scope["language"] = rest, "en"

        async def sending_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                target = headers.get("location", "")
                if target.startswith("/") and not target.startswith("//"):
                    headers["location"] = address_in("en", target)
            await send(message)

        await self._app(scope, receive, sending_on)


def _is_english(path: str) -> bool:
    return path == PREFIX or path.startswith(PREFIX + "/")
