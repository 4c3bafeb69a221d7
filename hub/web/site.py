"""What every route needs: the board, the renderer, and answers that browsers may ask about again cheaply."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Annotated, Any
from urllib.parse import quote

import psycopg
from fastapi import Depends, Request
from pydantic_core import to_json
from starlette.responses import Response

from hub.mail import SendMail
from hub.portal.setup import Portal
from hub.web.board_file import Operator
from hub.web.freshness import Confirmed
from hub.web.languages import language_of
from hub.web.queries import Board
from hub.web.render import Renderer, Visit
from hub.web.texts import Language


@dataclass
class Site:
    """Parts of one running web, made by `create_app`; for each request its own, in the language it was asked in."""

    board: Board
    renderers: Mapping[Language, Renderer]
    public_url: str | None = None
    contacts: Mapping[str, str] = field(default_factory=dict)
    """Jobcenter -> where its readers may turn to."""
    send_mail: SendMail | None = None
    portal: Portal | None = None
    """The employer portal, if it is switched on."""
    language: Language = "de"
    visit: Visit = field(default_factory=Visit)

    @property
    def renderer(self) -> Renderer:
        """Templates in the language of this request."""
        return self.renderers[self.language].seen_by(self.visit)

    @property
    def operator(self) -> Operator | None:
        """Who runs the board, if that was set up."""
        return self.renderers[self.language].operator

    def base(self, request: Request) -> str:
        """Where the outside world finds this web."""
        return (self.public_url or str(request.base_url)).rstrip("/")

    def seen_by(self, request: Request, confirmed: Confirmed | None = None) -> Site:
        """This site as one request sees it."""
        path, query = quote(request.scope["path"], safe="/:@"), request.scope["query_string"].decode("latin-1")
        visit = Visit(path, query, self.base(request), self.board.today(), confirmed or {})
        return replace(self, language=language_of(request.scope), visit=visit)


async def site_of(request: Request) -> Site:
    """The site of this application, as this request sees it."""
    site: Site = request.app.state.site
    confirmed: Confirmed = {}
    if not request.scope["path"].startswith("/api/"):  # only pages say it
        # A page without it is better than none, be the database away or this table not ours to read.
        with suppress(psycopg.Error):
            confirmed = await site.board.confirmed()
    return site.seen_by(request, confirmed)


TheSite = Annotated[Site, Depends(site_of)]


def tagged(request: Request, body: bytes, media_type: str, headers: dict[str, str] | None = None) -> Response:
    """The body with its ETag, or 304 if the other side has it. Kept, but asked about each time: jobs end any minute."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
    known = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    fields = {"ETag": tag, "Cache-Control": "public, no-cache", **(headers or {})}
    if tag in known or known == ["*"]:
        return Response(status_code=304, headers=fields)
    return Response(body, media_type=media_type, headers=fields)


def page(request: Request, html: str, headers: dict[str, str] | None = None) -> Response:
    """A page of ours. The same address answers htmx with a part of it."""
    return tagged(request, html.encode(), "text/html; charset=utf-8", {"Vary": "HX-Request", **(headers or {})})


def as_json(request: Request, value: Any) -> Response:
    """JSON of ours."""
    return tagged(request, to_json(value), "application/json")
