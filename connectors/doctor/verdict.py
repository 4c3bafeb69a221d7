"""What a check says: ok, warning, failure or not checked; in two languages, a code, and a letter to who can help."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

from schemas.codes import Language, explain

Status = Literal["ok", "warning", "failure", "skipped"]
Name = Literal[
    "settings",
    "name_resolution",
    "port",
    "tls",
    "sign_in",
    "brokers",
    "permission",
    "clock",
    "schemas",
    "disk",
    "configuration",
    "deliveries",
    "proxy",
]


@dataclass(frozen=True, slots=True)
class Text:
    """The same in both languages."""

    de: str
    en: str

    def read(self, language: Language) -> str:
        """In that language."""
        return self.de if language == "de" else self.en


Recipient = Literal["hub", "network"]


@dataclass(frozen=True, slots=True)
class Letter:
    """Text for an e-mail to the operators of the hub, or to those who run the own network. Holds no secret."""

    to: Recipient
    subject: Text
    body: Text


@dataclass(frozen=True, slots=True)
class Check:
    """What one check found. `facts` is for programs: times, addresses, counts; never a secret."""

    name: Name
    status: Status
    text: Text
    code: str | None = None
    todo: Text | None = None
    letter: Letter | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    def next_step(self, language: Language) -> str | None:
        """What to do; None where nothing is."""
        if self.todo is not None:
            return self.todo.read(language)
        return explain(self.code).next_step(language) if self.code else None


def ok(name: Name, de: str, en: str, **facts: Any) -> Check:
    """All is well."""
    return Check(name, "ok", Text(de, en), facts=facts)


def _trouble(
    status: Literal["warning", "failure"],
    name: Name,
    code: str,
    de: str,
    en: str,
    *,
    todo: Text | None = None,
    letter: Letter | None = None,
    **facts: Any,
) -> Check:
    return Check(name, status, Text(de, en), code, todo, letter, facts)


warning = partial(_trouble, "warning")
"""It works, and somebody should look."""
failure = partial(_trouble, "failure")
"""It does not work."""


def skipped(name: Name, de: str, en: str) -> Check:
    """Not checked, and why."""
    return Check(name, "skipped", Text(f"nicht geprüft: {de}", f"not checked: {en}"))
