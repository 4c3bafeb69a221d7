"""What search engines are told: which addresses there are, since when, and which they may leave alone."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter, Request
from starlette.responses import PlainTextResponse, Response

from hub.web.entries import path_of
from hub.web.errors import not_found
from hub.web.languages import address_in
from hub.web.site import Site, TheSite, tagged
from hub.web.texts import LANGUAGES

MOST = 25_000
"""Entries in one file, each in two languages; the protocol allows 50,000 addresses."""

_PAGES = ("/", "/massnahmen")
# Some parsers drop a "?" at the end, and would take all jobs for closed.
_NOT_FOR_CRAWLERS = ("/stellen?*", "/stellen.atom", "/massnahmen.ics", "/karte", "/fehler-melden")
"""Searches in other shapes, and a form. Each exists in both languages."""
_MACHINES = ("/api/", "/registry/", "/health/", "/metrics")
_PATHS = {"stellen": "job", "massnahmen": "measure"}

router = APIRouter(include_in_schema=False)


@router.get("/robots.txt")
async def robots(request: Request, site: TheSite) -> Response:
    """Jobs may be found; searches, data and schemas need no crawler."""
    closed = [*_MACHINES, *(address_in(language, path) for language in LANGUAGES for path in _NOT_FOR_CRAWLERS)]
    rules = "".join(f"Disallow: {path}\n" for path in closed)
    return PlainTextResponse(f"User-agent: *\n{rules}Sitemap: {site.base(request)}/sitemap.xml\n")


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
    if path == "seiten" and number == 1:
        return _urls(request, site, [(one, None) for one in _PAGES])
    if path not in _PATHS or not 1 <= number <= MOST:
        raise not_found()
    rows = await site.board.open_keys(_PATHS[path], MOST, (number - 1) * MOST)
    if not rows:
        raise not_found()
    return _urls(request, site, [(f"/{path}/{path_of(entity)}", _day_and_time(changed)) for entity, changed in rows])


def _urls(request: Request, site: Site, pages: list[tuple[str, str | None]]) -> Response:
    """Each page in each language, with its other languages beside it, as search engines want it."""
    base = site.base(request)
    urls = [
        ({language: base + address_in(language, path) for language in LANGUAGES}, changed) for path, changed in pages
    ]
    return _xml(request, site.renderer.page("sitemap.xml", urls=urls))


def _day_and_time(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat(timespec="seconds") if moment else None


def _xml(request: Request, text: str) -> Response:
    return tagged(request, text.encode(), "application/xml")
