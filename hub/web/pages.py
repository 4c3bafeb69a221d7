"""The pages of jobs. Plain addresses, no session; JavaScript only makes them smoother."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from hub.search.query import JobQuery
from hub.web import entries, json_ld
from hub.web.clean import paragraphs
from hub.web.errors import UNAVAILABLE, Trouble, ended, not_found
from hub.web.facts import further_facts, main_facts
from hub.web.feeds import feed_address
from hub.web.languages import address_in
from hub.web.links import address, courses
from hub.web.map_page import map_address
from hub.web.parameters import JobParameters, TheJobs
from hub.web.results import form, results
from hub.web.site import Site, TheSite, page
from hub.web.writing import place

router = APIRouter(include_in_schema=False)

_NEWEST = 3


@router.get("/")
async def start(request: Request, site: TheSite) -> Response:
    """Search form, how many jobs there are, and the newest of them."""
    open_jobs, newest = None, list[entries.Entry]()
    try:
        found = await site.board.find(JobQuery(size=_NEWEST))
        open_jobs, newest = found.total, [entries.job_entry(row) for row in found.jobs]
    except UNAVAILABLE:
        pass  # the form still shows; the search will say what is wrong
    html = site.renderer.page(
        "start.html", here="/", open_jobs=open_jobs, newest=newest, live=False, **form(JobParameters())
    )
    return page(request, html)


@router.get("/stellen")
async def jobs(request: Request, site: TheSite, parameters: TheJobs) -> Response:
    """Hits with filters. Asked by htmx for the results alone, it gives only these."""
    if parameters.art == "massnahme":
        return RedirectResponse(courses(parameters), 303)
    values = await results(site.board, parameters, site.renderer)
    only_results = request.headers.get("hx-request") == "true" and request.headers.get("hx-request-type") != "full"
    template = "results.html" if only_results else "jobs.html"
    extra = {"feed": feed_address(parameters), "towns_address": map_address(parameters, site)}
    return page(request, site.renderer.page(template, here="/stellen", live=True, **extra, **values))


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
    lead = f"/stellen/{entries.path_of(row['lead_entity'] or entity)}"
    reporter = site.renderer.jobcenter(row["jobcenter"])
    script = json_ld.as_script(json_ld.job_posting(detail, site.base(request) + lead, reporter))
    addresses = {language: site.base(request) + address_in(language, lead) for language in site.renderers}
    html = site.renderer.page(
        "job.html",
        job=detail,
        json_ld=script,
        canonical=addresses[site.language],
        alternates=addresses,
        remark=address("/fehler-melden", {"stelle": row["entity"]}),
        here="/stellen",
        paragraphs=paragraphs(row["description"]),
        main=main_facts(detail, site),
        further=further_facts(detail, site),
        map_address=_map_address(detail, site),
    )
    return page(request, html, {"X-Script-Hash": json_ld.script_hash(str(script))})


def error_page(site: Site, trouble: Trouble) -> str:
    """A page that says what is wrong."""
    t = site.renderer.t
    known = {404, 410, 413, 422, 429, 503}
    heading = t(f"error_{trouble.status}" if trouble.status in known else "error_other")
    message = trouble.de if site.language == "de" else trouble.en
    return site.renderer.page("error.html", heading=heading, message=message)


def _map_address(job: entries.Entry, site: Site) -> str | None:
    """A map elsewhere, if the operator has chosen one. Only the place is told, never a street that is not public."""
    if site.operator is None or site.operator.map_link is None or not job["place"]:
        return None
    where = ", ".join(part for part in (job["street"], place(job)) if part)
    return site.operator.map_link.replace("{place}", quote(where, safe=""))
