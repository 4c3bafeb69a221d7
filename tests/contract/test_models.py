"""The typed models in schemas/events.py are the .avsc files once more: same fields, types and symbols."""

from __future__ import annotations

import copy
import datetime
import types
import typing
from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import pytest

from schemas.codec import AvroSchema, avsc
from schemas.events import MODELS
from schemas.topics import EVENTS, Event

# What the wire has for "a later version may know more"; rules decide where an event may say it.
_UNKNOWN = frozenset({"UNKNOWN"})

_WIRE = {"string": "text", "int": "integer", "long": "integer", "double": "number", "boolean": "boolean"}
_PYTHON = {str: "text", int: "integer", float: "number", bool: "boolean", datetime.date: "date", Decimal: "decimal"}


def shape_of_schema(node: Any, named: dict[str, Any]) -> Any:
    """A schema reduced to what a model can say too."""
    if isinstance(node, list):
        [member] = [member for member in node if member != "null"]
        return ("optional", shape_of_schema(member, named))
    if isinstance(node, str):
        return _WIRE[node] if node in _WIRE else shape_of_schema(named[node], named)
    if "name" in node:
        named[node["name"]] = node
    if node["type"] == "record":
        return {field["name"]: shape_of_schema(field["type"], named) for field in node["fields"]}
    if node["type"] == "enum":
        return ("one of", frozenset(node["symbols"]) - _UNKNOWN)
    if node["type"] == "array":
        return ("list", shape_of_schema(node["items"], named))
    return node.get("logicalType") or _WIRE[node["type"]]


def shape_of_hint(hint: Any) -> Any:
    """The same of a type hint."""
    if get_origin(hint) is Annotated:
        return shape_of_hint(get_args(hint)[0])
    if get_origin(hint) in (typing.Union, types.UnionType):
        [member] = [member for member in get_args(hint) if member is not types.NoneType]
        return ("optional", shape_of_hint(member))
    if get_origin(hint) is Literal:
        return ("one of", frozenset(get_args(hint)) - _UNKNOWN)
    if get_origin(hint) is list:
        return ("list", shape_of_hint(get_args(hint)[0]))
    if hint in _PYTHON:
        return _PYTHON[hint]
    return {name: shape_of_hint(inner) for name, inner in get_type_hints(hint, include_extras=True).items()}


def test_every_event_has_a_model() -> None:
    assert set(EVENTS) == set(MODELS)


@pytest.mark.parametrize("event", EVENTS)
def test_a_model_equals_its_schema(event: Event) -> None:
    assert shape_of_schema(avsc(event), {}) == shape_of_hint(MODELS[event])


@pytest.mark.parametrize("event", EVENTS)
def test_a_model_names_its_fields_in_the_order_of_the_wire(event: Event) -> None:
    expected = [field["name"] for field in avsc(event)["fields"]]

    assert expected == list(get_type_hints(MODELS[event]))


def _fields_lists(node: Any) -> Iterator[list[dict[str, Any]]]:
    """The list of fields of every record inside a schema."""
    if isinstance(node, list):
        for inner in node:
            yield from _fields_lists(inner)
    elif isinstance(node, dict):
        if node.get("type") == "record":
            yield node["fields"]
        for key in ("type", "items", "fields"):
            yield from _fields_lists(node.get(key))


def _enums(node: Any) -> Iterator[dict[str, Any]]:
    for fields in _fields_lists(node):
        for field in fields:
            for kind in field["type"] if isinstance(field["type"], list) else [field["type"]]:
                kind = kind["items"] if isinstance(kind, dict) and kind["type"] == "array" else kind
                if isinstance(kind, dict) and kind["type"] == "enum":
                    yield kind


def mutants(event: Event) -> Iterator[tuple[str, AvroSchema]]:
    """The schema with each field removed, each made optional or mandatory or of another type, each symbol removed…"""
    counts = [len(fields) for fields in _fields_lists(avsc(event))]
    for record, count in enumerate(counts):
        for place in range(count):
            for kind in ("removed", "renamed", "turned", "retyped"):
                schema = copy.deepcopy(avsc(event))
                fields = list(_fields_lists(schema))[record]
                field = fields[place]
                if kind == "removed":
                    fields.remove(field)
                elif kind == "renamed":
                    field["name"] += "_2"
                elif kind == "turned":
                    optional = isinstance(field["type"], list)
                    field["type"] = field["type"][1] if optional else ["null", field["type"]]
                else:
                    field["type"] = {"type": "array", "items": "double"}
                yield f"{record}.{place} {kind}", schema
        schema = copy.deepcopy(avsc(event))
        list(_fields_lists(schema))[record].append({"name": "extra", "type": ["null", "string"], "default": None})
        yield f"{record} field added", schema
    for number, enum in enumerate(list(_enums(avsc(event)))):
        for symbol in enum["symbols"][1:]:
            schema = copy.deepcopy(avsc(event))
            list(_enums(schema))[number]["symbols"].remove(symbol)
            yield f"{enum['name']} without {symbol}", schema
        schema = copy.deepcopy(avsc(event))
        list(_enums(schema))[number]["symbols"].append("EXTRA")
        yield f"{enum['name']} with EXTRA", schema


@pytest.mark.parametrize("event", EVENTS)
def test_whatever_differs_between_model_and_schema_is_noticed(event: Event) -> None:
    model = shape_of_hint(MODELS[event])
    every = list(mutants(event))
    unnoticed = [what for what, schema in every if shape_of_schema(schema, {}) == model]

    assert len(every) > 50
    assert [] == unnoticed
