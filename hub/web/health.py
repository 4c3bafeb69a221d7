"""What machines ask: alive, ready, metrics, security.txt, robots.txt, sitemap."""

from __future__ import annotations

from xml.sax.saxutils import escape

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import JSONResponse, PlainTextResponse, Response

from hub.web.entries import path_of
from hub.web.errors import UNAVAILABLE
from hub.web.site import TheSite, tagged

router = APIRouter(include_in_schema=False)

_NOT_KEPT = {"Cache-Control": "no-store"}


@router.get("/health/live")
async def live() -> Response:
    """The process answers."""
    return JSONResponse({"status": "live"}, headers=_NOT_KEPT)


@router.get("/health/ready")
async def ready(site: TheSite) -> Response:
    """Database reachable and migrated, and the board's sink has begun: only then is what the board shows true."""
    try:
        partitions, updated_at = await site.board.progress()
    except UNAVAILABLE as error:
        reason = {"status": "not ready", "database": "unavailable", "error": type(error).__name__}
        return JSONResponse(reason, 503, headers=_NOT_KEPT)
    state = {
        "status": "ready" if partitions else "not ready",
        "database": "ok",
        "board_partitions": partitions,
        "board_updated_at": updated_at.isoformat() if updated_at else None,
    }
    return JSONResponse(state, 200 if partitions else 503, headers=_NOT_KEPT)


@router.get("/metrics")
async def metrics() -> Response:
    """Prometheus."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST, headers=_NOT_KEPT)


@router.get("/.well-known/security.txt")
async def security_txt(request: Request, site: TheSite) -> Response:
    """Where to report a weakness; the operator puts the real address in front of it."""
    year = site.board.today().year + 1
    text = (
        "# Platzhalter: Der Betreiber ersetzt diese Datei durch seine eigene (RFC 9116).\n"
        "# Placeholder: the operator replaces this file.\n"
        f"Contact: {site.base(request)}/impressum\n"
        f"Expires: {year}-01-01T00:00:00.000Z\n"
        "Preferred-Languages: de, en\n"
    )
    return PlainTextResponse(text)


@router.get("/robots.txt")
async def robots(request: Request, site: TheSite) -> Response:
    """Jobs may be found; searches, data and schemas need no crawler."""
    return PlainTextResponse(
        "User-agent: *\nDisallow: /api/\nDisallow: /registry/\nDisallow: /health/\nDisallow: /metrics\n"
        f"Disallow: /stellen?\nSitemap: {site.base(request)}/sitemap.xml\n"
    )


@router.get("/sitemap.xml")
async def sitemap(request: Request, site: TheSite) -> Response:
    """The open jobs; whatever ended is not here any more."""
    base = site.base(request)
    rows = await site.board.open_keys()
    entries = "".join(
        f"<url><loc>{escape(base + '/stellen/' + path_of(entity))}</loc><lastmod>{changed.date()}</lastmod></url>"
        for entity, changed in rows
    )
    pages = "".join(f"<url><loc>{escape(base + path)}</loc></url>" for path in ("/", "/massnahmen"))
    xml = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{pages}{entries}</urlset>'
    )
    return tagged(request, xml.encode(), "application/xml")
