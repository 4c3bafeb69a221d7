"""The pages of courses and other measures."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from hub.search.places import similar_places
from hub.web import entries, json_ld
from hub.web.errors import ended, not_found
from hub.web.facts import measure_pairs
from hub.web.links import address, chosen
from hub.web.parameters import TheMeasures
from hub.web.site import TheSite, page

router = APIRouter(include_in_schema=False)


@router.get("/massnahmen")
async def measures(request: Request, site: TheSite, parameters: TheMeasures) -> Response:
    """Courses and other measures."""
    query = parameters.query()
    total, rows = (0, []) if parameters.place_unknown else await site.board.measures(query)
    last_page = max(1, -(-total // query.size))

    def page_address(number: int) -> str:
        return "?" + request.url.include_query_params(page=number).query

    html = site.renderer.page(
        "measures.html",
        here="/massnahmen",
        total=total,
        measures=[entries.measure_entry(row) for row in rows],
        was=parameters.was or "",
        wo=parameters.wo or "",
        unknown_place=parameters.wo if parameters.place_unknown else None,
        similar=similar_places(parameters.wo or "") if parameters.place_unknown else [],
        page=query.page,
        last_page=last_page,
        page_address=page_address,
        calendar=address("/massnahmen.ics", chosen(parameters), size=None),
    )
    return page(request, html)


@router.get("/massnahmen/{entity:path}")
async def measure(request: Request, site: TheSite, entity: str) -> Response:
    """One measure, and who decides on it."""
    row = await site.board.measure(entity)
    if row is None:
        raise not_found("Dieses Angebot", "This offer")
    if site.board.measure_is_over(row):
        raise ended("Dieses Angebot", "This offer")
    detail = entries.measure_entry(row)
    course = json_ld.course(
        detail, site.base(request) + detail["links"]["html"], site.renderer.jobcenter(row["jobcenter"])
    )
    script = json_ld.as_script(course) if course else None
    html = site.renderer.page(
        "measure.html",
        here="/massnahmen",
        measure=detail,
        canonical=site.base(request) + site.visit.address(site.language).partition("?")[0],
        json_ld=script,
        calendar=address("/massnahmen.ics", {"id": row["entity"]}),
        pairs=measure_pairs(detail, site),
    )
    return page(request, html, {"X-Script-Hash": json_ld.script_hash(str(script))} if script else None)
