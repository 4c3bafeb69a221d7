"""How Hypothesis tries: the same examples in every run of the suite, 20 times as many new ones in a hunt.

No profile measures time: a machine that is busy elsewhere is no finding. What a hunt finds is kept in .hypothesis, and
the next hunt begins with it.
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis.database import DirectoryBasedExampleDatabase

from tests.support.lines import ROOT

_USUAL = 100
_SUITE = settings(
    max_examples=_USUAL, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)


def set_up() -> None:
    """Make both profiles known and choose the one of the suite; `--hypothesis-profile=hunt` chooses the other."""
    settings.register_profile("suite", _SUITE)
    found = DirectoryBasedExampleDatabase(ROOT / ".hypothesis" / "examples")
    settings.register_profile("hunt", _SUITE, max_examples=20 * _USUAL, derandomize=False, database=found)
    settings.load_profile("suite")


def tries(count: int) -> int:
    """For `max_examples` of a test to which the suite's 100 are too few or too many; in a hunt 20 times as many."""
    return count * settings().max_examples // _USUAL
