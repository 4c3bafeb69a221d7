"""Fixtures that are no data: schemas that must not be shipped or registered (classes 56 and 58)."""

# ruff: noqa: E501 - a table: one fixture is one line
from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from schemas import compatibility, lint
from schemas.codec import AvroSchema, avsc
from tests.bad_input.fixture import CheckFixture

_ITSELF = {"type": "record", "name": "Node", "doc": "x", "fields": [{"name": "next", "type": ["null", "Node"], "default": None, "doc": "x", "class": "public"}]}  # fmt: skip


def _with(kind: Any) -> AvroSchema:
    schema = copy.deepcopy(avsc("vacancy"))
    schema["fields"].append({"name": "extra", "type": kind, "doc": "x", "class": "public"})
    return schema


def _stopped(what: str, kind: Any, said: str) -> CheckFixture:
    def check() -> bool:
        return any(said in problem for problem in lint.problems(_with(kind), "vacancy"))

    return CheckFixture(56, what, "C", check, True)


def _registration(what: str, outcome: Any, change: Callable[[AvroSchema], object], accepted: bool) -> CheckFixture:
    def check() -> bool:
        new = copy.deepcopy(avsc("vacancy"))
        change(new)
        return not compatibility.problems([avsc("vacancy"), new])

    return CheckFixture(58, what, outcome, check, accepted)


def _optional(schema: AvroSchema) -> None:
    schema["fields"].append({"name": "remote", "type": ["null", "string"], "default": None})


def _mandatory(schema: AvroSchema) -> None:
    schema["fields"].append({"name": "remote", "type": "string"})


def _other_type(schema: AvroSchema) -> None:
    next(field for field in schema["fields"] if field["name"] == "openings")["type"] = "string"


FIXTURES = [
    _stopped("record that contains itself", _ITSELF, "recursive"),
    _stopped("list of nothing", {"type": "array", "items": "null"}, "no bytes"),
    _stopped("list of empty records", {"type": "array", "items": {"type": "record", "name": "E", "doc": "x", "fields": []}}, "no bytes"),
    _stopped("list of fixed of length 0", {"type": "array", "items": {"type": "fixed", "name": "Z", "doc": "x", "size": 0}}, "no bytes"),
    _registration("new optional field", "OK", _optional, True),
    _registration("new mandatory field", "C", _mandatory, False),
    _registration("changed type", "C", _other_type, False),
]  # fmt: skip
