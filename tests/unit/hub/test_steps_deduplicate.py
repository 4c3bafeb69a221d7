"""The decision of rules V6 to V11, one case each, and over random histories."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.steps.batch import Fate
from hub.steps.deduplicate import Stamp, deduplicate, fingerprint

ONE, OTHER = b"11111111", b"22222222"


@pytest.mark.parametrize(
    "known, claim, expected",
    [
        (None, Stamp(0, 1, ONE), Fate.NEW),
        (None, Stamp(0, 1, ONE, ended=True), Fate.ENDED),
        (Stamp(0, 1, ONE), Stamp(0, 2, OTHER), Fate.CHANGED),
        (Stamp(0, 1, ONE), Stamp(0, 1, ONE), Fate.DUPLICATE),
        (Stamp(0, 1, ONE), Stamp(0, 1, OTHER), Fate.CONFLICT),
        (Stamp(0, 2, ONE), Stamp(0, 1, OTHER), Fate.STALE),
        (Stamp(0, 9, ONE), Stamp(1, 1, OTHER), Fate.CHANGED),
        (Stamp(1, 1, ONE), Stamp(0, 9, OTHER), Fate.STALE),
        (Stamp(0, 1, ONE), Stamp(0, 2, OTHER, ended=True), Fate.ENDED),
        (Stamp(0, 2, ONE, ended=True), Stamp(0, 1, OTHER), Fate.STALE),
        (Stamp(0, 2, ONE, ended=True), Stamp(0, 3, OTHER), Fate.NEW),
        (Stamp(0, 2, ONE, ended=True), Stamp(0, 2, ONE, ended=True), Fate.DUPLICATE),
    ],
)
def test_each_rule_decides_as_it_says(known: Stamp | None, claim: Stamp, expected: Fate) -> None:
    assert expected == deduplicate(claim.pack(), known.pack() if known else None)


STAMPS = st.builds(
    Stamp,
    st.integers(0, 2**31),
    st.integers(1, 2**62),
    st.binary(min_size=8, max_size=8),
    st.booleans(),
    st.booleans(),
)


@given(STAMPS)
def test_what_is_remembered_comes_back_as_it_was(stamp: Stamp) -> None:
    packed = stamp.pack()

    assert (25, stamp) == (len(packed), Stamp.unpack(packed))


SMALL = st.builds(Stamp, st.integers(0, 1), st.integers(1, 3), st.sampled_from([ONE, OTHER]), st.booleans())


@given(st.lists(SMALL, max_size=12))
def test_whatever_the_order_the_highest_version_stays_and_none_is_applied_twice(claims: list[Stamp]) -> None:
    known: Stamp | None = None
    applied = []
    for claim in claims:
        if deduplicate(claim.pack(), known.pack() if known else None).applied:
            known = claim
            applied.append((claim.epoch, claim.version))

    assert sorted(set(applied)) == applied
    assert max(((claim.epoch, claim.version) for claim in claims), default=None) == (applied[-1] if applied else None)


def test_the_fingerprint_is_the_beginning_of_sha1() -> None:
    assert bytes.fromhex("a9993e364706816a") == fingerprint(b"abc")
