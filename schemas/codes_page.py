"""docs/handbook/codes.md and a page for each code below it: `python -m schemas.codes_page` rewrites them all."""

from __future__ import annotations

import sys
from itertools import groupby
from pathlib import Path

from schemas.causes import Cause, causes, similar
from schemas.codes import Code, Language, codes

PAGE = Path(__file__).parent.parent / "docs" / "handbook" / "codes.md"
FOLDER = PAGE.with_suffix("")

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

_MADE = "<!-- made from schemas/codes.yaml and schemas/causes.yaml by python -m schemas.codes_page; do not edit -->\n"
_HEAD = {
    "de": """\
# Regelcodes

*English below.*

Jede Meldung trägt einen dieser Codes; ein veröffentlichter Code behält seine Bedeutung. Ein Klick auf den Code zeigt
Ursache und Beispiel. Auf der Kommandozeile: `jobhub explain E112`.
""",
    "en": """\
# Rule codes

Every message bears one of these codes; a published code keeps its meaning. A click on a code shows cause and example.
On the command line: `jobhub --lang en explain E112`.
""",
}
_COLUMNS: dict[Language, str] = {"de": "| Code | heißt | zu tun |", "en": "| code | means | to do |"}
_PARTS: dict[Language, tuple[str, str, str, str]] = {
    "de": ("Warum", "Was tun", "Beispiel", "Verwandte Codes"),
    "en": ("Why", "What to do", "Example", "Related codes"),
}
_SECURITY = {
    "de": "**Sicherheitsereignis:** Es kann Absicht dahinter stehen; der Hub zählt es gesondert, jemand sieht nach.",
    "en": "**Security event:** there may be intent behind it; the hub counts it apart, and somebody looks.",
}


def page() -> str:
    """The list of all codes, German first."""
    return f"{_MADE}\n{_half('de')}\n---\n\n{_half('en')}"


def code_page(code: Code) -> str:
    """The page of one code, German first."""
    cause = causes()[code.code]
    back = f"[Alle Codes · All codes](../{PAGE.name})\n"
    return f"{_MADE}\n{_told(code, cause, 'de')}\n---\n\n{_told(code, cause, 'en')}\n---\n\n{back}"


def pages() -> dict[Path, str]:
    """Every file, with what belongs into it."""
    return {PAGE: page()} | {FOLDER / f"{name}.md": code_page(code) for name, code in codes().items()}


def stale() -> list[Path]:
    """Files that are missing, are not what the lists say, or belong to no code any more."""
    wanted = pages()
    there = {path for path in FOLDER.glob("*") if path.is_file()}
    wrong = {path for path, text in wanted.items() if not path.exists() or path.read_text(encoding="utf-8") != text}
    return sorted(wrong | (there - wanted.keys()))


def write() -> None:
    """Bring all files in line."""
    wanted = pages()
    FOLDER.mkdir(exist_ok=True)
    for path in stale():
        if path in wanted:
            path.write_text(wanted[path], encoding="utf-8", newline="\n")
        else:
            path.unlink()


def _half(language: Language) -> str:
    parts = [_HEAD[language]]
    for family, members in groupby(codes().values(), _family):
        title = _FAMILIES[family][language == "en"]
        rows = [
            f"| [{code.code}]({FOLDER.name}/{code.code}.md) | {code.text(language)} | {code.next_step(language)} |"
            for code in members
        ]
        parts.append("\n".join([f"## {title}", "", _COLUMNS[language], "|---|---|---|", *rows, ""]))
    return "\n".join(parts)


def _told(code: Code, cause: Cause, language: Language) -> str:
    why, todo, example, related = _PARTS[language]
    parts = [f"# {code.code}: {code.text(language)}", ""]
    if language == "de":
        parts += ["*English below.*", ""]
    if code.security:
        parts += [_SECURITY[language], ""]
    parts += [f"**{why}.** {cause.cause(language)}", "", f"**{todo}.** {code.next_step(language)}", ""]
    parts += [f"**{example}.** {cause.example(language)}", ""]
    links = [f"[{name}]({name}.md) {codes()[name].text(language)}" for name in similar(code.code)]
    if links:
        parts += [f"**{related}**", "", *(f"- {link}" for link in links), ""]
    return "\n".join(parts)


def _family(code: Code) -> str:
    return code.code[:1] if code.code.startswith("W") else code.code[:2]


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        sys.exit("\n".join(f"{path} is not what the lists say" for path in stale()) or 0)
    write()
