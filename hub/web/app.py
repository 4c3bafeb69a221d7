"""Builds the web application. Nothing is opened before it starts."""

from __future__ import annotations

import asyncio
import platform
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime
from importlib.metadata import version

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from hub import metrics
from hub.mail import SendMail
from hub.portal.setup import Portal, Setup
from hub.settings import BERLIN
from hub.web import (
    about,
    api,
    barrier,
    courses,
    employer_feed,
    employers,
    feeds,
    health,
    map_page,
    pages,
    print_view,
    remarks,
    sitemap,
    staff_desk,
    watch_list,
)  # fmt: skip
from hub.web.board_file import Operator
from hub.web.errors import UNAVAILABLE, Trouble, problem, trouble_of
from hub.web.languages import LanguageInPath
from hub.web.mailbag import Mailbag
from hub.web.queries import Board, open_pool
from hub.web.rate_limit import Clients, Limits, RateLimit
from hub.web.registry import registry_app
from hub.web.remembered import Answers
from hub.web.render import STATIC, Renderer
from hub.web.security import HEADERS, CountRequests, HeadAsGet, SecurityHeaders, SmallBodies, content_security_policy
from hub.web.site import Site
from hub.web.texts import Language

_DESCRIPTION = (
    "Open jobs and measures of the Münsterland Jobcenters. Parameters and codes are those of BA Jobsuche, so a search"
    " can be carried over by exchanging the host. Errors are RFC 9457 problem details with a stable `code`."
)


class _Files(StaticFiles):
    """Static files. Their addresses name their content, so browsers may keep them for ever."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Answer with the file."""
        response = await super().get_response(path, scope)
        named = b"v=" in scope.get("query_string", b"")
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if named else "public, max-age=3600"
        return response


def create_app(
    database_url: str,
    today: date | Callable[[], date] | None = None,
    *,
    jobcenters: Mapping[str, str] | None = None,
    allowed_hosts: Sequence[str] = ("*",),
    public_url: str | None = None,
    limits: Limits | None = None,
    contacts: Mapping[str, str] | None = None,
    mailbag: Mailbag | None = None,
    operator: Operator | None = None,
    send_mail: SendMail | None = None,
    portal: Setup | None = None,
) -> FastAPI:
    """The application.

    `today` is the day the board lives on, by default the real one in Europe/Berlin. `jobcenters` are the
    participants' ids and names. `public_url` is where the outside world finds it, if a proxy stands before it.
    `limits` is how much one client may ask; None: as much as it likes.
    `contacts` are the participants' addresses for readers. `mailbag` takes errors that readers report; None: nobody.
    `operator` is what deploy/board.yaml says; without it the pages name what is missing. Without `send_mail` the form
    for barriers shows an address instead. `portal` is the setup of the employer portal; without one its pages say that
    it is closed.
    """
    names = dict(jobcenters or {})
    answers = Answers()
    pool = open_pool(database_url, answers.forget)
    renderers: dict[Language, Renderer] = {"de": Renderer(names, "de", operator), "en": Renderer(names, "en", operator)}
    board = Board(pool, _clock(today), names, answers=answers)
    opened = portal.open(database_url, _clock(today)) if portal else None
    site = Site(board, renderers, public_url, dict(contacts or {}), send_mail, opened)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await pool.open(wait=False)
        try:
            async with _open_portal(opened):
                yield
        finally:
            await pool.close(timeout=2)
            if mailbag is not None:
                await mailbag.close()

    app = FastAPI(
        title="Jobbörse der Jobcenter im Münsterland",
        version=version("muensterland-jobhub"),
        description=_DESCRIPTION,
        license_info={"name": "EUPL-1.2"},
        docs_url=None,  # its page would load scripts from a third party; /schnittstelle is ours
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.site = site
    app.state.mailbag = mailbag
    app.include_router(health.router)
    app.include_router(api.router)
    for part in (
        feeds, sitemap, remarks, pages, map_page, courses, print_view, watch_list, barrier, about, employer_feed,
        employers, staff_desk,
    ):  # fmt: skip
        app.include_router(part.router)
    app.mount("/static", _Files(directory=STATIC), name="static")
    app.mount("/registry", registry_app(names))
    for error in (Trouble, RequestValidationError, HTTPException, *UNAVAILABLE, Exception):
        app.add_exception_handler(error, _answer)
    # The last one added is the outermost.
    app.add_middleware(GZipMiddleware, minimum_size=1000)
    if limits is not None:
        app.add_middleware(RateLimit, clients=Clients(limits), refuse=_answer)
    app.add_middleware(
        CORSMiddleware, allow_origins=["*"], allow_methods=["GET", "HEAD"], allow_headers=["If-None-Match"],
        expose_headers=["ETag", "RateLimit", "RateLimit-Policy", "Retry-After"],
    )  # fmt: skip
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(allowed_hosts))
    app.add_middleware(SmallBodies)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(CountRequests)
    app.add_middleware(LanguageInPath)
    app.add_middleware(HeadAsGet)
    metrics.build_info.labels(version("muensterland-jobhub"), platform.python_version(), "web").set(1)
    return app


@asynccontextmanager
async def _open_portal(portal: Portal | None) -> AsyncIterator[None]:
    """Its pool is open and its periodic work is done as long as the web runs."""
    if portal is None:
        yield
        return
    await portal.pool.open(wait=False)
    care = asyncio.create_task(portal.care.run())
    try:
        yield
    finally:
        while not care.done():  # a library may lose a cancellation
            care.cancel()
            await asyncio.wait({care}, timeout=1)
        if not care.cancelled():
            care.result()
        await portal.pool.close(timeout=2)


def _clock(today: date | Callable[[], date] | None) -> Callable[[], date]:
    if today is None:
        return lambda: datetime.now(BERLIN).date()
    return (lambda: today) if isinstance(today, date) else today


async def _answer(request: Request, error: Exception) -> Response:
    """Programs get a problem, people a page."""
    trouble = trouble_of(error)
    if trouble.status == 500:
        structlog.get_logger("hub.web").error("request failed", route=_route(request), error=type(error).__name__)
    # A failure is answered outside all middleware, so the headers are given here as well.
    headers = {**HEADERS, "Content-Security-Policy": content_security_policy(), "Cache-Control": "no-store"}
    headers |= {"Retry-After": "30"} if trouble.status == 503 else {}
    headers |= dict(getattr(error, "headers", None) or {})
    if request.url.path.startswith(("/api/", "/health/", "/openapi.json")):
        return JSONResponse(problem(trouble), trouble.status, headers, "application/problem+json")
    site: Site = request.app.state.site
    return HTMLResponse(pages.error_page(site.seen_by(request), trouble), trouble.status, headers)


def _route(request: Request) -> str:
    return str(getattr(request.scope.get("route"), "path", "other"))
