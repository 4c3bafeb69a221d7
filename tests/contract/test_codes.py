"""The closed list of rule codes: complete, in both languages, and exactly what the code base uses."""

from __future__ import annotations

import inspect
import re
from functools import cache
from pathlib import Path

import pytest
import yaml

from schemas import codes as codes_module
from schemas import rules
from schemas.codes import Code, Finding, Refused, codes, explain
from tests.support.examples import FOLDER
from tests.support.reachable import codes_named_in

ROOT = FOLDER.parent

# In the list, and named nowhere in Python yet: why it stays. An entry that is used by now fails the test below.
PLANNED: dict[str, str] = {}


@cache
def used() -> dict[str, set[str]]:
    """Code -> files of the code base that name it."""
    found: dict[str, set[str]] = {}
    for part in ("schemas", "connectors", "hub"):
        for path in (ROOT / part).rglob("*.py"):
            for code in codes_named_in(path.read_text(encoding="utf-8")):
                found.setdefault(code, set()).add(str(path.relative_to(ROOT)))
    return found


def test_every_code_the_code_base_names_is_in_the_list() -> None:
    strangers = {code: sorted(files) for code, files in used().items() if code not in codes()}

    assert {} == strangers


def test_every_code_in_the_list_is_used_or_planned() -> None:
    assert set() == codes().keys() - used().keys() - PLANNED.keys()


def test_nothing_planned_is_used_already_or_unknown() -> None:
    assert [] == [code for code in PLANNED if code in used() or code not in codes()]


def test_a_code_in_a_docstring_is_not_a_use_and_one_in_a_pattern_is() -> None:
    assert set() == codes_named_in('"""Says E101."""\ndef f():\n    """E102"""\n')
    assert {"E103", "E510"} == codes_named_in('x = "E103"\ny = "(?P<E510>[0-9])|PRE999"\n')


@pytest.mark.parametrize("code", codes().values(), ids=lambda code: code.code)
def test_a_code_says_what_happened_and_what_to_do_in_both_languages(code: Code) -> None:
    texts = [code.text("de"), code.text("en"), code.next_step("de"), code.next_step("en")]

    assert 4 == len(set(texts))
    assert all(text == text.strip() and text.endswith(".") and len(text) >= 10 for text in texts)
    assert re.fullmatch(r"E[1-9][0-9]{2}|W[1-9][0-9]{2}", code.code)


def test_no_code_stands_twice_in_the_list() -> None:
    text = (FOLDER / "codes.yaml").read_text(encoding="utf-8")
    lines = [line.split(":")[0] for line in text.splitlines() if re.match(r"[A-Z]", line)]

    assert sorted(set(lines)) == sorted(lines)
    assert set(lines) == yaml.safe_load(text).keys()


def test_the_list_is_in_order() -> None:
    assert sorted(codes()) == list(codes())


def test_an_unknown_code_cannot_be_explained_or_refused_with() -> None:
    with pytest.raises(KeyError, match="unknown rule code 'E000'"):
        explain("E000")
    with pytest.raises(KeyError, match="unknown rule code 'E000'"):
        Refused("E000")


def test_a_refusal_carries_code_and_field_and_no_value() -> None:
    refused = Refused("E202", "pay.minimum")

    assert Finding("E202", "pay.minimum") == refused.finding
    assert "E202 The pay is turned round: its lower bound is above the upper one. (field pay.minimum)" == str(refused)


def test_a_finding_has_no_room_for_a_value() -> None:
    assert ["code", "field"] == list(inspect.signature(Finding).parameters)
    assert "input" not in inspect.getsource(rules).replace("include_input=False", "")


def test_a_code_missing_from_the_list_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    short = {name: code for name, code in codes().items() if name != "E202"}
    monkeypatch.setattr(codes_module, "codes", lambda: short)

    with pytest.raises(KeyError):
        Refused("E202")


def test_the_code_base_is_where_this_test_looks_for_it() -> None:
    assert {"schemas/rules.py"} <= used()["E202"]
    assert Path(ROOT / "pyproject.toml").exists()
