"""What search engines are told: which addresses there are, since when, and which they may leave alone."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter, Request
from starlette.responses import PlainTextResponse, Response

from hub.web.entries import path_of
from hub.web.errors import not_found
from hub.web.site import TheSite, tagged

MOST = 50_000
"""Addresses in one file; the protocol allows no more."""

_PAGES = ("/", "/massnahmen")
_PATHS = {"stellen": "job", "massnahmen": "measure"}

router = APIRouter(include_in_schema=False)


@router.get("/robots.txt")
async def robots(request: Request, site: TheSite) -> Response:
    """Jobs may be found; searches, data and schemas need no crawler."""
    return PlainTextResponse(
        "User-agent: *\nDisallow: /api/\nDisallow: /registry/\nDisallow: /health/\nDisallow: /metrics\n"
        "Disallow: /stellen?\nDisallow: /stellen.atom\nDisallow: /massnahmen.ics\nDisallow: /fehler-melden\n"
        f"Sitemap: {site.base(request)}/sitemap.xml\n"
    )


@router.get("/sitemap.xml")
async def index(request: Request, site: TheSite) -> Response:
    """The parts, each with the newest change in it."""
    base = site.base(request)
    parts: list[tuple[str, datetime | None]] = [("seiten-1", None)]
    for path, table in _PATHS.items():
        total, newest = await site.board.open_total(table)
        parts += [(f"{path}-{number + 1}", newest) for number in range(-(-total // MOST))]
    files = [(f"{base}/sitemap/{name}.xml", _day_and_time(newest)) for name, newest in parts]
    return _xml(request, site.renderer.page("sitemap_index.xml", files=files))


@router.get("/sitemap/{path}-{number}.xml")
async def part(request: Request, site: TheSite, path: str, number: int) -> Response:
    """Addresses of open entries; whatever ended is not here any more."""
    base = site.base(request)
    if path == "seiten" and number == 1:
        return _xml(request, site.renderer.page("sitemap.xml", urls=[(base + page, None) for page in _PAGES]))
    if path not in _PATHS or not 1 <= number <= MOST:
        raise not_found()
    rows = await site.board.open_keys(_PATHS[path], MOST, (number - 1) * MOST)
    if not rows:
        raise not_found()
    urls = [(f"{base}/{path}/{path_of(entity)}", _day_and_time(changed)) for entity, changed in rows]
    return _xml(request, site.renderer.page("sitemap.xml", urls=urls))


def _day_and_time(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat(timespec="seconds") if moment else None


def _xml(request: Request, text: str) -> Response:
    return tagged(request, text.encode(), "application/xml")
