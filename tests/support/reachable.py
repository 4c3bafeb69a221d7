"""Codes that the codec and the rules can give for an event, read off their own source."""

from __future__ import annotations

import ast
import inspect
import re
import typing
from collections.abc import Iterator
from types import ModuleType
from typing import Any, get_type_hints

from pydantic import TypeAdapter

from schemas import codec, leak_guard, rules
from schemas.events import MODELS

_CODE = re.compile(r"[EW][0-9]{3}")


def codes_named_in(source: str) -> set[str]:
    """Rule codes that stand as text in Python source, in named groups of patterns too; docstrings do not count."""
    tree = ast.parse(source)
    documentation = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    texts = (
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation
    )
    return {found for text in texts for found in re.findall(rf"(?<![A-Za-z0-9]){_CODE.pattern}(?![A-Za-z0-9])", text)}


def wire_codes() -> set[str]:
    """Codes of values that cannot be read."""
    return codes_named_in(inspect.getsource(codec))


def rule_codes(event: str) -> set[str]:
    """Codes `rules.check` can give for an event; empty for the events without rules."""
    if event not in MODELS:
        return set()
    return _field_codes(event) | _codes_between_fields(event) | codes_named_in(inspect.getsource(leak_guard))


def _codes_between_fields(event: str) -> set[str]:
    found: set[str] = set()
    waiting, seen = [rule.__name__ for _, rule in rules.BETWEEN[event]], set()
    while waiting:
        name = waiting.pop()
        seen.add(name)
        source = inspect.getsource(getattr(rules, name))
        found |= codes_named_in(source)
        called = {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}
        waiting += [other for other in called - seen if _is_own_function(rules, other)]
    return found


def _is_own_function(module: ModuleType, name: str) -> bool:
    thing = getattr(module, name, None)
    return inspect.isfunction(thing) and thing.__module__ == module.__name__


def _field_codes(event: str) -> set[str]:
    found = {"E604"}
    for name, schema in _text_and_other_fields(MODELS[event]):
        found.add(rules._FIELD_CODES.get(name, "E604"))
        longest = [inner["maxLength"] for inner in (schema, *schema.get("anyOf", [])) if "maxLength" in inner]
        if longest and name != "plz":
            found.add("E106")
        if name in rules._FREE_TEXTS:
            found.add("E107")
    return found


def _text_and_other_fields(model: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, hint in get_type_hints(model, include_extras=True).items():
        nested = next((part for part in _parts(hint) if typing.is_typeddict(part)), None)
        if nested is not None:
            yield from _text_and_other_fields(nested)
        else:
            yield name, TypeAdapter(hint).json_schema()


def _parts(hint: Any) -> Iterator[Any]:
    yield hint
    for inner in typing.get_args(hint):
        yield from _parts(inner)
