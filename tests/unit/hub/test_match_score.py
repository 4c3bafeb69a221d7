"""How right the matcher is, on the labelled set and the demo; and that each safety rule is what makes it so."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.match import block, cards, compare, ladder
from hub.match.vetoes import vetoes
from tests.match.demo import demo_jobs, demo_pairs
from tests.match.pairs import HELD_OUT, TUNING, labelled
from tests.match.score import Score, score, score_pairs

PRECISION_MIN, RECALL_MIN = 0.98, 0.9


def good(found: Score) -> bool:
    return found.precision >= PRECISION_MIN and found.recall >= RECALL_MIN


@pytest.mark.parametrize("seed", [TUNING, HELD_OUT])
def test_the_matcher_is_right_on_the_labelled_set(seed: int) -> None:
    found = score(labelled(seed))

    assert found.pairs >= 500
    assert good(found), found


def test_the_matcher_is_right_on_the_demo(tmp_path: Path) -> None:
    found = score_pairs(demo_jobs(tmp_path), demo_pairs())

    assert found.right > 50
    assert good(found), found


def test_without_vetoes_two_jobs_become_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ladder, "vetoes", lambda a, b: ())
    monkeypatch.setattr(cards, "vetoes", lambda a, b: ())

    assert score(labelled(HELD_OUT)).precision < PRECISION_MIN


def test_without_the_rule_of_one_jobcenter_what_it_reports_twice_becomes_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (ladder, cards):
        monkeypatch.setattr(
            module, "vetoes", lambda a, b: tuple(veto for veto in vetoes(a, b) if veto != "same_jobcenter")
        )

    assert score(labelled(HELD_OUT)).precision < PRECISION_MIN


def test_without_contradictions_two_jobs_become_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compare, "_contradictions", lambda a, b, parts: iter(()))

    assert score(labelled(HELD_OUT)).precision < PRECISION_MIN


def test_without_asking_which_of_several_one_of_ten_openings_is_folded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cards, "_unclear", lambda edges, jobs: set())

    assert score(labelled(HELD_OUT)).precision < PRECISION_MIN


def test_without_a_block_for_employers_those_without_a_number_are_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    found = block.keys
    monkeypatch.setattr(
        "tests.match.score.keys",
        lambda job: {key for key in found(job) if not key.startswith(("employer|", "contact|"))},
    )

    assert score(labelled(HELD_OUT)).recall < RECALL_MIN
