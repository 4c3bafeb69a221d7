"""What is wrong with a field of the form, by name of a text; never with the value itself."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping


class Wrong(Exception):
    """A typed value cannot be read. `text` names what to tell."""

    def __init__(self, text: str, **values: str) -> None:
        super().__init__(text)
        self.text, self.values = text, values


@dataclasses.dataclass(frozen=True, slots=True)
class Fault:
    """A field that must be mended. `text` is a name in texts.yaml, or a code of the closed list ("E510")."""

    field: str
    text: str
    values: Mapping[str, str] = dataclasses.field(default_factory=dict)
