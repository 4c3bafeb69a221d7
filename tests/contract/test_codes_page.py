"""docs/handbook/codes.md says what schemas/codes.yaml says, in both languages."""

from __future__ import annotations

from dataclasses import replace

import pytest

from schemas import codes_page
from schemas.codes import codes


def test_the_page_is_what_the_codes_say() -> None:
    # Rewrite it with: python -m schemas.codes_page
    assert codes_page.page() == codes_page.PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("code", list(codes()))
def test_each_code_is_there_with_text_and_remedy_in_both_languages(code: str) -> None:
    entry = codes()[code]
    rows = [line for line in codes_page.page().splitlines() if line.startswith(f"| {code} |")]

    assert [f"| {code} | {entry.de} | {entry.next_de} |", f"| {code} | {entry.en} | {entry.next_en} |"] == rows


def test_german_comes_first() -> None:
    page = codes_page.page()

    assert page.index("# Regelcodes") < page.index("# Rule codes")


def test_a_changed_code_makes_the_page_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    changed = {**codes(), "E112": replace(codes()["E112"], en="Something else.")}
    monkeypatch.setattr(codes_page, "codes", lambda: changed)

    assert codes_page.page() != codes_page.PAGE.read_text(encoding="utf-8")
