"""Cards: constraints, decisions, precedence; and that the order in which jobs came plays no part."""

from __future__ import annotations

import datetime
import random
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.match import cards, vetoes
from hub.match.cards import Decided, Edge, Folded, fold_cards, pair_of
from hub.match.job import Job
from hub.match.ladder import Rule, judge
from tests.match.pairs import labelled
from tests.match.score import public_jobs
from tests.support.events import vacancy

KREISE = {"borken": "05554", "coesfeld": "05558", "steinfurt": "05566", "muenster": "05515"}


def jobs_of(*records: dict[str, Any]) -> dict[str, Job]:
    return public_jobs(records)


def told(jobcenter: str, number: int = 1, **changes: Any) -> dict[str, Any]:
    return vacancy(jobcenter=jobcenter, source_id=f"S-{number}", external_references=[], **changes)


def edges_of(jobs: dict[str, Job]) -> list[Edge]:
    verdicts = {pair_of(a, b): judge(jobs[a], jobs[b]) for a, b in combinations(jobs, 2)}
    return [Edge(*pair, found.rule, found.score) for pair, found in verdicts.items() if found.fold]


def folded(jobs: dict[str, Job], decisions: dict[tuple[str, str], Decided] | None = None) -> Folded:
    return fold_cards(jobs, edges_of(jobs), decisions or {}, KREISE)


def members(found: Folded) -> list[tuple[str, ...]]:
    return [card.members for card in found.cards]


def test_the_jobcenter_where_the_workplace_lies_leads() -> None:
    jobs = jobs_of(told("coesfeld", published_from=datetime.date(2026, 10, 1)), told("borken"))

    assert [("borken:S-1", "coesfeld:S-1")] == members(folded(jobs))


def test_otherwise_the_one_published_first_leads_and_then_the_key_decides() -> None:
    early = told("muenster", published_from=datetime.date(2026, 10, 1))

    assert [("muenster:S-1", "coesfeld:S-1")] == members(folded(jobs_of(told("coesfeld"), early)))
    assert [("coesfeld:S-1", "muenster:S-1")] == members(folded(jobs_of(told("muenster"), told("coesfeld"))))


def test_two_of_one_jobcenter_are_never_folded_by_a_rule_not_even_through_a_third() -> None:
    jobs = jobs_of(told("coesfeld", 1), told("coesfeld", 2), told("borken"))
    edges = [Edge("borken:S-1", f"coesfeld:S-{number}", Rule.REFERENCE, 1.0) for number in (1, 2)]

    found = fold_cards(jobs, edges, {})

    assert () == found.cards
    assert set(edges) == set(found.doubtful)


def test_the_clearly_better_of_two_is_folded() -> None:
    jobs = jobs_of(told("coesfeld", 1), told("coesfeld", 2), told("borken"))
    better = Edge("borken:S-1", "coesfeld:S-1", Rule.SCORED, 0.95)
    worse = Edge("borken:S-1", "coesfeld:S-2", Rule.SCORED, 0.80)

    assert [("borken:S-1", "coesfeld:S-1")] == members(fold_cards(jobs, [better, worse], {}, KREISE))


def test_a_decision_joins_what_no_rule_would() -> None:
    jobs = jobs_of(told("coesfeld", 1), told("coesfeld", 2, title="Ganz etwas anderes"))
    pair = ("coesfeld:S-1", "coesfeld:S-2")

    assert [] == members(folded(jobs))
    assert [pair] == members(folded(jobs, {pair: Decided.JOIN}))


def test_a_decision_splits_also_what_hangs_together_through_a_third() -> None:
    jobs = jobs_of(told("borken"), told("coesfeld"), told("steinfurt"))
    pair = ("borken:S-1", "coesfeld:S-1")
    together = members(folded(jobs))
    apart = members(folded(jobs, {pair: Decided.SPLIT}))

    assert [("borken:S-1", "coesfeld:S-1", "steinfurt:S-1")] == together
    assert all(not set(pair) <= set(card) for card in apart)


def test_a_chain_of_decisions_never_beats_a_split() -> None:
    jobs = jobs_of(told("borken"), told("coesfeld"), told("steinfurt"))
    names = sorted(jobs)
    decisions = {
        pair_of(names[0], names[1]): Decided.JOIN,
        pair_of(names[1], names[2]): Decided.JOIN,
        pair_of(names[0], names[2]): Decided.SPLIT,
    }

    assert all(not {names[0], names[2]} <= set(card) for card in members(folded(jobs, decisions)))


def test_a_hidden_employer_shares_no_card_with_its_public_twin_even_if_decided() -> None:
    jobs = jobs_of(told("borken"), told("coesfeld", visibility="ANONYMOUS"))
    pair = ("borken:S-1", "coesfeld:S-1")

    assert [] == members(folded(jobs))
    assert [] == members(folded(jobs, {pair: Decided.JOIN}))


def test_without_that_rule_the_twin_would_tell_the_employer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cards, "NEVER", frozenset())
    assert {"visibility"} == vetoes.NEVER
    jobs = jobs_of(told("borken"), told("coesfeld", visibility="ANONYMOUS"))
    pair = ("borken:S-1", "coesfeld:S-1")

    assert [pair] == members(folded(jobs, {pair: Decided.JOIN}))


def test_the_card_keeps_its_id_when_another_leads() -> None:
    late, early = told("coesfeld"), told("muenster", published_from=datetime.date(2026, 10, 1))
    before = folded(jobs_of(told("muenster"), late)).cards
    after = folded(jobs_of(early, late)).cards

    assert before[0].id == after[0].id
    assert before[0].lead != after[0].lead


SET = public_jobs(job for case in labelled(5, of_each=2) for job in case.jobs)
EDGES = edges_of(SET)
PAIRS = [edge.pair for edge in EDGES]


@given(
    st.randoms(use_true_random=False),
    st.dictionaries(st.sampled_from(PAIRS), st.sampled_from(list(Decided)), max_size=6),
)
def test_the_order_in_which_jobs_and_pairs_came_plays_no_part(
    shuffle: random.Random, decisions: dict[tuple[str, str], Decided]
) -> None:
    names, edges, decided = list(SET), list(EDGES), list(decisions.items())
    for one in (names, edges, decided):
        shuffle.shuffle(one)

    expected = fold_cards(SET, EDGES, decisions, KREISE)
    found = fold_cards({name: SET[name] for name in names}, edges, dict(decided), KREISE)

    assert expected.cards == found.cards
    assert set(expected.doubtful) == set(found.doubtful)


@given(st.dictionaries(st.sampled_from(PAIRS), st.sampled_from(list(Decided)), max_size=6))
def test_no_card_holds_what_must_stay_apart(decisions: dict[tuple[str, str], Decided]) -> None:
    for card in fold_cards(SET, EDGES, decisions, KREISE).cards:
        for pair in combinations(sorted(card.members), 2):
            against = vetoes.vetoes(SET[pair[0]], SET[pair[1]])
            assert decisions.get(pair) is not Decided.SPLIT
            assert not against or decisions.get(pair) is Decided.JOIN
