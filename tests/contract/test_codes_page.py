"""The catalogue: every code has cause and example in both languages, and the handbook has it all, nothing stale."""

from __future__ import annotations

from dataclasses import astuple, replace
from pathlib import Path

import pytest

from schemas import causes as causes_module
from schemas import codes_page
from schemas.causes import causes, near, similar, speaking_of
from schemas.codes import codes
from schemas.leak_guard import CODES as PERSONAL
from schemas.leak_guard import leak_in


def test_the_pages_are_what_the_lists_say() -> None:
    # Rewrite them with: python -m schemas.codes_page
    assert [] == codes_page.stale()


@pytest.mark.parametrize("code", list(codes()))
def test_each_code_is_in_the_list_with_text_and_remedy_in_both_languages(code: str) -> None:
    entry, link = codes()[code], f"[{code}](codes/{code}.md)"
    rows = [line for line in codes_page.page().splitlines() if line.startswith(f"| {link} |")]

    assert [f"| {link} | {entry.de} | {entry.next_de} |", f"| {link} | {entry.en} | {entry.next_en} |"] == rows


def test_every_code_has_a_cause_and_an_example_and_no_other_has() -> None:
    assert list(codes()) == list(causes())


@pytest.mark.parametrize("code", list(codes()))
def test_cause_and_example_are_sentences_in_both_languages(code: str) -> None:
    texts = astuple(causes()[code])

    assert 4 == len(set(texts)) or texts[2] == texts[3]
    assert all(text == text.strip() and len(text) >= 10 for text in texts)
    assert all(text.endswith((".", "“", '"')) for text in texts)


@pytest.mark.parametrize("code", list(codes()))
def test_the_page_of_a_code_has_all_parts_german_first(code: str) -> None:
    entry, cause = codes()[code], causes()[code]
    page = codes_page.code_page(entry)
    parts = [entry.de, cause.cause_de, entry.next_de, cause.example_de]
    parts += [entry.en, cause.cause_en, entry.next_en, cause.example_en]
    places = [page.find(part) for part in parts]

    assert -1 not in places
    assert sorted(places) == places
    assert ("Sicherheitsereignis" in page) == entry.security


def test_german_comes_first() -> None:
    page = codes_page.page()

    assert page.index("# Regelcodes") < page.index("# Rule codes")


def test_a_changed_code_makes_its_page_and_the_list_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    changed = {**codes(), "E112": replace(codes()["E112"], en="Something else.")}
    monkeypatch.setattr(codes_page, "codes", lambda: changed)

    assert {"codes.md", "E112.md"} <= {path.name for path in codes_page.stale()}


def test_a_page_of_no_code_is_stale_and_goes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(codes_page, "PAGE", tmp_path / "codes.md")
    monkeypatch.setattr(codes_page, "FOLDER", tmp_path / "codes")
    codes_page.write()
    extra = tmp_path / "codes" / "E999.md"
    extra.write_text("old", "utf-8")

    assert [extra] == codes_page.stale()
    codes_page.write()
    assert [] == codes_page.stale()


def test_a_code_without_a_cause_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    short = {name: cause for name, cause in causes().items() if name != "E112"}
    monkeypatch.setattr(causes_module, "causes", lambda: short)

    assert list(codes()) != list(causes_module.causes())


@pytest.mark.parametrize(
    "typed, first",
    [("112", "E112"), ("E1122", "E112"), ("e-112", "E112"), ("W31", "W310"), ("E4O3", "E403"), ("310", "E310")],
)
def test_a_slip_of_the_keyboard_finds_the_code(typed: str, first: str) -> None:
    assert first == near(typed)[0]


def test_what_is_near_nothing_finds_nothing() -> None:
    assert ([], []) == (near("hello"), speaking_of("xyzzy"))


@pytest.mark.parametrize("word", ["Postleitzahl", "postcode"])
def test_a_word_finds_the_codes_that_speak_of_it(word: str) -> None:
    assert {"E112", "W128"} <= set(speaking_of(word))


def test_similar_codes_speak_of_the_same() -> None:
    assert ["E511", "E513", "E514"] == similar("E510")
    assert [] == [code for code in codes() if code in similar(code) or not set(similar(code)) <= set(codes())]


@pytest.mark.parametrize("code", ["E510", "E511"])
def test_the_examples_of_personal_numbers_are_what_the_guard_finds(code: str) -> None:
    assert code in PERSONAL
    assert code == leak_in(causes()[code].example_de)
