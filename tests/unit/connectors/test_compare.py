import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.compare import Decision, Known, Outcome, decide, hold_reason

KNOWN = Known(epoch=0, version=3, hash="a", ended=False)
GONE = Known(epoch=0, version=3, hash="a", ended=True)


@pytest.mark.parametrize(
    "known, version, fingerprint, ended, expected",
    [
        (None, None, "a", False, (Outcome.NEW, 1)),
        (None, 7, "a", False, (Outcome.NEW, 7)),
        (KNOWN, None, "a", False, (Outcome.UNCHANGED, 3)),
        (KNOWN, None, "b", False, (Outcome.CHANGED, 4)),
        (KNOWN, None, "b", True, (Outcome.ENDED, 4)),
        (GONE, None, "b", True, (Outcome.UNCHANGED, 3)),
        (GONE, None, "a", False, (Outcome.NEW, 4)),
        (KNOWN, 4, "b", False, (Outcome.CHANGED, 4)),
        (KNOWN, 4, "a", False, (Outcome.CHANGED, 4)),
        (KNOWN, 3, "a", False, (Outcome.DUPLICATE, 3)),
        (KNOWN, 3, "b", False, (Outcome.OTHER, 3)),
        (KNOWN, 2, "a", False, (Outcome.OTHER, 2)),
        (KNOWN, 3, "b", True, (Outcome.OTHER, 3)),
        (GONE, 3, "b", True, (Outcome.DUPLICATE, 3)),
        (GONE, 4, "b", False, (Outcome.NEW, 4)),
    ],
)
def test_what_a_row_means(
    known: Known | None, version: int | None, fingerprint: str, ended: bool, expected: tuple[Outcome, int]
) -> None:
    assert Decision(*expected) == decide(known, epoch=0, version=version, fingerprint=fingerprint, ended=ended)


def test_after_the_epoch_was_raised_everything_is_sent_once_more() -> None:
    assert Decision(Outcome.CHANGED, 4) == decide(KNOWN, epoch=1, version=None, fingerprint="a", ended=False)
    assert Decision(Outcome.CHANGED, 1) == decide(KNOWN, epoch=1, version=1, fingerprint="a", ended=False)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=30))
def test_assigned_versions_rise_by_one_and_never_stand_for_two_contents(rows: list[tuple[str, bool]]) -> None:
    known: Known | None = None
    sent: list[tuple[int, str, bool]] = []
    for fingerprint, ended in rows:
        decision = decide(known, epoch=0, version=None, fingerprint=fingerprint, ended=ended)
        if decision.outcome is not Outcome.UNCHANGED:
            known = Known(0, decision.version, fingerprint, ended)
            sent.append((decision.version, fingerprint, ended))

    assert list(range(1, len(sent) + 1)) == [version for version, _, _ in sent]


@pytest.mark.parametrize(
    "complete, rows, vanished, active, expected",
    [
        (True, 100, 0, 100, None),
        (False, 100, 0, 100, None),
        (True, 100, 4, 5, None),
        (True, 100, 5, 5, "E501"),
        (True, 100, 19, 100, None),
        (True, 100, 20, 100, "E501"),
        (False, 100, 1, 100, "E502"),
        (True, 0, 1, 1, "E306"),
    ],
)
def test_when_disappearances_are_held(
    complete: bool, rows: int, vanished: int, active: int, expected: str | None
) -> None:
    assert expected == hold_reason(complete=complete, rows=rows, vanished=vanished, active=active)
