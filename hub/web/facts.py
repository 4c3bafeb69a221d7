"""What a page tells of a job or a measure at a glance: names and values, in the language of the page."""

from __future__ import annotations

from datetime import date
from typing import Any

from hub.web.entries import Entry
from hub.web.site import Site
from hub.web.writing import contract, day, decimal, in_german, pay, period, place, seats, working_time

Pairs = list[tuple[str, Any]]


def main_facts(job: Entry, site: Site) -> Pairs:
    """What everybody asks first."""
    t = site.renderer.t
    hours = job["weekly_hours"]
    return [
        (t("workplace"), ", ".join(part for part in (job["street"], place(job)) if part)),
        (t("arbeitszeit"), working_time(job, t)),
        (t("hours"), decimal(hours, t.language) if hours else None),
        (t("contract"), contract(job, t)),
        (t("pay"), pay(job, t)),
        (t("start"), _start(job["start"], site)),
        (t("openings"), job["openings"]),
        (t("ends"), day(job["published_until"], t.language)),
    ]


def further_facts(job: Entry, site: Site) -> Pairs:
    """What is asked later."""
    t = site.renderer.t
    occupation = f"{job['occupation']} ({job['kldb2010']})" if job["occupation"] else job["kldb2010"]
    return [
        (t("employment_kind"), t(job["employment_kind"]) if job["employment_kind"] not in (None, "UNKNOWN") else None),
        (t("agency"), t("yes") if job["temporary_agency_work"] else None),
        (t("occupation"), in_german(occupation, t.language)),
        (t("industry"), in_german(job["industry"]["title"], t.language) if job["industry"] else None),
        (t("published"), day(job["published_from"], t.language)),
        (t("reported_by"), site.renderer.reporters(job)),
        (t("number"), job["id"]),
        (t("references"), ", ".join(f"{one['system']} {one['id']}" for one in job["external_references"])),
        (t("changed"), day(job["changed_at"], t.language)),
    ]


def measure_pairs(measure: Entry, site: Site) -> Pairs:
    """Kind, period, seats, who decides."""
    t = site.renderer.t
    law = f" ({measure['law']})" if measure["law"] else ""
    known = measure["funder"] not in (None, "UNKNOWN")
    return [
        (t("instrument"), in_german((measure["instrument_title"] or measure["instrument"]) + law, t.language)),
        (t("theme"), t(measure["theme"]) if measure["theme"] not in (None, "UNKNOWN") else None),
        (t("provider"), measure["provider"]),
        (t("funder"), t(f"FUNDED_{measure['funder']}") if known else None),
        (t("period"), period(measure, t)),
        (t("seats"), seats(measure, t)),
        (t("workplace"), ", ".join(part for part in (measure["street"], place(measure)) if part)),
        (t("measure_number"), measure["measure_number"]),
        (t("reported_by"), site.renderer.jobcenter(measure["reported_by"][0]["jobcenter"])),
    ]


def _start(iso: str | None, site: Site) -> Any:
    """The first day, unless it has passed: then the place is still free, so it is from now on."""
    if iso is None or date.fromisoformat(iso) < site.board.today():
        return site.renderer.t("from_now")
    return day(iso, site.language)
