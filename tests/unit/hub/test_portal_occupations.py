"""Occupations offered for a title: what the search takes its words for comes first."""

from __future__ import annotations

import pytest

from hub.portal import occupations
from hub.portal.occupations import MOST, likely


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("Krankenschwester", "81302"),
        ("Putzfrau gesucht", "54112"),
        ("Staplerfahrer/in (m/w/d)", "52531"),
        ("Brummifahrer", "52122"),
        ("Bodenleger", "33102"),
    ],
)
def test_everyday_words_lead_to_the_occupation_they_mean(title: str, code: str) -> None:
    assert code in [offered for offered, _ in likely(title)[:3]]


def test_without_the_words_of_the_search_they_would_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(occupations, "terms", lambda _: ())

    assert "54112" not in [offered for offered, _ in likely("Putzfrau gesucht")[:3]]


def test_they_are_few_and_none_stands_twice() -> None:
    offered = likely("Krankenpflegehelfer in der Altenpflege", "Pflegeheim")

    assert len(offered) == len(dict(offered)) <= MOST
    assert likely("") == []
