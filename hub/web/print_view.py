"""Jobs on paper: one sheet each, with a QR code, for a conversation over the desk or the fridge door."""

from __future__ import annotations

from typing import Annotated

import segno
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from hub.web import entries
from hub.web.clean import paragraphs
from hub.web.facts import main_facts
from hub.web.queries import Row
from hub.web.site import Site, TheSite, page

router = APIRouter(include_in_schema=False)

SHEETS = 20
"""Jobs one address can print; a longer watch list is printed in several parts."""
_LETTERS = 1800
"""Of a description, so that a sheet stays one page; the rest stands behind the QR code."""


class PrintParameters(BaseModel):
    """Which jobs to print."""

    model_config = ConfigDict(extra="ignore")

    stelle: Annotated[list[Annotated[str, Field(min_length=1, max_length=300)]], Field(max_length=SHEETS)] = []


@router.get("/druck")
async def sheets(request: Request, site: TheSite, parameters: Annotated[PrintParameters, Query()]) -> Response:
    """One sheet for each job that is still open; the others are named above them."""
    asked = list(dict.fromkeys(parameters.stelle))
    rows = dict(zip(asked, await site.board.jobs(asked), strict=True))
    current = {entity: row for entity, row in rows.items() if row is not None and not site.board.job_is_over(row)}
    html = site.renderer.page(
        "print.html",
        sheets=[_sheet(row, site) for row in current.values()],
        over=[entity for entity in asked if entity not in current],
        today=site.board.today(),
    )
    return page(request, html, {"X-Robots-Tag": "noindex"})


def _sheet(row: Row, site: Site) -> dict[str, object]:
    detail = entries.job_detail(row)
    address = site.visit.base + detail["links"]["html"]
    blocks, shortened = _shortened(paragraphs(row["description"]))
    operator = site.operator
    return {
        "job": detail,
        "facts": main_facts(detail, site),
        "paragraphs": blocks,
        "shortened": shortened,
        "address": address,
        "qr": segno.make(address, error="m", micro=False).svg_data_uri(scale=4, border=2, light="white"),
        "employer_service": operator.employer_services.get(row["jobcenter"]) if operator else None,
    }


def _shortened(blocks: list[list[str]]) -> tuple[list[list[str]], bool]:
    """Whole paragraphs as far as a sheet has room; the first one is cut if it alone is too long."""
    kept: list[list[str]] = []
    left = _LETTERS
    for block in blocks:
        left -= sum(len(line) + 1 for line in block)
        if left < 0:
            if not kept:
                kept = [["\n".join(block)[:_LETTERS].rstrip() + " …"]]
            return kept, True
        kept.append(block)
    return kept, False
