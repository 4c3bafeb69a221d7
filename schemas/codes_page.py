"""docs/handbook/codes.md, made from codes.yaml: `python -m schemas.codes_page` rewrites it."""

from __future__ import annotations

import sys
from itertools import groupby
from pathlib import Path

from schemas.codes import Code, Language, codes

PAGE = Path(__file__).parent.parent / "docs" / "handbook" / "codes.md"

# First letters of a code -> what the family speaks of.
_FAMILIES = {
    "E1": ("Feld", "Field"),
    "E2": ("Zeile", "Row"),
    "E3": ("Datei", "File"),
    "E4": ("Verbindung und Rechte", "Connection and rights"),
    "E5": ("Schutz", "Protection"),
    "E6": ("Schema und Nachricht", "Schema and record"),
    "E7": ("Konfiguration", "Configuration"),
    "E9": ("Intern", "Internal"),
    "W": ("Hinweise: angenommen, aber ansehen", "Notes: accepted, worth a look"),
}

_HEAD = {
    "de": """\
# Regelcodes

*English below.*

Jede Meldung trägt einen dieser Codes; ein veröffentlichter Code behält seine Bedeutung.
Auf der Kommandozeile: `jobhub explain E112`.
""",
    "en": """\
# Rule codes

Every message bears one of these codes; a published code keeps its meaning.
On the command line: `jobhub --lang en explain E112`.
""",
}
_COLUMNS: dict[Language, str] = {"de": "| Code | heißt | zu tun |", "en": "| code | means | to do |"}


def page() -> str:
    """The whole page, German first."""
    made = "<!-- made from schemas/codes.yaml by python -m schemas.codes_page; do not edit -->\n"
    return f"{made}\n{_half('de')}\n---\n\n{_half('en')}"


def _half(language: Language) -> str:
    parts = [_HEAD[language]]
    for family, members in groupby(codes().values(), _family):
        title = _FAMILIES[family][language == "en"]
        rows = [f"| {code.code} | {code.text(language)} | {code.next_step(language)} |" for code in members]
        parts.append("\n".join([f"## {title}", "", _COLUMNS[language], "|---|---|---|", *rows, ""]))
    return "\n".join(parts)


def _family(code: Code) -> str:
    return code.code[:1] if code.code.startswith("W") else code.code[:2]


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        sys.exit(0 if PAGE.read_text(encoding="utf-8") == page() else f"{PAGE} is not what codes.yaml says")
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
