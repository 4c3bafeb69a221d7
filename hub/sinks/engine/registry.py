"""Finds the sinks: every file beside this package is one, and its name is the sink's name."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

import hub.sinks
from hub.sinks.engine.target import Sink

_NOT_SINKS = frozenset({"metrics"})


@cache
def sinks() -> dict[str, Sink]:
    """All sinks by name."""
    found: dict[str, Sink] = {}
    for module in sorted(pkgutil.iter_modules(hub.sinks.__path__), key=lambda entry: entry.name):
        if not module.ispkg and module.name not in _NOT_SINKS:
            found[module.name] = importlib.import_module(f"hub.sinks.{module.name}").SINK
    return found
