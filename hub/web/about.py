"""Pages about the board itself: what the law asks for, explanations, and the interface for programs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from hub.web.checked import last_check
from hub.web.parameters import JobParameters
from hub.web.site import TheSite, page

router = APIRouter(include_in_schema=False)

_REVIEW_DAYS = 366
"""A statement is to be reviewed once a year (Commission Implementing Decision (EU) 2018/1523)."""


@router.get("/barrierefreiheit")
async def accessibility(request: Request, site: TheSite) -> Response:
    """Accessibility statement, with the day of the last check by machine and whether a review is due."""
    operator, today = site.operator, site.board.today()
    overdue = operator is not None and today - operator.accessibility.reviewed_on > timedelta(days=_REVIEW_DAYS)
    html = site.renderer.prose("accessibility.html", here="/barrierefreiheit", check=last_check(), overdue=overdue)
    return page(request, html)


@router.get("/datenschutz")
async def privacy(request: Request, site: TheSite) -> Response:
    """Privacy notice."""
    return page(request, site.renderer.prose("privacy.html", here="/datenschutz"))


@router.get("/impressum")
async def imprint(request: Request, site: TheSite) -> Response:
    """Imprint."""
    return page(request, site.renderer.prose("imprint.html", here="/impressum"))


@router.get("/leichte-sprache")
async def easy_language(request: Request, site: TheSite) -> Response:
    """What the board is and how to use it, in Leichte Sprache."""
    return page(request, site.renderer.page("easy_language.html", here="/leichte-sprache"))


@router.get("/gebaerdensprache")
async def sign_language(request: Request, site: TheSite) -> Response:
    """Where explanations in Deutsche Gebärdensprache are."""
    return page(request, site.renderer.page("sign_language.html", here="/gebaerdensprache"))


@router.get("/schnittstelle")
async def interface(request: Request, site: TheSite) -> Response:
    """What programs can ask, from the OpenAPI description itself."""
    paths: dict[str, Any] = request.app.openapi()["paths"]
    html = site.renderer.page(
        "interface.html",
        here="/schnittstelle",
        base=site.base(request),
        operations=[
            (path, _half(operations["get"]["summary"], site.language))
            for path, operations in paths.items()
            if "get" in operations
        ],
        parameters=[
            (name, _half(field.description or "", site.language)) for name, field in JobParameters.model_fields.items()
        ],
    )
    return page(request, html)


def _half(text: str, language: str) -> tuple[str, str]:
    """A description of the interface is written "deutsch / english"; gives the half wanted, and its language."""
    german, slash, english = text.partition(" / ")
    return (english, "en") if language == "en" and slash else (german, "de")
