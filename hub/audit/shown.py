"""What the board shows: list, feed, sitemap and pages, asked over HTTP like everybody else, and gently."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import httpx2
from icalendar import Calendar
from lxml import etree

from hub.audit.topic import Audited

_SIZE = 100
_DEEPEST = 10_000
_ENGLISH = "/en"
_SCRIPT = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.S)
_SAFE = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a kind of event is shown.

    Args:
        api: list in JSON, and under it one entry each; `entries` is the list's name in the answer.
        pages: page of an entry, under this.
        feed: the newest of them, or all, each with an id that ends with the key after `tag`.
        newest: the list whose entries the feed has.
    """

    api: str
    entries: str
    pages: str
    feed: str
    tag: str
    newest: str


ADDRESSES: Mapping[Audited, Addresses] = {
    "vacancy": Addresses(
        "/api/v1/jobs", "jobs", "/stellen/", "/stellen.atom", "vacancy/", "/api/v1/jobs?size=50&sort=datum"
    ),
    "measure": Addresses(
        "/api/v1/measures", "measures", "/massnahmen/", "/massnahmen.ics", "measure/", "/api/v1/measures?size=50"
    ),
}


class BoardAway(Exception):
    """The board does not answer as a board does. Says what was asked and what came."""


@dataclass(slots=True)
class Shown:
    """Keys by the place that shows them."""

    listed: set[str] = field(default_factory=set)
    """Keys that have an entry of their own in the list."""
    covered: set[str] = field(default_factory=set)
    """These, and the keys of those whose job is told by the entry of another one."""
    newest: list[str] = field(default_factory=list)
    """Entries of the list that the feed has to hold."""
    too_many: set[str] = field(default_factory=set)
    """Jobcenters whose list is longer than one can page to; nothing can be said to be missing there."""
    feed: set[str] = field(default_factory=set)
    sitemap: set[str] = field(default_factory=set)


class Visitor:
    """Asks one thing after the other, with a pause before each. For `async with`."""

    def __init__(self, web: str, per_second: float) -> None:
        self._pause = 1 / per_second
        self._client = httpx2.AsyncClient(base_url=web.rstrip("/"), timeout=10, trust_env=False)

    async def __aenter__(self) -> Visitor:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def look(self, event: Audited, jobcenters: Iterable[str]) -> Shown:
        """Everything of one kind that the board advertises."""
        shown, at = Shown(), ADDRESSES[event]
        for jobcenter in sorted(jobcenters):
            await self._list(at, jobcenter, shown)
        newest = (await self._get(at.newest)).json()
        shown.newest = [entry["id"] for entry in newest[at.entries]]
        ids = _ids_of_feed((await self._get(at.feed)).content)
        shown.feed = {unquote(one.partition(at.tag)[2].partition("@")[0]) for one in ids}
        for part in await self._locations("/sitemap.xml"):
            found = await self._locations(urlsplit(part).path)
            paths = (urlsplit(one).path.removeprefix(_ENGLISH) for one in found)
            shown.sitemap |= {unquote(path.removeprefix(at.pages)) for path in paths if path.startswith(at.pages)}
        return shown

    async def advertised(self, event: Audited, key: str) -> dict[str, bool]:
        """Whether an entry has a page, is told to search engines there, and is an answer of the API."""
        path, at = quote(key, safe=":/"), ADDRESSES[event]
        page = await self._get(f"{at.pages}{path}", 404, 410)
        api = await self._get(f"{at.api}/{path}", 404, 410)
        return {
            "page": page.status_code == 200,
            "json_ld": key.partition(":")[2] in _identifiers(page.text),
            "api": api.status_code == 200,
        }

    async def _list(self, at: Addresses, jobcenter: str, shown: Shown) -> None:
        for number in range(1, _DEEPEST // _SIZE + 1):
            asked = f"{at.api}?jobcenter={jobcenter}&size={_SIZE}&page={number}&sort=datum"
            answer = (await self._get(asked)).json()
            for entry in answer[at.entries]:
                shown.listed.add(entry["id"])
                shown.covered |= {entry["id"], *(_key(report) for report in entry["reported_by"])}
            if number * _SIZE >= answer["total"]:
                return
        shown.too_many.add(jobcenter)

    async def _locations(self, path: str) -> list[str]:
        document = etree.fromstring((await self._get(path)).content, _SAFE)
        return [one.text or "" for one in document.findall("{*}sitemap/{*}loc") + document.findall("{*}url/{*}loc")]

    async def _get(self, path: str, *expected: int) -> httpx2.Response:
        await asyncio.sleep(self._pause)
        try:
            answer = await self._client.get(path)
        except httpx2.HTTPError as error:
            raise BoardAway(f"{path}: {type(error).__name__}") from error
        if answer.status_code not in (200, *expected):
            raise BoardAway(f"{path}: {answer.status_code}")
        return answer


def _key(report: dict[str, Any]) -> str:
    return f"{report['jobcenter']}:{report['source_id']}"


def _ids_of_feed(content: bytes) -> list[str]:
    """Ids of the entries of an Atom feed or of a calendar."""
    if content.startswith(b"BEGIN:VCALENDAR"):
        return [str(one["uid"]) for one in Calendar.from_ical(content).walk("VEVENT")]
    return [one.text or "" for one in etree.fromstring(content, _SAFE).findall("{*}entry/{*}id")]


def _identifiers(html: str) -> set[str]:
    """What the data for search engines on a page call the thing they tell of."""
    blocks = (json.loads(found) for found in _SCRIPT.findall(html))
    return {str(block["identifier"]["value"]) for block in blocks if "identifier" in block}
