"""The lists beside this file: headers of fields, meanings of code values, the mapping of HR-BA-XML."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

import yaml


@cache
def known(name: str) -> Any:
    """A list by its name; every scalar is text, since `no`, `yes` and `1` are headers and values here."""
    return yaml.load(_read(name), Loader=yaml.BaseLoader)  # noqa: S506 - the base loader makes nothing but text


@cache
def known_source(name: str) -> dict[str, Any]:
    """The part of a Jobcenter's file that is the same for every sender of a standard format."""
    found: dict[str, Any] = yaml.safe_load(_read(name))
    return found


def _read(name: str) -> str:
    return (resources.files("connectors.recognise") / f"{name}.yaml").read_text(encoding="utf-8")
