"""Headers read side by side say what each record's headers say alone."""

from __future__ import annotations

import random
from typing import Any

import pytest

from hub.fast import heads as module
from hub.fast.heads import Heads, read_heads
from hub.fast.walk import Walk
from hub.steps.headers import Layout, letterhead
from schemas.wire import Headers, header, wire_headers
from tests.support.raw import headers_of

USUAL = headers_of("vacancy", "borken:1", "d/1", file="stellen.csv", line=7)


def _changed(chance: random.Random) -> Headers:
    """Headers as usual, or with a value, a name or the number of them changed."""
    headers, place = list(USUAL), chance.randrange(len(USUAL))
    name, value = headers[place]
    headers[place] = chance.choice(
        [
            (name, value),
            (name, value + b"x"),
            (name, b""),
            (name, b"z" * 300),
            (name, b"z" * 301),
            (name, None),
            (name[:-1], value),
            (name[:-1] + "z", value),
            (name[:-1] + "\ufffd", value),
            ("jobhub_delivery", b"d/2"),
        ]
    )
    return chance.choice([headers, headers, headers, headers[:-1], [*headers, ("x", b"y")], headers * 9, []])


def _alone(all_headers: list[Headers]) -> Heads:
    found = Heads([None] * len(all_headers), [0] * len(all_headers), [b""] * len(all_headers))
    for place, headers in enumerate(all_headers):
        if (head := letterhead(headers)) is not None:
            passed_on = [header(one) for one in head.passed_on(headers)]
            found.letterheads[place], found.counts[place] = head, len(passed_on)
            found.passed_on[place] = b"".join(passed_on)
    return found


def _told(heads: Heads) -> list[Any]:
    origins = [head and head.origin for head in heads.letterheads]
    return list(zip(origins, heads.counts, heads.passed_on, strict=True))


def _batches(seed: int) -> list[list[Headers]]:
    chance = random.Random(seed)
    return [[USUAL, *(_changed(chance) for _ in range(40))] for _ in range(10)] + [
        [_changed(chance) for _ in range(40)] for _ in range(10)
    ]


def _different(seed: int) -> bool:
    return any(
        _told(_alone(batch)) != _told(read_heads([wire_headers(one) for one in batch])) for batch in _batches(seed)
    )


@pytest.mark.parametrize("seed", range(5))
def test_side_by_side_and_alone_are_the_same(seed: int) -> None:
    assert not _different(seed)


def test_usual_headers_are_read_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Heads, "put", None)  # nobody is read alone
    lines = [headers_of("vacancy", f"borken:{n}", "d/1", file="stellen.csv", line=n) for n in (1, 20, 300)]

    heads = read_heads([wire_headers(line) for line in lines])

    assert [8, 8, 8] == heads.counts


def _first_delivery(delivery: bytes | None, layout: Layout) -> Any:
    return letterhead([("jobhub_delivery", b"d/1")])


def _whatever_it_says(walk: Walk, told: bytes) -> None:
    walk._go(None, walk.at + len(told))


@pytest.mark.parametrize(
    "place, name, mutant",
    [
        (module, "PASSED_ON_BYTES_MAX", 10_000),
        (module, "letterhead_of", _first_delivery),
        (module, "letterhead", lambda _: letterhead(USUAL)),
        (Walk, "expect", _whatever_it_says),
    ],
    ids=["too long", "delivery", "those alone", "names"],
)
def test_a_laxer_look_is_noticed(place: Any, name: str, mutant: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place, name, mutant)

    try:
        noticed = _different(1)
    except (ValueError, IndexError):  # headers that are not what they were taken for
        noticed = True
    assert noticed
