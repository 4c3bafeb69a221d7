"""Fingerprint of everything that decides whether a record may pass, so that two sides can see that they agree."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

_MODULES = ("codelists.py", "events.py", "leak_guard.py", "rules.py")
_FOLDERS = ("lists", "measure", "placement", "vacancy")
_DATA = (".csv", ".avsc")
_PLACES = 12


@cache
def rule_set() -> str:
    """Twelve hexadecimal digits over rules, leak guard, models, schemas and code lists of this installation.

    `jobhub check` prints it; a hub with the same one gives the same verdict on every row.
    """
    root = resources.files("schemas")
    digest = hashlib.sha256()
    for name, part in sorted([*((name, root / name) for name in _MODULES), *_data(root)]):
        # Line ends are a matter of how the files were checked out, not of the rules.
        content = part.read_bytes().replace(b"\r\n", b"\n")
        digest.update(f"{name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()[:_PLACES]


def _data(root: Traversable) -> list[tuple[str, Traversable]]:
    return [
        (f"{folder}/{part.name}", part)
        for folder in _FOLDERS
        for part in (root / folder).iterdir()
        if part.name.endswith(_DATA)
    ]
