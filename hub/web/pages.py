"""The pages of the job board. Plain addresses, no session; JavaScript only makes them smoother."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from hub.search.places import similar_places
from hub.search.query import JobQuery
from hub.web import entries, json_ld
from hub.web.clean import paragraphs
from hub.web.errors import UNAVAILABLE, Trouble, ended, not_found
from hub.web.feeds import feed_address
from hub.web.links import address, chosen, courses
from hub.web.parameters import JobParameters, MeasureParameters
from hub.web.render import contract, day, pay, period, seats
from hub.web.results import form, results
from hub.web.site import Site, TheSite, page

router = APIRouter(include_in_schema=False)


@router.get("/")
async def start(request: Request, site: TheSite) -> Response:
    """Search form, and how many jobs there are."""
    try:
        open_jobs: int | None = await site.board.count(JobQuery())
    except UNAVAILABLE:
        open_jobs = None  # the form still shows; the search will say what is wrong
    html = site.renderer.page("start.html", open_jobs=open_jobs, live=False, **form(JobParameters()))
    return page(request, html)


@router.get("/stellen")
async def jobs(request: Request, site: TheSite, parameters: Annotated[JobParameters, Query()]) -> Response:
    """Hits with filters. Asked by htmx for the results alone, it gives only these."""
    if parameters.art == "massnahme":
        return RedirectResponse(courses(parameters), 303)
    values = await results(site.board, parameters, site.renderer)
    only_results = request.headers.get("hx-request") == "true" and request.headers.get("hx-request-type") != "full"
    template = "results.html" if only_results else "jobs.html"
    feed = feed_address(parameters)
    return page(request, site.renderer.page(template, here="/stellen", live=True, feed=feed, **values))


@router.get("/stellen/{entity:path}")
async def job(request: Request, site: TheSite, entity: str) -> Response:
    """One job. What ended is gone (410): a search engine must drop it at once."""
    row = await site.board.job(entity)
    if row is None:
        raise not_found("Diese Stelle", "This job")
    if site.board.job_is_over(row):
        raise ended("Diese Stelle", "This job")
    detail = entries.job_detail(row)
    # Of several pages of one job search engines are to keep the one that leads.
    canonical = f"{site.base(request)}/stellen/{entries.path_of(row['lead_entity'] or entity)}"
    reporter = site.renderer.jobcenter(row["jobcenter"])
    script = json_ld.as_script(json_ld.job_posting(detail, canonical, reporter))
    html = site.renderer.page(
        "job.html",
        job=detail,
        json_ld=script,
        canonical=canonical,
        remark=address("/fehler-melden", {"stelle": row["entity"]}),
        here="/stellen",
        paragraphs=paragraphs(row["description"]),
        pairs=_job_pairs(detail, site),
    )
    return page(request, html, {"X-Script-Hash": json_ld.script_hash(str(script))})


@router.get("/massnahmen")
async def measures(request: Request, site: TheSite, parameters: Annotated[MeasureParameters, Query()]) -> Response:
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
    canonical = site.base(request) + detail["links"]["html"]
    course = json_ld.course(detail, canonical, site.renderer.jobcenter(row["jobcenter"]))
    script = json_ld.as_script(course) if course else None
    html = site.renderer.page(
        "measure.html",
        here="/massnahmen",
        measure=detail,
        canonical=canonical,
        json_ld=script,
        calendar=address("/massnahmen.ics", {"id": row["entity"]}),
        pairs=_measure_pairs(detail, site),
    )
    return page(request, html, {"X-Script-Hash": json_ld.script_hash(str(script))} if script else None)


@router.get("/barrierefreiheit")
async def accessibility(request: Request, site: TheSite) -> Response:
    """Accessibility statement."""
    return page(request, site.renderer.page("accessibility.html", here="/barrierefreiheit"))


@router.get("/datenschutz")
async def privacy(request: Request, site: TheSite) -> Response:
    """Privacy notice."""
    return page(request, site.renderer.page("privacy.html", here="/datenschutz"))


@router.get("/impressum")
async def imprint(request: Request, site: TheSite) -> Response:
    """Imprint."""
    return page(request, site.renderer.page("imprint.html", here="/impressum"))


@router.get("/schnittstelle")
async def interface(request: Request, site: TheSite) -> Response:
    """What programs can ask, from the OpenAPI description itself."""
    paths: dict[str, Any] = request.app.openapi()["paths"]
    html = site.renderer.page(
        "interface.html",
        here="/schnittstelle",
        base=site.base(request),
        operations=[(path, operations["get"]["summary"]) for path, operations in paths.items() if "get" in operations],
        parameters=[(name, field.description) for name, field in JobParameters.model_fields.items()],
    )
    return page(request, html)


def error_page(site: Site, trouble: Trouble) -> str:
    """A page that says in German what is wrong."""
    t = site.renderer.t
    known = {404, 410, 413, 422, 429, 503}
    heading = t(f"error_{trouble.status}" if trouble.status in known else "error_other")
    return site.renderer.page("error.html", heading=heading, message=trouble.de)


def _job_pairs(job: entries.Entry, site: Site) -> list[tuple[str, Any]]:
    t = site.renderer.t
    street = job["street"]
    place = " ".join(part for part in (job["plz"], job["place"]) if part)
    hours = job["weekly_hours"]
    return [
        (t("workplace"), ", ".join(part for part in (street, place) if part)),
        (t("arbeitszeit"), ", ".join(t(time) for time in job["working_time"] if time != "UNKNOWN")),
        (t("hours"), f"{hours:g}".replace(".", ",") if hours else None),
        (t("contract"), contract(job, t)),
        (t("pay"), pay(job, t)),
        (t("start"), _start(job["start"], site)),
        (t("employment_kind"), t(job["employment_kind"]) if job["employment_kind"] not in (None, "UNKNOWN") else None),
        (t("agency"), "ja" if job["temporary_agency_work"] else None),
        (t("openings"), job["openings"]),
        (t("occupation"), f"{job['occupation']} ({job['kldb2010']})" if job["occupation"] else job["kldb2010"]),
        (t("industry"), job["industry"]["title"] if job["industry"] else None),
        (t("published"), day(job["published_from"])),
        (t("ends"), day(job["published_until"])),
        (t("reported_by"), site.renderer.reporters(job)),
        (t("number"), job["id"]),
        (t("references"), ", ".join(f"{one['system']} {one['id']}" for one in job["external_references"])),
        (t("changed"), day(job["changed_at"])),
    ]


def _start(iso: str | None, site: Site) -> Any:
    """The first day, unless it has passed: then the place is still free, so it is from now on."""
    if iso is None or date.fromisoformat(iso) < site.board.today():
        return site.renderer.t("from_now")
    return day(iso)


def _measure_pairs(measure: entries.Entry, site: Site) -> list[tuple[str, Any]]:
    t = site.renderer.t
    place = " ".join(part for part in (measure["plz"], measure["place"]) if part)
    law = f" ({measure['law']})" if measure["law"] else ""
    known = measure["funder"] not in (None, "UNKNOWN")
    return [
        (t("instrument"), (measure["instrument_title"] or measure["instrument"]) + law),
        (t("theme"), t(measure["theme"]) if measure["theme"] not in (None, "UNKNOWN") else None),
        (t("provider"), measure["provider"]),
        (t("funder"), t(f"FUNDED_{measure['funder']}") if known else None),
        (t("period"), period(measure, t)),
        (t("seats"), seats(measure, t)),
        (t("workplace"), ", ".join(part for part in (measure["street"], place) if part)),
        (t("measure_number"), measure["measure_number"]),
        (t("reported_by"), site.renderer.jobcenter(measure["reported_by"][0]["jobcenter"])),
    ]
