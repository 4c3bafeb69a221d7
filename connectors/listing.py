"""Reads a listing page by page and says honestly whether it is whole."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal, Self
from urllib.parse import urljoin

from pydantic import Field, model_validator

from connectors.contract.row import Broken, Row
from connectors.contract.source import SourceOptions, Wanted
from connectors.errors import Stop
from connectors.http_client import Answer, HttpClient
from connectors.json_items import Unreadable, items_of, parse, row_of, value_at
from connectors.json_paths import Unmapped
from schemas.faults import Wrong

_PARAMETER = r';\s*([^=;,\s]+)\s*=\s*(?:"([^"]*)"|([^;,\s"]*))\s*'
_LINK = re.compile(rf"<([^<>]*)>\s*((?:{_PARAMETER.replace('([^', '(?:[^')})*)")


class Paging(SourceOptions):
    """How one page leads to the next."""

    kind: Literal["none", "page", "cursor", "link"] = "none"
    parameter: str | None = Field(default=None, description="parameter that takes the page number or the cursor")
    first: int = Field(default=1, ge=0, description="number of the first page")
    next: str | None = Field(default=None, description="path to the next cursor, or to the next address")
    pages_max: int = Field(default=1000, ge=1)

    @model_validator(mode="after")
    def _hold_together(self) -> Self:
        if self.kind == "page" and not self.parameter:
            raise Wrong("paging by page needs parameter", de="Seiten nach Nummer brauchen parameter")
        if self.kind == "cursor" and not self.next:
            raise Wrong("paging by cursor needs next", de="Seiten nach Zeiger brauchen next")
        return self


class Shape(SourceOptions):
    """Where a listing is, and how its answers are built."""

    url: str
    items: str = Field(default="", description="path to the list of items; empty: the answer is the list")
    total: str | None = Field(default=None, description="path to the number of all items")
    paging: Paging = Paging()


class Listing:
    """One pass over all pages. Iterated once; what it says about the whole holds afterwards.

    `first` is the answer to the first request, already fetched.
    """

    def __init__(
        self, client: HttpClient, shape: Shape, wanted: Wanted, parameters: Mapping[str, str], first: Answer
    ) -> None:
        self._client, self._url, self._paging, self._wanted = client, shape.url, shape.paging, wanted
        self._items, self._total, self._parameters, self._first = shape.items, shape.total, parameters, first
        self._unmapped = Unmapped(wanted)
        self._keys: set[tuple[Any, ...]] = set()
        self.whole = True
        self.count = 0

    @property
    def unmapped(self) -> list[str]:
        """Paths nobody mapped."""
        return self._unmapped.names()

    def __iter__(self) -> Iterator[Row | Broken]:
        totals: set[str] = set()
        for page in self._pages():
            if self._total is not None:
                totals.add(str(value_at(page, self._total)))
            yield from self._rows(page)
        if self._total is not None and totals != {str(self.count)}:
            # Fewer or more than it says, or it says something else on each page: it changed while it was read.
            self.whole = False

    def _rows(self, page: Any) -> Iterator[Row | Broken]:
        for item in items_of(page, self._items):
            self.count += 1
            self._unmapped.note(item)
            found = row_of(self.count, item, self._wanted)
            values = found.values or {}
            key = tuple(str(values.get(name)) for name in self._wanted.key)
            if isinstance(found, Broken) and not found.bounds_known:
                self.whole = False
            elif key in self._keys:
                self.whole = False  # pages have shifted: what came twice pushed another one out of sight
            self._keys.add(key)
            yield found

    def _pages(self) -> Iterator[Any]:
        paging, answer, url = self._paging, self._first, self._url
        seen: set[str] = set()
        for number in range(paging.pages_max):
            page = parse(answer.body or b"")
            yield page
            parameters = dict(self._parameters)
            if paging.kind == "page":
                if not items_of(page, self._items) or self._has_all(page):
                    return
                parameters[str(paging.parameter)] = str(paging.first + number + 1)
            elif paging.kind != "none":
                following = _next_of(paging, page, answer)
                if not following:
                    return
                if following in seen:
                    raise Unreadable("E409", "a page leads back to itself")
                seen.add(following)
                if paging.kind == "cursor" and paging.parameter:
                    parameters[paging.parameter] = following
                else:
                    url, parameters = urljoin(url, following), {}  # the address of the next page is whole
            else:
                return
            answer = self._client.get(url, parameters)
        raise Unreadable("E409", f"more than {paging.pages_max} pages")

    def _has_all(self, page: Any) -> bool:
        return self._total is not None and str(value_at(page, self._total)) == str(self.count)


def first_parameters(paging: Paging, own: Mapping[str, str]) -> dict[str, str]:
    """Parameters of the first request."""
    number = {str(paging.parameter): str(paging.first)} if paging.kind == "page" else {}
    return {**own, **number}


def _next_of(paging: Paging, page: Any, answer: Answer) -> str | None:
    if paging.kind == "link":
        return next_link(answer.headers.get("link", ""))
    found = value_at(page, str(paging.next))
    if found is None or found == "":
        return None
    if not isinstance(found, (str, int)):
        raise Unreadable("E409", "the next cursor is neither text nor a number")
    return str(found)


def next_link(header: str) -> str | None:
    """Target of the link whose relation is `next` (RFC 8288)."""
    for target, parameters in _LINK.findall(header[:10_000]):
        for name, quoted, bare in re.findall(_PARAMETER, parameters):
            if name.lower() == "rel" and "next" in (quoted or bare).lower().split():
                return str(target)
    return None


def as_stop(error: Unreadable, where: str) -> Stop:
    """What is no listing is not the agreed answer."""
    return Stop("E409", f"{where}: {error.what}")
