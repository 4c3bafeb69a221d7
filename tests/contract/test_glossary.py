"""The glossary is held to the schemas: a symbol it names exists, and a table has its columns."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from schemas import codelists
from schemas.codec import SCHEMAS, avsc
from schemas.codes import codes
from tests.support.examples import FOLDER

TEXT = (FOLDER.parent / "docs" / "glossary.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in TEXT.splitlines()
    if line.startswith("| ") and not line.startswith(("| German", "| term"))
]


def _names(node: object) -> set[str]:
    """Names of fields and symbols in a schema."""
    if isinstance(node, list):
        return set().union(*(_names(inner) for inner in node)) if node else set()
    if not isinstance(node, dict):
        return set()
    own = {node["name"]} if "name" in node else set()
    symbols = set(node.get("symbols", ()))
    return own | symbols | _names(node.get("type")) | _names(node.get("items")) | _names(node.get("fields"))


KNOWN = set().union(*(_names(avsc(schema)) for schema in SCHEMAS)) | codelists.instruments().keys() | codes().keys()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_term_has_a_name_a_meaning_and_a_source(row: list[str]) -> None:
    assert 4 == len(row)
    assert all(row)
    assert row[2].endswith((".", ")"))


def test_no_term_stands_twice() -> None:
    terms = Counter(row[0] for row in ROWS if row[0] != "–")

    assert [] == [term for term, times in terms.items() if times > 1]


def test_symbols_and_codes_the_glossary_names_exist() -> None:
    named = {name for row in ROWS for name in re.findall(r"`([A-Z][A-Z0-9_]+)`", row[1])}

    assert named > {"FBW", "E510", "MINIJOB"}
    assert {"BA"} == named - KNOWN  # a value of external_references.system
