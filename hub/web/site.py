"""What every route needs: the board, the renderer, and answers that browsers may ask about again cheaply."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.responses import Response

from hub.portal.setup import Portal
from hub.web.queries import Board
from hub.web.render import Renderer


@dataclass
class Site:
    """Parts of one running web, made by `create_app`."""

    board: Board
    renderer: Renderer
    public_url: str | None = None
    portal: Portal | None = None
    """The employer portal, if it is switched on."""

    def base(self, request: Request) -> str:
        """Where the outside world finds this web."""
        return (self.public_url or str(request.base_url)).rstrip("/")


def site_of(request: Request) -> Site:
    """The site of this application."""
    site: Site = request.app.state.site
    return site


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
    return tagged(request, json.dumps(value, ensure_ascii=False).encode(), "application/json")
