"""The map: the region's towns, drawn here, with circles by their number of hits. Off unless the operator wants it.

It asks nobody else for anything and needs no JavaScript. The list beside it says the same in words.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from hub.search.sort import sort_key
from hub.search.towns import by_town, towns
from hub.web.errors import not_found
from hub.web.links import address, chips, chosen
from hub.web.parameters import JobParameters
from hub.web.site import Site, TheSite, page
from hub.web.town_map import WIDTH, draw

router = APIRouter(include_in_schema=False)


def map_address(parameters: JobParameters, site: Site) -> str | None:
    """Address of a search as a map; None if the operator wants none. It shows every place, so it names none."""
    if site.operator is None or not site.operator.map:
        return None
    return address("/karte", chosen(parameters), wo=None, umkreis=None, sort=None, size=None)


@router.get("/karte")
async def towns_of_a_search(request: Request, site: TheSite, parameters: Annotated[JobParameters, Query()]) -> Response:
    """The hits of a search by town, as a drawing and as a list."""
    if map_address(parameters, site) is None:
        raise not_found()
    async with site.board.pool.connection() as connection:
        found = await by_town(connection, parameters.query(), site.board.today())
    search = {name: text for name, text in chosen(parameters).items() if name not in ("wo", "umkreis", "sort")}
    names = [town.name for town in towns()]
    number = site.renderer.number
    html = site.renderer.page(
        "map.html",
        here="/stellen",
        was=parameters.was or "",
        chips=chips(parameters, site.renderer.t, {one: site.renderer.jobcenter(one) for one in parameters.jobcenter}),
        drawing=draw(towns(), found.hits, {n: f"{n} {number(found.hits[n])}" if n in found.hits else n for n in names}),
        width=WIDTH,
        hits={name: found.hits[name] for name in sorted(found.hits, key=sort_key)},
        without=sorted(set(names) - found.hits.keys(), key=sort_key),
        elsewhere=found.elsewhere,
        # The town alone, so that the list has as many as the circle says.
        address_of={name: address("/stellen", search, wo=name, umkreis="0") for name in found.hits},
        list_address=address("/stellen", search),
    )
    return page(request, html, {"X-Robots-Tag": "noindex"})
