"""What machines ask: alive, ready, metrics, security.txt."""

from __future__ import annotations

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import JSONResponse, PlainTextResponse, Response

from hub.web.errors import UNAVAILABLE
from hub.web.site import TheSite

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
