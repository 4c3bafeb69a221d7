"""What is printed about broken files is what somebody has read and found good."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.golden.files import FILES
from tests.golden.produce import EXPECTED, LANGUAGES, expected_file, printed


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", FILES)
def test_a_broken_file_is_explained_in_the_words_agreed(name: str, language: str, tmp_path: Path) -> None:
    # Renew after reading the difference: make golden
    expected = expected_file(name, language).read_text(encoding="utf-8")

    assert expected == printed(name, language, tmp_path)


def test_there_are_twelve_files_and_no_text_without_one() -> None:
    assert len(FILES) >= 12
    assert {expected_file(name, language) for name in FILES for language in LANGUAGES} == set(EXPECTED.glob("*.txt"))


def test_no_expected_text_shows_a_title_or_a_number_of_a_client() -> None:
    for path in EXPECTED.glob("*.txt"):
        text = path.read_text(encoding="utf-8")
        assert not [word for word in ("317B678114", "DE02120300000000202051", "Köchin") if word in text]
