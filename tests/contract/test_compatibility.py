"""All versions of a schema can read each other (FULL_TRANSITIVE)."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from schemas import compatibility
from schemas.codec import SCHEMAS, AvroSchema, avsc
from tests.contract.test_schemas import field

Change = Callable[[AvroSchema], Any]


def version(change: Change, base: AvroSchema | None = None) -> AvroSchema:
    """The next version of the vacancy."""
    copied = copy.deepcopy(base or avsc("vacancy"))
    change(copied)
    return copied


def _add(place: int = 0, **new: Any) -> Change:
    return lambda schema: schema["fields"].insert(place, new)


def _remove(name: str) -> Change:
    return lambda schema: schema["fields"].remove(field(schema, name))


@pytest.mark.parametrize("schema", SCHEMAS)
def test_all_versions_of_a_schema_read_each_other(schema: str) -> None:
    versions = compatibility.versions(schema)

    assert avsc(schema) == versions[0]
    assert [] == compatibility.problems(versions)


ALLOWED: dict[str, Change] = {
    "optional field at the front": _add(name="extra", type=["null", "string"], default=None),
    "field with default at the end": _add(99, name="extra", type="long", default=0),
    "field with default removed": _remove("external_references"),
    "optional record removed": _remove("employer"),
    "order of fields": lambda schema: schema["fields"].reverse(),
    "symbol added": lambda schema: field(schema, "status")["type"]["symbols"].append("PAUSED"),
    "symbol removed": lambda schema: field(schema, "offer_type")["type"]["symbols"].remove("PRAKTIKUM"),
    "documentation": lambda schema: field(schema, "title").update(doc="Other words."),
}

FORBIDDEN: dict[str, tuple[Change, str]] = {
    "mandatory field added": (_add(name="extra", type="string"), "v2 reads v1"),
    "mandatory field removed": (_remove("title"), "v1 reads v2"),
    "mandatory field renamed": (lambda schema: field(schema, "title").update(name="heading"), "v2 reads v1"),
    "text becomes a number": (lambda schema: field(schema, "title").update(type="long"), "v2 reads v1"),
    "number becomes wider": (lambda schema: field(schema, "openings").update(type="long"), "v1 reads v2"),
    "mandatory becomes optional": (
        lambda schema: field(schema, "title").update(type=["null", "string"], default=None), "v1 reads v2",
    ),
    "optional becomes mandatory": (
        lambda schema: field(schema, "description").update(type="string", default=""), "v2 reads v1",
    ),
    "branch of another type": (
        lambda schema: field(schema, "description").update(type=["null", "long"]), "v2 reads v1",
    ),
    "scale of a decimal": (lambda schema: field(schema, "pay.minimum")["type"][1].update(scale=3), "v2 reads v1"),
    "date becomes a bare number": (lambda schema: field(schema, "published_from").update(type="int"), "v2 reads v1"),
    "text becomes bytes": (lambda schema: field(schema, "kldb2010").update(type="bytes"), "v2 reads v1"),
    "other items in an array": (
        lambda schema: field(schema, "working_time")["type"].update(items="long"), "v2 reads v1",
    ),
    "nested mandatory field": (
        lambda schema: field(schema, "workplace")["type"]["fields"].append({"name": "floor", "type": "int"}),
        "v2 reads v1",
    ),
    "record renamed": (lambda schema: schema.update(name="VacancyPublished"), "v2 reads v1: the record is named"),
    "namespace of a new topic": (lambda schema: schema.update(namespace="x.v2"), "v2 reads v1: the record is named"),
}  # fmt: skip


@pytest.mark.parametrize("what", ALLOWED)
def test_an_allowed_change_is_allowed(what: str) -> None:
    assert [] == compatibility.problems([avsc("vacancy"), version(ALLOWED[what])])


@pytest.mark.parametrize("what", FORBIDDEN)
def test_a_forbidden_change_is_found_with_a_message_that_says_which_way(what: str) -> None:
    change, way = FORBIDDEN[what]
    found = compatibility.problems([avsc("vacancy"), version(change)])

    assert any(problem.startswith(way) and len(problem) > len(way) + 5 for problem in found), found


def test_a_symbol_added_to_an_enum_without_default_is_found() -> None:
    first = version(lambda schema: field(schema, "status")["type"].pop("default"))
    second = version(lambda schema: field(schema, "status")["type"]["symbols"].append("PAUSED"), first)
    found = compatibility.problems([first, second])

    assert ["v1 reads v2"] == [problem[:11] for problem in found]


def test_versions_that_follow_each_other_well_may_still_not_read_the_one_before() -> None:
    with_text = version(_add(name="extra", type=["null", "string"], default=None))
    without = avsc("vacancy")
    with_number = version(_add(name="extra", type=["null", "long"], default=None))
    found = compatibility.problems([with_text, without, with_number])

    assert [] == compatibility.problems([with_text, without])
    assert [] == compatibility.problems([without, with_number])
    assert ["v3 reads v1", "v1 reads v3"] == [problem[:11] for problem in found]


@pytest.mark.parametrize("schema", SCHEMAS)
def test_samples_take_every_symbol_and_every_branch(schema: str) -> None:
    samples = compatibility.samples(avsc(schema))
    for one in avsc(schema)["fields"]:
        values = [sample[one["name"]] for sample in samples]
        if isinstance(one["type"], list):
            assert None in values
            assert any(value is not None for value in values)
        elif isinstance(one["type"], dict) and one["type"]["type"] == "enum":
            assert set(one["type"]["symbols"]) == set(values)
        elif isinstance(one["type"], dict) and one["type"]["type"] == "array":
            assert {0, 1} == {len(value) for value in values}
