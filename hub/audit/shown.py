"""What the board shows: list, feed, sitemap and pages, asked over HTTP like everybody else, and gently."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import httpx2
from lxml import etree

_SIZE = 100
_DEEPEST = 10_000
_TAG = "vacancy/"
_SAFE = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)


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
    """The fifty newest entries of the list."""
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

    async def look(self, jobcenters: Iterable[str]) -> Shown:
        """Everything the board advertises."""
        shown = Shown()
        for jobcenter in sorted(jobcenters):
            await self._list(jobcenter, shown)
        newest = (await self._get("/api/v1/jobs?size=50&sort=datum")).json()
        shown.newest = [entry["id"] for entry in newest["jobs"]]
        feed = etree.fromstring((await self._get("/stellen.atom")).content, _SAFE)
        ids = feed.findall("{*}entry/{*}id")
        shown.feed = {unquote((one.text or "").partition(_TAG)[2]) for one in ids}
        for part in await self._locations("/sitemap.xml"):
            found = await self._locations(urlsplit(part).path)
            paths = (urlsplit(one).path for one in found)
            shown.sitemap |= {unquote(path.removeprefix("/stellen/")) for path in paths if path.startswith("/stellen/")}
        return shown

    async def advertised(self, key: str) -> dict[str, bool]:
        """Whether a job has a page, and is an answer of the API."""
        path = quote(key, safe=":/")
        asked = {"page": f"/stellen/{path}", "api": f"/api/v1/jobs/{path}"}
        return {place: (await self._get(path, 404, 410)).status_code == 200 for place, path in asked.items()}

    async def _list(self, jobcenter: str, shown: Shown) -> None:
        for number in range(1, _DEEPEST // _SIZE + 1):
            answer = (
                await self._get(f"/api/v1/jobs?jobcenter={jobcenter}&size={_SIZE}&page={number}&sort=datum")
            ).json()
            for entry in answer["jobs"]:
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
