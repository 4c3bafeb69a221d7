"""Report a barrier: a form that needs no JavaScript and no account. What is written is sent on and not kept."""

from __future__ import annotations

import asyncio
from typing import Annotated

import structlog
from fastapi import APIRouter, Form, Query, Request
from starlette.responses import HTMLResponse, Response

from hub.mail import NOT_TAKEN, Letter
from hub.web.site import Site, TheSite, page
from hub.web.writing import mailbox

router = APIRouter(include_in_schema=False)

_LONGEST = 4000
_LONGEST_ADDRESS = 254


@router.get("/barriere-melden")
async def barrier_form(request: Request, site: TheSite, seite: Annotated[str, Query(max_length=500)] = "") -> Response:
    """The form, or the address to write to where no mail server is set up."""
    return page(request, _page(site, where=seite if seite.startswith("/") else ""), {"X-Robots-Tag": "noindex"})


@router.post("/barriere-melden")
async def report_barrier(
    site: TheSite,
    text: Annotated[str, Form()] = "",
    where: Annotated[str, Form()] = "",
    reply_to: Annotated[str, Form()] = "",
    website: Annotated[str, Form()] = "",
) -> Response:
    """Send it on. `website` is a field people do not see; whoever fills it in is a machine and gets thanks only."""
    operator = site.operator
    if operator is None or site.send_mail is None:
        return HTMLResponse(_page(site), 404)
    faults = _faults(text, reply_to)
    if faults or len(where) > _LONGEST:
        return HTMLResponse(_page(site, text=text, where=where, reply_to=reply_to, faults=faults), 422)
    letter = Letter(
        operator.accessibility.email,
        "Barriere auf der Jobbörse gemeldet",
        f"Seite: {where.strip() or 'nicht angegeben'}\n\n{text.strip()}\n",
        reply_to.strip() or None,
    )
    if not website:
        try:
            await asyncio.to_thread(site.send_mail, letter)
        except NOT_TAKEN as error:
            # Neither the text nor the writer's address may stand in a log.
            structlog.get_logger("hub.web").error("a report of a barrier was not sent", error=type(error).__name__)
            return HTMLResponse(
                _page(site, text=text, where=where, reply_to=reply_to, faults={"form": "barrier_not_sent"}), 503
            )
    return HTMLResponse(_page(site, sent=True), headers={"Cache-Control": "no-store"})


def _faults(text: str, reply_to: str) -> dict[str, str]:
    """Name of a field -> name of the text that says what is wrong with it."""
    faults = {}
    if not text.strip():
        faults["text"] = "barrier_text_missing"
    elif len(text) > _LONGEST:
        faults["text"] = "barrier_text_long"
    if reply_to.strip() and (len(reply_to) > _LONGEST_ADDRESS or mailbox(reply_to) is None):
        faults["reply_to"] = "barrier_reply_wrong"
    return faults


def _page(
    site: Site,
    *,
    text: str = "",
    where: str = "",
    reply_to: str = "",
    faults: dict[str, str] | None = None,
    sent: bool = False,
) -> str:
    return site.renderer.page(
        "barrier.html",
        here="/barrierefreiheit",
        text=text,
        where=where,
        reply_to=reply_to,
        faults={"form": "", "text": "", "reply_to": "", **(faults or {})},
        faulty=bool(faults),
        sent=sent,
        can_send=site.send_mail is not None and site.operator is not None,
        longest=_LONGEST,
    )
