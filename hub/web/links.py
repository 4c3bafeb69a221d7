"""Addresses of searches: everything a visitor chose is in the address, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from hub.search.fields import field_name
from hub.web.parameters import JobParameters, Paging
from hub.web.texts import LABELS, Translate
from hub.web.writing import in_german

FILTERS = ("berufsfeld", "arbeitszeit", "befristung", "angebotsart", "jobcenter")
OTHERS = ("quereinstieg", "veroeffentlichtseit", "zeitarbeit", "arbeitgeber")
"""Filters with one value each."""


@dataclass(frozen=True, slots=True)
class Chip:
    """A chosen filter and the address without it."""

    label: str
    address: str


def chosen(parameters: Paging) -> dict[str, str]:
    """What is set, as the address has it; several codes are joined by ";" as at the BA."""
    values: dict[str, Any] = parameters.model_dump(exclude_none=True)
    texts: dict[str, str] = {}
    for name, value in values.items():
        if isinstance(value, bool):
            texts[name] = str(value).lower()
        elif isinstance(value, list):
            texts[name] = ";".join(value)
        else:
            texts[name] = str(value)
    return {name: text for name, text in texts.items() if text}


def address(path: str, values: Mapping[str, str], **changes: str | None) -> str:
    """Address with something changed (None leaves it out); begins again at page 1 unless a page is given."""
    wanted: dict[str, str | None] = {**values, "page": None, **changes}
    pairs = [(name, value) for name, value in wanted.items() if value not in (None, "")]
    return f"{path}?{urlencode(pairs, safe=';')}" if pairs else path


def chips(parameters: JobParameters, t: Translate, jobcenters: Mapping[str, str]) -> list[Chip]:
    """The filters that are set, each with a way to take it away."""
    values, found = chosen(parameters), []
    for name in FILTERS:
        codes: list[str] = getattr(parameters, name)
        for code in codes:
            rest = ";".join(other for other in codes if other != code)
            found.append(Chip(_label(name, code, t, jobcenters), address("/stellen", values, **{name: rest})))
    said = {
        "quereinstieg": t("quereinstieg") if parameters.quereinstieg else None,
        "veroeffentlichtseit": t("since").format(days=parameters.veroeffentlichtseit)
        if parameters.veroeffentlichtseit is not None
        else None,
        "zeitarbeit": t("no_agency") if parameters.zeitarbeit is False else None,
        "arbeitgeber": f"{t('employer')}: {parameters.arbeitgeber}" if parameters.arbeitgeber else None,
    }
    found += [Chip(label, address("/stellen", values, **{name: None})) for name, label in said.items() if label]
    return found


def courses(parameters: JobParameters, path: str = "/massnahmen") -> str:
    """Address of the courses for the same words and the same place."""
    kept = {name: text for name, text in chosen(parameters).items() if name in ("was", "wo", "jobcenter", "size")}
    return address(path, kept)


def _label(name: str, code: str, t: Translate, jobcenters: Mapping[str, str]) -> str:
    if name == "berufsfeld":
        return in_german(field_name(code), t.language)
    return jobcenters.get(code, code) if name == "jobcenter" else t(LABELS[name][code])


def page_numbers(page: int, last: int) -> list[int | None]:
    """First, last and the pages around this one; None stands for a gap."""
    near = sorted({1, last, *range(max(1, page - 1), min(last, page + 1) + 1)})
    numbers: list[int | None] = []
    for number in near:
        if numbers and numbers[-1] is not None and number - numbers[-1] > 1:
            numbers.append(None)
        numbers.append(number)
    return numbers
