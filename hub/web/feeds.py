"""Searches to subscribe to: an Atom feed of any search for jobs, and a calendar of the days on which courses begin."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from fastapi import APIRouter, Request
from icalendar import Calendar, Event
from starlette.responses import Response

from hub.search.places import similar_places
from hub.settings import BERLIN
from hub.web import entries
from hub.web.entries import Row, path_of
from hub.web.errors import ended, not_found, unknown_place
from hub.web.links import address, chosen
from hub.web.parameters import JobParameters, MeasureParameters, TheJobs, TheMeasures
from hub.web.site import Site, TheSite, tagged
from hub.web.writing import measure_facts

AUTHORITY = "jobcenter.muensterland.de"
"""Who gives the ids (RFC 4151): the namespace of our schemas as a domain. Ids outlive a move to another host."""

NEWEST = 50
_ALL_MEASURES = 1000
# Valid in our texts, invalid in XML 1.0.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
# A feed must say when it changed, also one without entries.
_NEVER = datetime(2026, 1, 1, tzinfo=UTC)

router = APIRouter(include_in_schema=False)


def tag(kind: str, entity: str) -> str:
    """The id of an entry: the same for ever, whatever the address."""
    return f"tag:{AUTHORITY},2026:{kind}/{path_of(entity)}"


def entity_of(tagged_id: str) -> str | None:
    """The key an id of a vacancy was made of, as `path_of` writes it; None: it is no such id."""
    begin = tag("vacancy", "")
    return tagged_id.removeprefix(begin) if tagged_id.startswith(begin) else None


def feed_address(parameters: JobParameters) -> str:
    """Address of a search as a feed: newest first, so neither order nor size is part of it."""
    return address("/stellen.atom", chosen(parameters), sort=None, size=None)


@router.get("/stellen.atom")
async def jobs(request: Request, site: TheSite, parameters: TheJobs) -> Response:
    """The newest jobs of a search. What ended is not in it; `updated` changes with the version of a job alone."""
    if parameters.place_unknown:
        raise unknown_place(parameters.wo or "", similar_places(parameters.wo or ""))
    found = await site.board.find(parameters.query().but(sort="datum", size=NEWEST))
    shown = [
        {
            **entries.job_entry(row),
            "tag": tag("vacancy", row["entity"]),
            "updated": _moment(row["changed_at"]),
            "published": _moment(datetime.combine(row["published_from"], time(), BERLIN)),
        }
        for row in found.jobs
    ]
    search = feed_address(parameters)
    xml = site.renderer.page(
        "feed.atom",
        base=site.base(request),
        search=search,
        html=address("/stellen", chosen(parameters)),
        tag=f"tag:{AUTHORITY},2026:{search}",
        updated=_moment(max((row["changed_at"] for row in found.jobs), default=_NEVER)),
        words=" ".join(text for text in (parameters.was, parameters.wo) if text),
        jobs=shown,
    )
    return tagged(request, _NOT_XML.sub("", xml).encode(), "application/atom+xml; charset=utf-8")


@router.get("/massnahmen.ics")
async def measures(request: Request, site: TheSite, parameters: TheMeasures, id: str | None = None) -> Response:
    """The first days of the measures of a search, or of the one that `id` names, as a calendar."""
    if parameters.place_unknown:
        raise unknown_place(parameters.wo or "", similar_places(parameters.wo or ""))
    rows = [await _one(site, id)] if id else await _search(site, parameters)
    calendar = Calendar()
    calendar.add("prodid", f"-//{AUTHORITY}//jobhub//DE")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", site.renderer.t("course_starts"))
    for row in rows:
        calendar.add_component(_start(row, site, site.base(request)))
    return tagged(request, calendar.to_ical(), "text/calendar; charset=utf-8")


async def _search(site: Site, parameters: MeasureParameters) -> list[Row]:
    _, rows = await site.board.measures(replace(parameters.query(), page=1, size=_ALL_MEASURES))
    return rows


async def _one(site: Site, entity: str) -> Row:
    row = await site.board.measure(entity)
    if row is None:
        raise not_found("Dieses Angebot", "This offer")
    if site.board.measure_is_over(row):
        raise ended("Dieses Angebot", "This offer")
    return row


def _start(row: Row, site: Site, base: str) -> Event:
    """One day, the first of the measure."""
    measure: dict[str, Any] = entries.measure_entry(row)
    first: date = row["start_on"]
    event = Event()
    event.add("uid", f"measure/{path_of(row['entity'])}@{AUTHORITY}")
    event.add("dtstamp", row["changed_at"].astimezone(UTC))
    event.add("last-modified", row["changed_at"].astimezone(UTC))
    event.add("dtstart", first)
    event.add("dtend", first + timedelta(days=1))
    event.add("summary", site.renderer.t("begins").format(title=measure["title"]))
    facts = [measure["provider"], *measure_facts(measure, site.renderer.t)]
    event.add("description", "\n".join(fact for fact in facts if fact))
    town = " ".join(part for part in (measure["plz"], measure["place"]) if part)
    if where := ", ".join(part for part in (measure["street"], town) if part):
        event.add("location", where)
    event.add("url", base + measure["links"]["html"])
    event.add("transp", "TRANSPARENT")
    return event


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
