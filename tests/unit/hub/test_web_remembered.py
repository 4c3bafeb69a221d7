"""Whole answers are remembered for one moment of the database, and only so many."""

from __future__ import annotations

from typing import Any

from hub.search.jobs import Found
from hub.web.remembered import Answers


def _found(moment: str | None, jobs: int = 1) -> Found:
    rows: list[dict[str, Any]] = [{"entity": f"borken:{number}"} for number in range(jobs)]
    return Found(jobs, rows, moment=moment)


def test_an_answer_is_remembered_for_its_own_moment_alone() -> None:
    answers, found = Answers(), _found("1:5:")
    answers.keep("koch", found)

    assert "koch" in answers
    assert answers.at("koch", "1:5:") is found
    assert answers.at("koch", "1:6:") is None
    assert answers.at("maurer", "1:5:") is None


def test_what_is_of_no_single_moment_is_not_remembered() -> None:
    answers = Answers()
    answers.keep("koch", _found(None))

    assert "koch" not in answers
    assert answers.at("koch", None) is None


def test_a_newer_answer_takes_the_place_of_the_older() -> None:
    answers, newer = Answers(most_jobs=3), _found("1:6:", 2)
    answers.keep("koch", _found("1:5:", 3))
    answers.keep("koch", newer)
    answers.keep("maurer", _found("1:6:", 1))

    assert len(answers) == 2
    assert answers.at("koch", "1:6:") is newer


def test_what_was_not_asked_for_longest_goes_first() -> None:
    answers = Answers(most_jobs=4)
    answers.keep("koch", _found("1:5:", 2))
    answers.keep("maurer", _found("1:5:", 2))
    answers.at("koch", "1:5:")
    answers.keep("friseur", _found("1:5:", 0))

    assert "maurer" not in answers
    assert {"koch", "friseur"} == {asked for asked in ("koch", "friseur") if asked in answers}


def test_an_answer_that_is_larger_than_all_there_may_be_is_not_kept() -> None:
    answers = Answers(most_jobs=4)
    answers.keep("koch", _found("1:5:", 5))

    assert len(answers) == 0


def test_a_new_connection_makes_it_forget_everything() -> None:
    answers = Answers(most_jobs=4)
    answers.keep("koch", _found("1:5:", 4))
    answers.forget()
    answers.keep("maurer", _found("1:5:", 4))

    assert "koch" not in answers
    assert "maurer" in answers
