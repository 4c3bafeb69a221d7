"""One sentence for a finding, in a language."""

from __future__ import annotations

from connectors.checks import CheckFinding
from connectors.recognise.labels import label
from schemas.codes import Language, explain


def place(finding: CheckFinding, language: Language) -> str:
    """Where it is: "Zeile 17, Spalte PLZ"."""
    de = language == "de"
    where = ("Datei" if de else "File") if finding.line is None else f"{'Zeile' if de else 'Line'} {finding.line}"
    if not finding.column:
        return where
    if finding.code in ("E320", "E321"):
        return f"{where}, {'Pflichtfeld' if de else 'mandatory field'} {label(finding.column, language)}"
    return f"{where}, {'Spalte' if de else 'column'} {finding.column}"


def sentence(finding: CheckFinding, language: Language) -> str:
    """Code, column, what happened and what to do."""
    entry = explain(finding.code)
    column = f"{finding.column}: " if finding.column else ""
    return f"{finding.code} {column}{entry.text(language)} → {entry.next_step(language)}"
