"""What the hub needs of a raw record's headers: the delivery it belongs to, and what subscribers get of them.

A connector writes the same names in the same order, record after record. So what is to be done with a list of names
is worked out once and remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple

from hub.steps.batch import Letterhead, RawHeaders
from hub.steps.reject import origin_of
from schemas.envelope import Origin

HEADERS_MAX = 100
HEADER_BYTES_MAX = 16 * 1024

# What a subscriber of a curated topic gets of the raw headers; what else a connector wrote there stays inside.
_PASSED_ON = frozenset(
    {
        "ce_specversion",
        "ce_id",
        "ce_type",
        "ce_source",
        "ce_time",
        "ce_subject",
        "content-type",
        "traceparent",
    }
)
PASSED_ON_BYTES_MAX = 300
_DELIVERY = "jobhub_delivery"
_NAMES_BYTES_MAX = 2_000
_USUAL_MAX = 40  # so many of the longest values and names are still not too large
_UNREADABLE = "\ufffd"  # what schemas/header_names.py puts in place of bytes that are no text
_LAYOUTS_MAX = 1_000

Pick = Callable[[Any], Iterable[tuple[str, bytes]]]


class Layout(NamedTuple):
    """What is to be done with headers of certain names in a certain order."""

    places: list[int]
    """Which of them subscribers get."""
    passed_on: Pick
    delivery: int | None
    """Place of the last header of that name: the one that counts."""
    usual: bool
    """Names that are neither too many nor too long, and all of them text."""


def letterhead(headers: RawHeaders) -> Letterhead | None:
    """Delivery and what is passed on; None if headers are too many, too large or have no readable names (E608)."""
    names, values = zip(*headers, strict=True) if headers else ((), ())
    layout = layout_of(names)
    if not layout.usual or not _short(values):
        return _unusual(headers)
    return letterhead_of(values[layout.delivery] if layout.delivery is not None else None, layout)


def layout_of(names: tuple[str, ...]) -> Layout:
    """What is to be done with headers of these names in this order."""
    return _LAYOUTS.get(names) or _learn(names)


def letterhead_of(delivery: bytes | None, layout: Layout) -> Letterhead:
    """Delivery and what is passed on of headers that are usual and short."""
    return _letterhead(delivery, layout.passed_on)


def letterhead_of_good(headers: RawHeaders) -> Letterhead:
    """The same of a record that may pass: its headers are not too many, for it would have been refused."""
    head = letterhead(headers)
    if head is None:
        raise ValueError("headers of a refused record")
    return head


def _short(values: Sequence[Any]) -> bool:
    """Whether there is a value everywhere, and none that is too long to be passed on."""
    try:
        together = len(b"".join(values))
    except TypeError:
        return False
    # Together short, so each is; otherwise each is looked at.
    return together <= PASSED_ON_BYTES_MAX or max(map(len, values)) <= PASSED_ON_BYTES_MAX


@lru_cache(maxsize=1024)
def _letterhead(delivery: bytes | None, passed_on: Pick) -> Letterhead:
    return Letterhead(Origin(origin_of([(_DELIVERY, delivery)]).delivery), passed_on)


def _unusual(headers: RawHeaders) -> Letterhead | None:
    if len(headers) > HEADERS_MAX or sum(len(n) + len(value or b"") for n, value in headers) > HEADER_BYTES_MAX:
        return None
    if any(_UNREADABLE in name for name, _ in headers):
        return None
    return Letterhead(Origin(origin_of(headers).delivery), _carefully)


def _carefully(headers: RawHeaders) -> list[tuple[str, bytes]]:
    return [
        (name, value)
        for name, value in headers
        if name in _PASSED_ON and value is not None and len(value) <= PASSED_ON_BYTES_MAX
    ]


_LAYOUTS: dict[tuple[str, ...], Layout] = {}


def _learn(names: tuple[str, ...]) -> Layout:
    places = [place for place, name in enumerate(names) if name in _PASSED_ON]
    delivery = max((place for place, name in enumerate(names) if name == _DELIVERY), default=None)
    usual = len(names) <= _USUAL_MAX and sum(map(len, names)) <= _NAMES_BYTES_MAX
    usual = usual and not any(_UNREADABLE in name for name in names)
    layout = Layout(places, _picker(places), delivery, usual)
    if usual:
        if len(_LAYOUTS) >= _LAYOUTS_MAX:
            _LAYOUTS.clear()
        _LAYOUTS[names] = layout
    return layout


def _picker(places: list[int]) -> Pick:
    # Of a single place itemgetter gives the thing itself, not a tuple of it.
    return itemgetter(*places) if len(places) > 1 else lambda headers: tuple(headers[place] for place in places)
