"""The watch list. It lives in the visitor's browser alone; this page only gives it room."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from hub.web.print_view import SHEETS
from hub.web.site import TheSite, page

router = APIRouter(include_in_schema=False)


@router.get("/merkliste")
async def watch_list(request: Request, site: TheSite) -> Response:
    """An empty list with what static/watch_list.js needs to fill it."""
    html = site.renderer.page("watch_list.html", here="/merkliste", sheets=SHEETS)
    return page(request, html, {"X-Robots-Tag": "noindex"})
