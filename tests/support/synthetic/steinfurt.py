"""Steinfurt: HR-BA-XML in ISO-8859-1, occupations as DKZ numbers with a table beside them."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from datetime import date
from pathlib import Path
from typing import Any

from tests.support.synthetic import lists
from tests.support.synthetic.model import Job
from tests.support.synthetic.written import iso

SPOILT: list[str] = []
_STATUS = {"PUBLIC": "1", "ANONYMOUS": "2", "INTERNAL": "3"}
_PLAN = {"VOLLZEIT": "1", "TEILZEIT": "10", "SCHICHT_NACHT_WOCHENENDE": "4", "MINIJOB": "10"}


def dkz(kldb: str) -> str:
    """Made-up number of an occupation."""
    return str(30_000 + lists.occupations().index(kldb)) if kldb in lists.occupations() else "99999"


def write_table(folder: Path) -> None:
    """The table from DKZ numbers to KldB codes."""
    lines = ["dkz,kldb2010", *(f"{dkz(code)},{code}" for code in lists.occupations())]
    (folder / "dkz_kldb.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def write(folder: Path, day: date, jobs: list[Job], *, cut: bool = False) -> list[Job]:
    """Write a day's list; `cut` ends the file after two thirds of the postings."""
    root = ElementTree.Element("HRBAXMLJobPositionPosting")
    head = ElementTree.SubElement(root, "Header")
    _put(
        head,
        ("SupplierId", "V000012345"),
        ("Timestamp", f"{day}T05:00:00"),
        ("Amount", str(len(jobs))),
        ("TypeOfLoad", "F"),
    )
    data = ElementTree.SubElement(root, "Data")
    for job in jobs:
        _posting(data, job, day)
    raw = ElementTree.tostring(root, encoding="ISO-8859-1", xml_declaration=True)
    keep = len(jobs)
    if cut:
        keep = len(jobs) * 2 // 3
        places = raw.split(b"<JobPositionPosting>")
        raw = b"<JobPositionPosting>".join(places[: keep + 1]) + b"<JobPositionPosting><JobPositionPostingId>189"
    (folder / f"DSV000012345_{day}_05-00-00_F001E.xml").write_bytes(raw)
    return jobs[:keep]


def _posting(data: ElementTree.Element, job: Job, day: date) -> None:
    posting = ElementTree.SubElement(data, "JobPositionPosting")
    _put(posting, ("JobPositionPostingId", job.id))
    firm = ElementTree.SubElement(posting, "HiringOrg")
    _put(firm, ("HiringOrgName", job.employer), ("HiringOrgId", job.betriebsnummer), ("Industry/NAICS", job.wz))
    _put(
        firm,
        *(
            (f"Contact/PostalAddress/{name}", text)
            for name, text in (
                ("CountryCode", "DE"),
                ("PostalCode", job.plz),
                ("Region", "10"),
                ("Municipality", job.place),
                ("StreetName", job.street),
            )
        ),
    )
    _put(firm, ("Contact/EMail", job.email))
    detail = ElementTree.SubElement(posting, "PostDetail")
    _put(detail, ("StartDate", iso(job.published)))
    if job.until or job.number % 2:
        _put(detail, ("EndDate", iso(job.until, "9999-12-31")))
    _put(detail, ("LastModificationDate", f"{day}T05:00:00+01:00"), ("Status", _STATUS.get(job.visibility, "8")))
    _put(detail, ("Action", "1"), ("SupplierId", "V000012345"))
    info = ElementTree.SubElement(posting, "JobPositionInformation")
    _put(info, ("JobPositionTitle/TitleCode", dkz(job.kldb)), ("JobPositionTitleDescription", job.title))
    _put(
        info, ("JobOfferType", "1"), ("SocialInsurance", "0" if job.time == "MINIJOB" else "1"), ("Objective", job.text)
    )
    what = ElementTree.SubElement(info, "JobPositionDescription")
    for name, text in (("CountryCode", "DE"), ("PostalCode", job.plz), ("Municipality", job.place)):
        _put(what, (f"JobPositionLocation/Location/{name}", text))
    _put(what, ("Application/KindOfApplication", "3"), ("MiniJob", "1" if job.time == "MINIJOB" else "0"))
    _put(
        what,
        ("Classification/Schedule/HoursPerWeek", f"{job.hours}"),
        ("Classification/Schedule/WorkingPlan", _PLAN[job.time]),
    )
    _put(what, ("Classification/Duration/TemporaryOrRegular", "1" if job.term else "2"))
    if job.term:
        _put(what, ("Classification/Duration/TermDate", iso(job.term)))
    _put(what, ("CompensationDescription/Salary", f"{job.least} - {job.most} EUR/Std"))
    _put(posting, ("NumberToFill", str(job.openings)))
    if job.start or job.number % 2:
        _put(posting, ("AssignmentStartDate", iso(job.start, "9999-12-31")))


def _put(parent: ElementTree.Element, *leaves: tuple[str, str]) -> None:
    for path, text in leaves:
        *branch, name = path.split("/")
        holder = parent
        for part in branch:
            found = holder.find(part)
            holder = ElementTree.SubElement(holder, part) if found is None else found
        ElementTree.SubElement(holder, name).text = text


def values(job: Job) -> dict[str, Any]:
    """What only this format says of a job."""
    mini = job.time == "MINIJOB"
    return {
        "working_time": ["TEILZEIT", "MINIJOB"] if mini else [job.time],
        "employment_kind": "GERINGFUEGIG_ENTLOHNT" if mini else "SVPFLICHTIG",
        "phone": None,
        "external_references": [] if job.visibility == "ANONYMOUS" else [{"system": "BA", "id": job.id}],
    }
