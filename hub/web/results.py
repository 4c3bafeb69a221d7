"""What the page of results shows: hits, filters with counts, chips, pages, and help when there is nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hub.search.counts import Facets
from hub.search.fields import field_name
from hub.search.jobs import Found
from hub.search.places import similar_places
from hub.search.query import CONTRACT_TERM, DEFAULT_RADIUS_KM, OFFER_TYPE, RADII, WORKING_TIME, JobQuery
from hub.web import entries
from hub.web.links import FILTERS, OTHERS, address, chips, chosen, courses, page_numbers
from hub.web.parameters import DEEPEST, JobParameters
from hub.web.queries import Board
from hub.web.render import Renderer
from hub.web.texts import LABELS
from hub.web.ways import Way, WaysOut, ways_out
from hub.web.writing import number
from schemas.codelists import municipalities

_SINCE_DAYS = (1, 7, 14, 28)
_PATH = "/stellen"
_FIELDS_SHOWN = 8


def form(parameters: JobParameters) -> dict[str, Any]:
    """What the search form needs."""
    return {
        "chosen": _Chosen(chosen(parameters)),
        "radii": RADII,
        "default_radius": DEFAULT_RADIUS_KM,
        "towns": sorted(municipalities().values()),
    }


async def results(board: Board, parameters: JobParameters, renderer: Renderer) -> dict[str, Any]:
    """Everything the page of results needs."""
    t, query, values = renderer.t, parameters.query(), chosen(parameters)
    unknown = parameters.wo if parameters.place_unknown else None
    found = Found(0, [], _no_facets()) if unknown else await board.find(query)
    reachable = min(found.total, DEEPEST)
    last_page = max(1, -(-reachable // query.size))
    helpful = not unknown and (found.partly or not found.total)
    removable = dict.fromkeys((*FILTERS, *OTHERS))
    return {
        **form(parameters),
        "heading": _heading(found.total, query, renderer),
        "jobs": [entries.job_entry(row) for row in found.jobs],
        "facets": found.facets,
        "fields": _fields(found.facets["berufsfeld"], parameters.berufsfeld),
        "fuzzy": found.fuzzy,
        "meant": found.meant,
        "partly": found.partly,
        "courses": courses(parameters),
        "labels": LABELS,
        "selected": {**{name: getattr(parameters, name) for name in FILTERS}, "since": parameters.veroeffentlichtseit},
        "filters_open": True,
        "since_days": _days(parameters.veroeffentlichtseit),
        "orders": ["relevanz", "datum", *(["entfernung"] if query.place else [])],
        "order": query.order,
        "chips": chips(parameters, t, {one: renderer.jobcenter(one) for one in parameters.jobcenter}),
        "without_filters": address(_PATH, values, **removable),
        "unknown_place": unknown,
        "similar": [Way(town, address(_PATH, values, wo=town), 0) for town in similar_places(unknown or "")],
        "out": await ways_out(board, parameters, query, t) if helpful else WaysOut(),
        "page": query.page,
        "last_page": last_page,
        "pages": page_numbers(query.page, last_page) if query.page <= last_page else [],
        "page_address": lambda number: address(_PATH, values, page=str(number)),
    }


def _heading(total: int, query: JobQuery, renderer: Renderer) -> str:
    t = renderer.t
    text = f"{number(total, t.language)} {t('hits_one' if total == 1 else 'hits_many')}"
    if query.place:
        where = t("around") if query.radius_km else t("within")
        text += " " + where.format(km=query.radius_km, place=query.place.name)
    return text


def _fields(counts: Mapping[str, int], selected: Sequence[str]) -> list[tuple[str, str, int]]:
    """Code, name and hits of the occupational fields: the chosen ones and those with the most hits."""
    most = sorted((code for code in counts if counts[code]), key=lambda code: -counts[code])[:_FIELDS_SHOWN]
    return [(code, field_name(code), counts.get(code, 0)) for code in dict.fromkeys((*selected, *most))]


def _days(chosen_days: int | None) -> list[int]:
    return sorted({*_SINCE_DAYS, *([] if chosen_days is None else [chosen_days])})


def _no_facets() -> Facets:
    return {
        "arbeitszeit": dict.fromkeys(WORKING_TIME, 0),
        "befristung": dict.fromkeys(CONTRACT_TERM, 0),
        "angebotsart": dict.fromkeys(OFFER_TYPE, 0),
        "jobcenter": {},
        "zeitarbeit": {"true": 0, "false": 0},
        "berufsfeld": {},
        "quereinstieg": {"true": 0},
    }


class _Chosen(dict[str, str]):
    """The parameters that are set; a template may ask for one that is not."""

    def __missing__(self, name: str) -> str:
        return ""
