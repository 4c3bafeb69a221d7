"""Templates in one language, and what they know of the request they answer."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from hub.search.places import ATTRIBUTION
from hub.web import freshness, writing
from hub.web.board_file import Operator
from hub.web.clean import safe_link
from hub.web.languages import address_in, links_in
from hub.web.texts import Language, Translate

STATIC = Path(__file__).with_name("static")
_OTHER: dict[Language, Language] = {"de": "en", "en": "de"}


@cache
def static_address(name: str) -> str:
    """Address of a static file; it names the content, so it may be kept for ever."""
    return f"/static/{name}?v={hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]}"


@dataclass(frozen=True, slots=True)
class Visit:
    """What a page knows of its visitor: which address was asked, on which day. Nothing else, and nothing is kept.

    `path` and `query` are those of the German page, as they stand in an address.
    """

    path: str = "/"
    query: str = ""
    base: str = ""
    today: date = date.min
    confirmed: Mapping[str, datetime] = field(default_factory=dict)

    def address(self, language: Language) -> str:
        """The same page in a language, as a path."""
        return address_in(language, self.path) + (f"?{self.query}" if self.query else "")


class Renderer:
    """Templates in one language."""

    def __init__(
        self, jobcenters: Mapping[str, str], language: Language = "de", operator: Operator | None = None
    ) -> None:
        t = Translate(language)
        self.t, self.language, self.operator = t, language, operator
        self._jobcenters = jobcenters
        self._visit = Visit()
        self._environment = Environment(
            loader=PackageLoader("hub.web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals |= {
            "t": t, "lang": language, "other_lang": _OTHER[language], "static": static_address,
            "attribution": ATTRIBUTION, "here": None, "operator": operator,
            "is_new": freshness.is_new,
            "ends_soon": lambda job, today: freshness.ends_soon(job, today, t),
            "confirmed": lambda job, visit: freshness.confirmed(job, visit.confirmed, visit.today, t),
        }  # fmt: skip
        self._environment.filters |= {
            "day": lambda value: writing.day(value, language),
            "number": self.number,
            "km": lambda value: writing.km(value, language),
            "german": lambda text: writing.in_german(text, language),
            "tel": writing.telephone,
            "mail": writing.mailbox,
            "safe_link": safe_link,
            "place": writing.place,
            "jobcenter": self.jobcenter,
            "employer": lambda job: writing.employer(job, t),
            "reporters": self.reporters,
            "facts": lambda job: writing.job_facts(job, t),
            "measure_facts": self._measure_facts,
        }

    def seen_by(self, visit: Visit) -> Renderer:
        """The same templates, for one request."""
        renderer = copy.copy(self)
        renderer._visit = visit
        return renderer

    def jobcenter(self, jobcenter: str) -> str:
        """Name of a participant."""
        return self._jobcenters.get(jobcenter, jobcenter.capitalize())

    def reporters(self, job: dict[str, Any]) -> str:
        """Jobcenter Kreis Coesfeld, auch gemeldet von Jobcenter Kreis Borken. Each once, however often it reported."""
        first, *others = dict.fromkeys(self.jobcenter(one["jobcenter"]) for one in job["reported_by"])
        return f"{first}, {self.t('also_reported_by')} {', '.join(others)}" if others else first

    def number(self, value: int) -> str:
        """1.234, or 1,234."""
        return writing.number(value, self.language)

    def _measure_facts(self, measure: dict[str, Any]) -> list[str]:
        kind, *others = writing.measure_facts(measure, self.t)
        return [writing.in_german(kind, self.language), *others]

    def page(self, template: str, **values: Any) -> str:
        """A page."""
        html = self._environment.get_template(template).render(visit=self._visit, **values)
        return links_in(self.language, html)

    def prose(self, template: str, **values: Any) -> str:
        """A page of long text; each language has a template of its own."""
        return self.page(f"{self.language}/{template}", **values)
