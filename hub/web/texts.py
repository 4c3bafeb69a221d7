"""All texts of the pages, German first and English beside it. Templates hold none of their own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import yaml

Language = Literal["de", "en"]
LANGUAGES: tuple[Language, ...] = ("de", "en")

# Code of a parameter -> name of its text.
LABELS: dict[str, dict[str, str]] = {
    "arbeitszeit": {
        "vz": "VOLLZEIT",
        "tz": "TEILZEIT",
        "snw": "SCHICHT_NACHT_WOCHENENDE",
        "ho": "HEIM_TELEARBEIT",
        "mj": "MINIJOB",
    },
    "befristung": {"1": "BEFRISTET", "2": "UNBEFRISTET"},
    "angebotsart": {"1": "ARBEIT", "2": "SELBSTAENDIGKEIT", "4": "AUSBILDUNG", "34": "PRAKTIKUM"},
}


@cache
def texts() -> dict[str, dict[Language, str]]:
    """Every text by name, in both languages."""
    loaded: dict[str, dict[Language, str]] = yaml.safe_load(Path(__file__).with_name("texts.yaml").read_text("utf-8"))
    return loaded


@dataclass(frozen=True, slots=True)
class Translate:
    """From the name of a text to the text, in one language."""

    language: Language = "de"

    def __call__(self, name: str) -> str:
        """The text."""
        return texts()[name][self.language]
