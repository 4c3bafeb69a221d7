"""The files of words against the official list of the KldB 2010: every code is there, under its official name."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from importlib import resources
from itertools import pairwise

import pytest

from hub.search.data import KINDS, every_word, named, synonyms
from hub.search.fold import fold_query

FILES = [kind.file for kind in KINDS]
_LINE = re.compile(r'"([0-9 ]+)": \[')


def official() -> dict[str, str]:
    """Codes of all levels and their short titles."""
    text = (resources.files("schemas") / "lists" / "kldb2010_v2020.csv").read_text(encoding="utf-8")
    return {row["code"]: row["short_title"] for row in csv.DictReader(text.splitlines())}


def misnamed(text: str) -> Iterator[str]:
    """Lines of a file whose codes are not in the list, or do not stand under their official names."""
    names, lines = official(), text.splitlines()
    for above, line in pairwise(lines):
        if found := _LINE.match(line):
            told = "; ".join(names.get(code, f"no code {code}") for code in found[1].split())
            if above != f"# {told}":
                yield f"{line[:40]}: should be under: # {told}"


@pytest.mark.parametrize("file", FILES)
def test_every_code_stands_under_its_official_name(file: str) -> None:
    text = (resources.files("hub.search") / file).read_text(encoding="utf-8")

    assert list(misnamed(text)) == []
    assert len(_LINE.findall(text)) == len(named(file))


@pytest.mark.parametrize(
    "text",
    [
        '# Berufe in der Gebäudetechnik (o.S.)\n"5253": [Kranführer]',
        '# no code 29231\n# Berufe in der Fleischverarbeitung\n"29231": [Zerleger]',
        '\n"541": [Putzfee]',
    ],
)
def test_a_code_that_is_missing_or_stands_under_another_name_is_seen(text: str) -> None:
    assert len(list(misnamed(text))) == 1


def test_a_code_without_wildcards_of_the_synonyms_is_in_the_list() -> None:
    codes = [code for group in synonyms()["groups"] for code in group.get("kldb", ()) if "?" not in code]

    assert [code for code in codes if code not in official()] == []


@pytest.mark.parametrize("file", FILES)
def test_no_name_stands_twice_under_the_same_codes(file: str) -> None:
    twice = [(codes, name) for codes, names in named(file).items() for name in names if names.count(name) > 1]

    assert twice == []


def test_every_word_leaves_something_to_look_for() -> None:
    assert [word for word in every_word() if not fold_query(word)] == []


@pytest.mark.parametrize("file", FILES)
def test_no_codes_stand_twice(file: str) -> None:
    text = (resources.files("hub.search") / file).read_text(encoding="utf-8")

    assert sorted(_LINE.findall(text)) == sorted(named(file))
