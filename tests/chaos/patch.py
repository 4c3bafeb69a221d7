"""Replaces a part of the product in a child process. What is not there any more under its name is an error."""

from __future__ import annotations

from typing import Any


def real(owner: Any, name: str) -> Any:
    """The part as it is."""
    return getattr(owner, name)


def replace(owner: Any, name: str, by: Any) -> None:
    """Put something in its place."""
    getattr(owner, name)  # a mutant of nothing would survive, or worse, seem to be caught
    setattr(owner, name, by)
