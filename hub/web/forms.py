"""What a browser sends with a form, within limits."""

from __future__ import annotations

from urllib.parse import parse_qs

from fastapi import Request
from starlette.responses import HTMLResponse

from hub.web.errors import Trouble

BYTES_MAX = 300_000
"""A description of 20,000 letters, each coded with up to twelve bytes, and the other fields."""
_FIELDS_MAX = 100
_TEXT_MAX = 25_000

PRIVATE = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}

Answers = dict[str, list[str]]


class Told(dict[str, str]):
    """What is told beside each field; nothing beside those without a fault."""

    def __missing__(self, name: str) -> str:
        return ""


async def read_form(request: Request) -> Answers:
    """The fields of a form.

    Raises:
        Trouble: it is too large, has too many fields, or is none.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise _refused(415)
    body = bytearray()
    async for block in request.stream():
        body += block
        if len(body) > BYTES_MAX:
            raise _refused(413)
    try:
        fields = parse_qs(body.decode("ascii"), keep_blank_values=True, max_num_fields=_FIELDS_MAX, errors="strict")
    except ValueError:
        raise _refused(422) from None
    if any(len(value) > _TEXT_MAX for values in fields.values() for value in values):
        raise _refused(413)
    return fields


def value(answers: Answers, name: str) -> str:
    """The first value of a field, empty if there is none."""
    return next(iter(answers.get(name, [])), "")


def whole(answers: Answers, name: str) -> int:
    """A number that a page of ours wrote into its form.

    Raises:
        Trouble: somebody changed it.
    """
    text = value(answers, name)
    if not (text.isascii() and text.isdigit() and len(text) < 15):
        raise _refused(422)
    return int(text)


def private_page(html: str, status: int = 200, headers: dict[str, str] | None = None) -> HTMLResponse:
    """A page that nobody may keep and no search engine may list."""
    return HTMLResponse(html, status, {**PRIVATE, **(headers or {})})


def _refused(status: int) -> Trouble:
    return Trouble(
        status,
        "form-not-readable",
        "Das Formular kam nicht so an, wie wir es lesen können. Sind die Texte zu lang?",
        "The form could not be read. Are its texts too long?",
    )
