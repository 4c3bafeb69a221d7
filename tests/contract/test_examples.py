"""Every schema has valid and invalid examples, and each does what its name says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from schemas.codec import SCHEMAS, avsc, codec
from schemas.codes import Refused
from schemas.events import MODELS
from schemas.rules import check
from tests.support.examples import FOLDER, Example, Record, examples
from tests.support.reachable import rule_codes, wire_codes

VALID = [example for schema in SCHEMAS for example in examples(schema, "valid")]
INVALID = [example for schema in SCHEMAS for example in examples(schema, "invalid")]
FEWEST = {"vacancy": 6, "measure": 4, "placement": 4}


def verdict(schema: str, content: Record | bytes) -> set[str]:
    """Codes that come of a record or of a value."""
    if isinstance(content, bytes):
        try:
            content = codec(schema).decode(content)
        except Refused as refused:
            return {refused.code}
    return {finding.code for finding in check(schema, content)} if schema in MODELS else set()  # type: ignore[arg-type]


def test_every_folder_with_a_schema_is_a_known_schema() -> None:
    found = {path.parent.name for path in FOLDER.glob("*/v1.avsc")}

    assert set(SCHEMAS) == found


@pytest.mark.parametrize("schema", SCHEMAS)
def test_every_schema_has_enough_valid_examples(schema: str) -> None:
    assert len(examples(schema, "valid")) >= FEWEST.get(schema, 2)


@pytest.mark.parametrize("example", VALID, ids=str)
def test_a_valid_example_passes_the_rules_and_comes_back_from_the_wire_unchanged(example: Example) -> None:
    record = example.record()
    value = codec(example.schema).encode(record)

    assert record == codec(example.schema).decode(value)
    assert set() == verdict(example.schema, value)


@pytest.mark.parametrize("example", INVALID, ids=str)
def test_an_invalid_example_gives_exactly_the_code_its_name_begins_with(example: Example) -> None:
    assert {example.code} == verdict(example.schema, example.content())


@pytest.mark.parametrize("example", INVALID, ids=str)
def test_an_invalid_record_that_fits_the_wire_is_refused_by_the_reader_too(example: Example) -> None:
    content = example.content()
    if isinstance(content, bytes):
        return
    try:
        value = codec(example.schema).encode(content)
    except Exception:  # the wire cannot carry it at all: a text for a date, a field nobody knows
        return

    assert {example.code} == verdict(example.schema, value)


@pytest.mark.parametrize("schema", SCHEMAS)
def test_every_code_a_schema_can_give_has_an_invalid_example(schema: str) -> None:
    expected = wire_codes() | rule_codes(schema)
    shown = {example.code for example in examples(schema, "invalid")}

    assert expected == shown


def test_the_codes_a_schema_can_give_are_found_by_discovery() -> None:
    assert {"E601", "E602", "E603", "E605", "E606", "E607"} == wire_codes()
    assert {"E101", "E106", "E107", "E113", "E202", "E213", "E514", "E604"} <= rule_codes("vacancy")
    assert not {"E202", "E118"} & rule_codes("placement")
    assert set() == rule_codes("receipt")


@pytest.mark.parametrize("example", VALID + INVALID, ids=str)
def test_an_example_names_its_fields_in_the_order_of_the_schema(example: Example) -> None:
    loaded = json.loads(example.path.read_text(encoding="utf-8"))
    known = [field["name"] for field in avsc(example.schema)["fields"]]
    order = [known.index(name) for name in loaded if name in known]

    assert sorted(order) == order


def test_an_example_with_the_wrong_name_is_noticed(tmp_path: Path) -> None:
    good = examples("vacancy", "valid")[0]
    wrong = tmp_path / "E202_pay_turned_round.json"
    wrong.write_text(good.path.read_text(encoding="utf-8"), encoding="utf-8")
    example = Example("vacancy", wrong)

    assert {example.code} != verdict("vacancy", example.content())
