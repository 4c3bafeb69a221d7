"""The board as JSON, with the parameters of BA Jobsuche."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from starlette.responses import RedirectResponse, Response

from hub.search.places import similar_places
from hub.web import entries
from hub.web.answers import JobDetail, JobList, Measure, MeasureList, Problem
from hub.web.asked import described
from hub.web.errors import ended, not_found, unknown_place
from hub.web.links import courses
from hub.web.parameters import JobParameters, MeasureParameters, TheJobs, TheMeasures
from hub.web.site import TheSite, as_json

_PROBLEM: dict[str, Any] = {
    "model": Problem,
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
_LIST: dict[int | str, dict[str, Any]] = {
    303: {"description": "art=massnahme: the measures for the same words and place"},
    304: {"description": "Nothing changed since the ETag given"},
    422: {**_PROBLEM, "description": "A parameter cannot be read, or the place is unknown"},
    503: {**_PROBLEM, "description": "The database is away; try again"},
}
_ONE: dict[int | str, dict[str, Any]] = {
    304: {"description": "Nothing changed since the ETag given"},
    404: {**_PROBLEM, "description": "There is no such entry"},
    410: {**_PROBLEM, "description": "It has ended"},
    503: {**_PROBLEM, "description": "The database is away; try again"},
}
_Id = Annotated[str, Path(description="Key: jobcenter and its own number, as in borken:BOR-0025147")]

router = APIRouter(prefix="/api/v1", tags=["board"])


@router.get(
    "/jobs",
    summary="Offene Stellen mit Anzahl je Filter / open jobs, with facets",
    response_model=JobList,
    responses=_LIST,
    openapi_extra=described(JobParameters),
)
async def jobs(request: Request, site: TheSite, parameters: TheJobs) -> Response:
    """Total, one page of jobs, and how many jobs each filter would give. Ended and expired ones are never listed."""
    if parameters.art == "massnahme":
        return RedirectResponse(courses(parameters, "/api/v1/measures"), 303)
    if parameters.place_unknown:
        raise unknown_place(parameters.wo or "", similar_places(parameters.wo or ""))
    query = parameters.query()
    found = await site.board.find(query)
    return as_json(
        request,
        {
            "total": found.total,
            "page": query.page,
            "size": query.size,
            "jobs": [entries.job_entry(row) for row in found.jobs],
            "facets": found.facets,
            "fuzzy": found.fuzzy,
            "meant": found.meant,
            "partly": found.partly,
        },
    )


@router.get(
    "/jobs/{entity:path}",
    summary="Eine Stelle mit Text und Kontakt / one job with its texts",
    response_model=JobDetail,
    responses=_ONE,
)
async def job(request: Request, site: TheSite, entity: _Id) -> Response:
    """Description (plain text), contact and street, as far as they are public."""
    row = await site.board.job(entity)
    if row is None:
        raise not_found("Diese Stelle", "This job")
    if site.board.job_is_over(row):
        raise ended("Diese Stelle", "This job")
    return as_json(request, entries.job_detail(row))


@router.get(
    "/measures",
    summary="Aktuelle Kurse und Maßnahmen / current courses and measures",
    response_model=MeasureList,
    responses=_LIST,
    openapi_extra=described(MeasureParameters),
)
async def measures(request: Request, site: TheSite, parameters: TheMeasures) -> Response:
    """Offerings only; never who takes part."""
    if parameters.place_unknown:
        raise unknown_place(parameters.wo or "", similar_places(parameters.wo or ""))
    query = parameters.query()
    total, rows = await site.board.measures(query)
    return as_json(
        request,
        {
            "total": total,
            "page": query.page,
            "size": query.size,
            "measures": [entries.measure_entry(row) for row in rows],
        },
    )


@router.get("/measures/{entity:path}", summary="Eine Maßnahme / one measure", response_model=Measure, responses=_ONE)
async def measure(request: Request, site: TheSite, entity: _Id) -> Response:
    """An offering and who decides on it."""
    row = await site.board.measure(entity)
    if row is None:
        raise not_found("Dieses Angebot", "This offer")
    if site.board.measure_is_over(row):
        raise ended("Dieses Angebot", "This offer")
    return as_json(request, entries.measure_entry(row))
