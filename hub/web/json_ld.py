"""A job as schema.org JobPosting, for search engines: the same content a visitor sees, only on the page of one job."""

from __future__ import annotations

import base64
import hashlib
import html
import json
from typing import Any

from markupsafe import Markup

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
        "validThrough": job["published_until"],
        "employmentType": _employment(job),
        "hiringOrganization": {"@type": "Organization", "name": job["employer"]} if job["employer"] else _CONFIDENTIAL,
        "jobLocation": {
            "@type": "Place",
            "address": {
                "@type": "PostalAddress",
                "streetAddress": job["street"],
                "postalCode": job["plz"],
                "addressLocality": job["place"],
                "addressCountry": job["country"],
            },
        },
        "baseSalary": _salary(job["pay"]),
        "occupationalCategory": job["kldb2010"],
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


def as_script(posting: Entry) -> Markup:
    """JSON that cannot leave its script element."""
    text = json.dumps(posting, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)  # noqa: S704 - the signs that matter in HTML were escaped the JSON way


def script_hash(script: str) -> str:
    """What Content-Security-Policy calls exactly this script."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


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
