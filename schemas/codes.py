"""The closed list of rule codes, with German and English text and a next step."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

import yaml

Language = Literal["de", "en"]


@dataclass(frozen=True, slots=True)
class Code:
    """One rule code: what happened and what to do, in both languages."""

    code: str
    de: str
    en: str
    next_de: str
    next_en: str
    security: bool = False
    """Whether it is a security event as well: counted apart, and somebody looks."""

    def text(self, language: Language = "de") -> str:
        """What happened."""
        return self.de if language == "de" else self.en

    def next_step(self, language: Language = "de") -> str:
        """What to do."""
        return self.next_de if language == "de" else self.next_en


@cache
def codes() -> dict[str, Code]:
    """All codes by their name."""
    loaded = yaml.safe_load((resources.files("schemas") / "codes.yaml").read_text(encoding="utf-8"))
    return {name: Code(name, **texts) for name, texts in loaded.items()}


def explain(code: str) -> Code:
    """The entry of a code.

    Raises:
        KeyError: the code is not in the closed list.
    """
    try:
        return codes()[code]
    except KeyError:
        raise KeyError(f"unknown rule code {code!r}") from None


@cache
def security_codes() -> frozenset[str]:
    """Codes behind which somebody's intent may be."""
    return frozenset(name for name, code in codes().items() if code.security)


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that a record breaks, and the field it speaks of ("pay.minimum"), if it is one field."""

    code: str
    field: str | None = None


class Refused(Exception):
    """A record must not pass. Carries the code from the closed list and never a value."""

    def __init__(self, code: str, field: str | None = None) -> None:
        super().__init__(f"{code} {explain(code).en}" + (f" (field {field})" if field else ""))
        self.code = code
        self.field = field

    @property
    def finding(self) -> Finding:
        """The same as a value."""
        return Finding(self.code, self.field)
