"""Writes a folder of deliveries and works out what must come of them."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Collection
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.support.synthetic import borken, coesfeld, content, lists, muenster, side, spoil, steinfurt, warendorf
from tests.support.synthetic.model import Change, Course, Job, Placement
from tests.support.synthetic.story import Story, as_changes, with_repeats
from tests.support.synthetic.truth import EventTruth, Truth

CANARY = "Nachtigallfink"
FORMATS: dict[str, Any] = {
    "borken": borken,
    "coesfeld": coesfeld,
    "muenster": muenster,
    "steinfurt": steinfurt,
    "warendorf": warendorf,
}
EXTRAS = (
    "nul",
    "short",
    "long",
    "unclosed",
    "latin",
    "row twice",
    "same id, other content",
    "same number at another tenant",
    "mended next day",
    "spoilt next day",
    "twisted columns",
    "cut off",
    "many vanished",
    "no rows",
    "empty file",
    "refused file",
    "deltas out of order",
)
SWITCHES = frozenset({*spoil.DEFECTS, *spoil.ODDITIES, *EXTRAS})


def generate(
    folder: Path,
    seed: int,
    days: int = 3,
    rows: int = 60,
    without: Collection[str] = (),
    first: date = date(2026, 11, 22),
) -> Truth:
    """Write deliveries of all five Jobcenters.

    Args:
        folder: gets a folder for each Jobcenter.
        seed: the same seed gives the same files.
        days: how many days in a row, at least one.
        rows: sound jobs of each Jobcenter on the first day.
        without: defects, oddities and events to leave out; their names are SWITCHES.
    """
    unknown = set(without) - SWITCHES
    if unknown:
        raise ValueError(f"no such switch: {', '.join(sorted(unknown))}")
    switches = SWITCHES - set(without)
    dates = [first + timedelta(days=number) for number in range(days)]
    truth = Truth(dates, {})
    truth.forbidden |= {CANARY, "317D900001"}
    for place, (jobcenter, form) in enumerate(FORMATS.items()):
        own = folder / jobcenter
        own.mkdir(parents=True)
        pick = random.Random(seed * 100 + place)
        events = {event: EventTruth() for event in ("vacancy", "measure", "placement")}
        truth.events[jobcenter] = events
        story = Story(pick, jobcenter, dates[-1], rows, _possible(jobcenter, switches), form.SPOILT)
        _vacancies(own, jobcenter, story, events["vacancy"], dates, switches)
        courses = _courses(pick, jobcenter, dates[-1])
        placements = _placements(pick)
        side.write(own, jobcenter, courses, placements)
        events["measure"].full(first, courses)
        events["placement"].full(first, placements, ends=False)
        truth.forbidden |= {one.customer for one in placements}
        _answers(truth, jobcenter, form, events["vacancy"])
    return truth


def _possible(jobcenter: str, switches: Collection[str]) -> set[str]:
    """Without what a format cannot say."""
    return set(switches) - ({"decomposed umlaut"} if jobcenter == "borken" else {"monthly pay"})


def _vacancies(
    own: Path, jobcenter: str, story: Story, truth: EventTruth, dates: list[date], switches: Collection[str]
) -> None:
    before: dict[str, tuple[int, Job]] = {}
    if jobcenter == "steinfurt":
        steinfurt.write_table(own)
    for number, day in enumerate(dates):
        jobs = story.first_day() if number == 0 else story.next_day()
        last, second = number == len(dates) - 1 > 0, number == 1
        twisted = second and "twisted columns" in switches
        if jobcenter == "coesfeld":
            changes = as_changes([_coded(jobcenter, job) for job in jobs], before)
            if "deltas out of order" in switches and number:
                changes += _out_of_order(changes, before, story)
            coesfeld.write(own, day, changes, twisted=twisted)
            if "refused file" in switches and last:
                coesfeld.write_refused(own, day, changes[:3])
            truth.delta(day, changes)
            continue
        complete = True
        if number == 0:
            jobs = with_repeats(jobs, switches)
        if second and jobcenter == "warendorf" and "many vanished" in switches:
            jobs = jobs[: len(jobs) // 2]
        cut = last and "cut off" in switches
        if jobcenter == "borken":
            jobs = borken.write(own, day, jobs, twisted=twisted, cut=cut)
            complete = not cut and not any(job.variant == "unclosed" for job in jobs)
            if cut:
                jobs = [*jobs[:-1], replace(jobs[-1], code="E207")]
        elif jobcenter == "steinfurt":
            jobs = steinfurt.write(own, day, jobs, cut=cut)
            complete = not cut
        elif jobcenter == "warendorf":
            jobs = warendorf.write(own, day, jobs, twisted=twisted)
        else:
            jobs = muenster.write(own, day, [] if last and "no rows" in switches else jobs, CANARY)
        truth.full(day, [_coded(jobcenter, job) for job in jobs], complete=complete)
        if jobcenter == "borken" and number == 0 and "empty file" in switches:
            borken.write_nothing(own, day)
            truth.full(day, [], complete=False)


def _coded(jobcenter: str, job: Job) -> Job:
    """A code a format has for the same defect."""
    if jobcenter == "steinfurt" and job.code == "E110":
        return replace(job, code="E117")
    return job


def _out_of_order(changes: list[Change], before: dict[str, tuple[int, Job]], story: Story) -> list[Change]:
    """Rows sent again, an older version, the same version with other content, an end of what nobody knows."""
    news = [one for one in changes if one.action == "N" and not one.job.code and not one.job.variant]
    ends = [one for one in changes if one.action == "L"]
    known = [
        (version, job) for version, job in before.values() if version > 1 and not job.code and job.title != "ENDED"
    ]
    extra = [*news[:2], *ends[:1]]
    extra += [Change("A", version - 1, replace(job, title="Alter Stand")) for version, job in known[:1]]
    extra += [Change("A", one.version, replace(one.job, title="Widerspruch")) for one in news[2:3]]
    unknown = story.sound()
    return [*extra, Change("L", 1, unknown, "WITHDRAWN")]


def _courses(pick: random.Random, jobcenter: str, today: date) -> list[Course]:
    courses = [content.course(pick, jobcenter, number, today) for number in range(1, 16)]
    small = replace(courses[0], entries=5, exits=4, early=1, employed=2)
    far = replace(courses[1], plz="80331", place="München", ags="")
    spoilt = [
        change(content.course(pick, jobcenter, number, today))
        for number, change in enumerate(spoil.COURSE_DEFECTS.values(), start=30)
    ]
    return [small, far, *courses[2:], *spoilt]


def _placements(pick: random.Random) -> list[Placement]:
    sound = [content.placement(pick, CANARY, number) for number in range(40)]
    spoilt = [change(content.placement(pick, CANARY, 90)) for change in spoil.PLACEMENT_DEFECTS.values()]
    return [*sound, *spoilt, replace(sound[0], surname=f"{CANARY}X")]


def _answers(truth: Truth, jobcenter: str, form: Any, jobs: EventTruth) -> None:
    for key, job in jobs.open.items():
        if job.visibility == "INTERNAL":
            truth.hidden.add(job.title)
            continue
        if job.visibility == "ANONYMOUS":
            truth.hidden.add(job.employer.removesuffix(" GmbH"))
        truth.values[f"{jobcenter}:{key}"] = answer(jobcenter, job) | form.values(job) | _hidden(job)


def answer(jobcenter: str, job: Job) -> dict[str, Any]:
    """What the board says of a job, as far as all formats say it alike."""
    by_place = {(plz, name): ags for plz, name, ags in _all_places()}
    return {
        "title": unicodedata.normalize("NFC", job.title).strip(),
        "description": job.text,
        "kldb2010": job.kldb,
        "employer": job.employer or None,
        "industry": job.wz or None,
        "plz": job.plz,
        "place": job.place,
        "ags": by_place.get((job.plz, job.place)),
        "street": job.street or None,
        "working_time": [job.time],
        "employment_kind": "GERINGFUEGIG_ENTLOHNT" if job.time == "MINIJOB" else "UNKNOWN",
        "weekly_hours": float(job.hours),
        "contract_term": "BEFRISTET" if job.term else "UNBEFRISTET",
        "term_until": job.term and job.term.isoformat(),
        "pay": (Decimal(job.least), Decimal(job.most), "EUR", job.period),
        "openings": job.openings,
        "start": job.start and job.start.isoformat(),  # type: ignore[union-attr]
        "published_from": job.published.isoformat(),
        "published_until": job.until and job.until.isoformat(),  # type: ignore[union-attr]
        "visibility": job.visibility,
        "email": job.email or None,
        "external_references": [],
        "offer_type": "ARBEIT",
        "country": "DE",
        "status": "ACTIVE",
    }


def _all_places() -> list[tuple[str, str, str]]:
    return [place for jobcenter in lists.KREIS for place in lists.places(jobcenter)]


def _hidden(job: Job) -> dict[str, Any]:
    """What everybody may know of an anonymous job."""
    if job.visibility != "ANONYMOUS":
        return {}
    hidden: dict[str, Any] = {"employer": None, "street": None, "email": None, "phone": None}
    if "Heimlich" in job.employer:
        hidden["title"] = job.title.replace("Heimlichbau Klüsener", "[Arbeitgeber]")
        hidden["description"] = job.text.replace("HEIMLICHBAU KLÜSENER GMBH", "[Arbeitgeber]")
    return hidden
