"""A job as schema.org JobPosting, a measure as Course, for search engines: what visitors see, on its own page only."""

from __future__ import annotations

import base64
import hashlib
import html
import json
from datetime import date, datetime, time
from typing import Any

from markupsafe import Markup

from hub.settings import BERLIN

Entry = dict[str, Any]

_EMPLOYMENT = {"VOLLZEIT": "FULL_TIME", "TEILZEIT": "PART_TIME", "MINIJOB": "PART_TIME"}
_CONFIDENTIAL = "confidential"


def job_posting(job: Entry, address: str, jobcenter: str) -> Entry:
    """The JobPosting. An ANONYMOUS job names no employer."""
    posting: Entry = {
        "@context": "https://schema.org",
        "@type": "JobPosting",
        "title": job["title"],
        "description": _as_html(job["description"] or job["title"]),
        "datePosted": job["published_from"],
        "validThrough": _to_midnight(job["published_until"]),
        "employmentType": _employment(job),
        "hiringOrganization": {"@type": "Organization", "name": job["employer"]} if job["employer"] else _CONFIDENTIAL,
        "jobLocation": {
            "@type": "Place",
            "address": _address(job),
        },
        "baseSalary": _salary(job["pay"]),
        "occupationalCategory": {
            "@type": "CategoryCode",
            "codeValue": job["kldb2010"],
            "name": job["occupation"],
            "inCodeSet": "KldB 2010",
        },
        "totalJobOpenings": job["openings"],
        "jobStartDate": job["start"],
        "identifier": {"@type": "PropertyValue", "name": jobcenter, "value": job["reported_by"][0]["source_id"]},
        "url": address,
        "directApply": False,
    }
    if "HEIM_TELEARBEIT" in job["working_time"]:
        posting["jobLocationType"] = "TELECOMMUTE"
        posting["applicantLocationRequirements"] = {"@type": "Country", "name": job["country"]}
    kept: Entry = _without_nothing(posting)
    return kept


def course(measure: Entry, address: str, jobcenter: str) -> Entry | None:
    """The Course, with its dates as one instance; None: job creation teaches nothing, so it is no course."""
    if measure["theme"] == "BESCHAEFTIGUNG":
        return None
    kind = " ".join(part for part in (measure["instrument_title"], measure["law"] and f"({measure['law']})") if part)
    found: Entry = {
        "@context": "https://schema.org",
        "@type": "Course",
        "name": measure["title"],
        "description": " – ".join(part for part in (measure["title"], kind, measure["provider"]) if part),
        "provider": {"@type": "Organization", "name": measure["provider"]} if measure["provider"] else None,
        "courseCode": measure["measure_number"],
        "identifier": {
            "@type": "PropertyValue", "name": jobcenter, "value": measure["reported_by"][0]["source_id"],
        },
        "url": address,
        "inLanguage": "de",
        "hasCourseInstance": {
            "@type": "CourseInstance",
            "name": measure["title"],
            "startDate": measure["start"],
            "endDate": measure["end"],
            "maximumAttendeeCapacity": measure["seats"],
            "remainingAttendeeCapacity": measure["seats_free"],
            "location": {
                "@type": "Place",
                "address": _address(measure),
            },
        },
    }  # fmt: skip
    kept: Entry = _without_nothing(found)
    return kept


def as_script(posting: Entry) -> Markup:
    """JSON that cannot leave its script element."""
    text = json.dumps(posting, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)  # noqa: S704 - the signs that matter in HTML were escaped the JSON way


def script_hash(script: str) -> str:
    """What Content-Security-Policy calls exactly this script."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def _address(entry: Entry) -> Entry:
    return {
        "@type": "PostalAddress",
        "streetAddress": entry["street"],
        "postalCode": entry["plz"],
        "addressLocality": entry["place"],
        "addressCountry": entry["country"],
    }


def _to_midnight(day: str | None) -> str | None:
    """The last second of a day: a day alone would be read as its beginning, and the job end a day early."""
    return datetime.combine(date.fromisoformat(day), time(23, 59, 59), BERLIN).isoformat() if day else None


def _as_html(text: str) -> str:
    return "".join(f"<p>{html.escape(block).replace(chr(10), '<br>')}</p>" for block in text.split("\n\n"))


def _employment(job: Entry) -> list[str]:
    kinds = [_EMPLOYMENT[time] for time in job["working_time"] if time in _EMPLOYMENT]
    if job["contract_term"] == "BEFRISTET":
        kinds.append("TEMPORARY")
    if job["offer_type"] == "PRAKTIKUM":
        kinds.append("INTERN")
    return list(dict.fromkeys(kinds)) or ["OTHER"]


def _salary(pay: Entry | None) -> Entry | None:
    if not pay or pay["period"] in (None, "UNKNOWN"):
        return None
    return {
        "@type": "MonetaryAmount",
        "currency": pay["currency"],
        "value": {
            "@type": "QuantitativeValue",
            "minValue": pay["min"],
            "maxValue": pay["max"],
            "unitText": pay["period"],
        },
    }


def _without_nothing(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nothing(part) for name, part in value.items() if part is not None}
    return value
