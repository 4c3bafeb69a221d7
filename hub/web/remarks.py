"""Something is wrong with a job ("Fehler melden"): a form without JavaScript, and an event for that Jobcenter.

Nothing about the sender is stored, and a text that looks like personal data is refused before it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from hub.web import entries
from hub.web.entries import Row, path_of
from hub.web.errors import Trouble, ended, not_found
from hub.web.links import address
from hub.web.mailbag import Away, Mailbag
from hub.web.site import Site, TheSite, page
from schemas.leak_guard import leak_in

REASONS = ("FILLED", "WRONG_PLACE", "WRONG_PAY", "DEAD_CONTACT", "DISCRIMINATING", "OTHER")
"""What can be wrong, in the order of the form; the symbols of schemas/remark."""

LETTERS_MOST = 300
_PATH = "/fehler-melden"
_BYTES_MOST = 10_000

_MAIL = re.compile(r"[^\s@]@[^\s@]")
# Begins as telephone numbers do; "2.400 bis 2.800 Euro" does not.
_TELEPHONE = re.compile(r"(?<![0-9.,])(?:\+|0)[0-9](?:[ ()/.-]{0,2}[0-9]){5,}")
_NOT_PRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Draft:
    """What was filled in. `fault` names the text that says what is wrong with it."""

    reason: str = ""
    text: str = ""
    fault: str | None = None


@router.get(_PATH)
async def form(
    request: Request, site: TheSite, stelle: Annotated[str, Query(max_length=200)], gesendet: bool = False
) -> Response:
    """The form, or thanks after it was sent."""
    job = await _job(site, stelle)
    return _page(request, site, job, Draft(), sent=gesendet)


@router.post(_PATH)
async def send(request: Request, site: TheSite, stelle: Annotated[str, Query(max_length=200)]) -> Response:
    """Take a remark; afterwards the browser is sent on, so that reloading does not send it again."""
    job = await _job(site, stelle)
    draft = draft_of(await _body(request))
    mailbag: Mailbag | None = request.app.state.mailbag
    if draft.fault or mailbag is None:
        return _page(request, site, job, draft, status=422 if draft.fault else 503)
    try:
        await mailbag.put(job["jobcenter"], remark_of(job, draft))
    except Away:
        return _page(request, site, job, Draft(draft.reason, draft.text, "remark_away"), status=503)
    return RedirectResponse(address(_PATH, {"stelle": stelle, "gesendet": "1"}), 303)


def draft_of(body: str) -> Draft:
    """The form as it was filled in, judged."""
    try:
        fields = parse_qs(body, max_num_fields=10)
    except ValueError:
        return Draft(fault="remark_reason_missing")
    reason = fields.get("grund", [""])[0]
    text = _NOT_PRINTABLE.sub("", fields.get("text", [""])[0].replace("\r\n", "\n")).strip()
    if reason not in REASONS:
        return Draft("", text, "remark_reason_missing")
    if len(text) > LETTERS_MOST:
        return Draft(reason, text, "remark_too_long")
    return Draft(reason, text, "remark_personal" if is_personal(text) else None)


def is_personal(text: str) -> bool:
    """Whether a text holds a client's number (schemas/leak_guard.py), an address for mail or a telephone number."""
    return leak_in(text) is not None or bool(_MAIL.search(text) or _TELEPHONE.search(text))


def remark_of(job: Row, draft: Draft) -> dict[str, Any]:
    """The event of schemas/remark."""
    return {
        **{name: job[name] for name in ("jobcenter", "source_id", "epoch", "version")},
        "reason": draft.reason,
        "text": draft.text or None,
        "made_at": datetime.now(UTC),
    }


async def _job(site: Site, entity: str) -> Row:
    row = await site.board.job(entity)
    if row is None:
        raise not_found("Diese Stelle", "This job")
    if site.board.job_is_over(row):
        raise ended("Diese Stelle", "This job")
    return row


async def _body(request: Request) -> str:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _BYTES_MOST:
            raise Trouble(413, "too-large", "Das ist mehr, als das Formular fasst.", "More than the form can hold.")
    return body.decode(errors="replace")


def _page(request: Request, site: Site, job: Row, draft: Draft, *, sent: bool = False, status: int = 200) -> Response:
    html = site.renderer.page(
        "remark.html",
        here="/stellen",
        job=entries.job_entry(job),
        reasons=REASONS,
        draft=draft,
        sent=sent,
        letters=LETTERS_MOST,
        action=address(_PATH, {"stelle": job["entity"]}),
        possible=request.app.state.mailbag is not None,
        reporter=site.renderer.jobcenter(job["jobcenter"]),
        contact=site.contacts.get(job["jobcenter"]),
        job_address=f"/stellen/{path_of(job['entity'])}",
    )
    if status == 200:
        return page(request, html)
    return Response(html, status, {"Cache-Control": "no-store"}, "text/html; charset=utf-8")
