"""Pages for the operators alone: uncertain pairs side by side. On 127.0.0.1 only, never part of the public web."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

import psycopg
from fastapi import FastAPI
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles

from hub.match import listing
from hub.match.explain import sentences
from hub.web.clean import plain_text
from hub.web.render import STATIC, Renderer
from hub.web.security import SecurityHeaders

HOST = "127.0.0.1"
PAIRS_ON_A_PAGE = 50
_LETTERS_OF_A_TEXT = 700


def create_operations_app(database_url: str, jobcenters: Mapping[str, str]) -> FastAPI:
    """The application. Other host names are refused: no page of the internet reads it by way of a browser."""
    renderer = Renderer(jobcenters)
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")

    @app.get("/betrieb/dubletten")
    def duplicates(request: Request, page: int = 1) -> Response:
        """Pairs that are perhaps one job, why, and how to decide."""
        begin = (max(1, min(page, 10_000)) - 1) * PAIRS_ON_A_PAGE
        try:
            with psycopg.connect(database_url, connect_timeout=5) as connection:
                cards, total = listing.count(connection)
                found = listing.suggestions(connection, PAIRS_ON_A_PAGE, begin)
                sides = listing.sides(connection, [entity for pair in found for entity in (pair["a"], pair["b"])])
        except psycopg.Error as error:
            return HTMLResponse(renderer.page("duplicates.html", trouble=type(error).__name__), 503, _NOT_KEPT)
        pairs = [_pair(pair, sides) for pair in found if pair["a"] in sides and pair["b"] in sides]
        html = renderer.page(
            "duplicates.html", trouble=None, pairs=pairs, cards=cards, total=total, page=page,
            more=begin + PAIRS_ON_A_PAGE < total,
        )  # fmt: skip
        return HTMLResponse(html, headers=_NOT_KEPT)

    app.add_middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "localhost"])
    app.add_middleware(SecurityHeaders)
    return app


_NOT_KEPT = {"Cache-Control": "no-store"}


def _pair(pair: dict[str, Any], sides: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    a, b = pair["a"], pair["b"]
    left, right = _facts(sides[a]), _facts(sides[b])
    return {
        "a": a,
        "b": b,
        "titles": (sides[a]["title"], sides[b]["title"]),
        "rows": [
            (name, left[name], right[name], left[name] != right[name]) for name in left if left[name] or right[name]
        ],
        "why": sentences(pair["rule"], pair["score"], pair["why"]),
        "commands": [
            f"jobhub match {verb} {shlex.quote(a)} {shlex.quote(b)} --reason '…'" for verb in ("join", "split")
        ],
    }


def _facts(row: Mapping[str, Any]) -> dict[str, str]:
    """What decides, by name of its text."""
    pay = [f"{row[name]:.2f}" for name in ("pay_min", "pay_max") if row[name] is not None]
    text = plain_text(row["description"])
    found: dict[str, Any] = {
        "employer": row["employer_name"],
        "betriebsnummer": row["betriebsnummer"],
        "workplace": " ".join(str(row[name]) for name in ("street", "plz", "place") if row[name]),
        "occupation": row["kldb2010"],
        "arbeitszeit": ", ".join(row["working_time"] or ()),
        "hours": row["weekly_hours"],
        "contract": row["contract_term"],
        "pay": f"{' – '.join(dict.fromkeys(pay))} {row['pay_currency']}/{row['pay_period']}" if pay else None,
        "openings": row["openings"],
        "start": row["start_on"],
        "published": row["published_from"],
        "ends": row["published_until"],
        "description": text[:_LETTERS_OF_A_TEXT] + ("…" if len(text) > _LETTERS_OF_A_TEXT else ""),
    }
    return {name: "" if value is None else str(value) for name, value in found.items()}
