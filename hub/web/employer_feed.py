"""Accepted jobs for the connector of their Jobcenter, as a listing that the source type `rest_json` reads."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import JSONResponse, Response

from hub.portal import store
from hub.portal.listing import PREFIX, entry
from hub.portal.staff import same_token
from hub.web.employers import ThePortal
from hub.web.errors import Trouble, problem
from hub.web.site import as_json
from schemas.events import JobcenterId

router = APIRouter(include_in_schema=False)

_SIZE_MOST = 10_000
"""As many as no Jobcenter has: the whole list is one answer whose ETag tells whether anything has changed."""


@router.get("/arbeitgeber/api/v1/{jobcenter}/stellen")
async def listing(
    request: Request,
    portal: ThePortal,
    jobcenter: Annotated[JobcenterId, Path()],
    ab: Annotated[str, Query(pattern=rf"^{PREFIX}[0-9]{{1,15}}$")] = f"{PREFIX}0",
    size: Annotated[int, Query(ge=1, le=_SIZE_MOST)] = _SIZE_MOST,
) -> Response:
    """One page: `anzahl` of all, `stellen` behind `ab`, and `weiter`, which is the next `ab`, null on the last page.

    Sorted by number, which never changes, so pages cannot shift. Ended jobs stay in it with the reason of their end.
    """
    token = portal.tokens.get(jobcenter)
    if token is None or not same_token(request.headers.get("authorization", ""), token):
        trouble = Trouble(401, "sign-in", "Der Token fehlt oder ist falsch.", "The token is missing or wrong.")
        headers = {"WWW-Authenticate": "Bearer", "Cache-Control": "no-store"}
        return JSONResponse(problem(trouble), 401, headers, "application/problem+json")
    async with portal.pool.connection() as connection:
        total, jobs = await store.listed(connection, jobcenter, int(ab.removeprefix(PREFIX)), size + 1)
    shown = jobs[:size]
    body: dict[str, Any] = {
        "anzahl": total,
        "stellen": [entry(job.id, job.life) for job in shown],
        "weiter": f"{PREFIX}{shown[-1].id}" if len(jobs) > size else None,
    }
    answer = as_json(request, body)
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer
