"""One sentence for a finding, in a language."""

from __future__ import annotations

from collections.abc import Callable

from connectors.checked import Checked, CheckFinding
from connectors.recognise.labels import label
from schemas.codes import Language, explain


def rows_word(found: Checked, language: Language) -> str:
    """What the rows of a file are called, as in "412 Zeilen"."""
    if found.by_item:
        return "Datensätze" if language == "de" else "items"
    return "Zeilen" if language == "de" else "rows"


def rows_valid(found: Checked, language: Language, number: Callable[[int], str] = str) -> str:
    """The sentence that counts the valid rows of all, without its full stop."""
    valid, rows = number(found.valid), number(found.rows)
    if language == "en":
        return f"{valid} of {rows} {rows_word(found, language)} are valid"
    return f"{valid} von {rows} {'Datensätzen' if found.by_item else 'Zeilen'} sind gültig"


def column_word(finding: CheckFinding, language: Language) -> str:
    """What a column is called: in an item of a document it is a path."""
    if finding.line is None and finding.row is not None:
        return "Pfad" if language == "de" else "path"
    return "Spalte" if language == "de" else "column"


def place(finding: CheckFinding, language: Language) -> str:
    """Where it is: "Zeile 17, Spalte PLZ"."""
    de = language == "de"
    where = "Datei" if de else "File"
    if finding.line is not None:
        where = f"{'Zeile' if de else 'Line'} {finding.line}"
    elif finding.row is not None:
        where = f"{'Datensatz' if de else 'Item'} {finding.row}"
    if not finding.column:
        return where
    if finding.code in ("E320", "E321"):
        return f"{where}, {'Pflichtfeld' if de else 'mandatory field'} {label(finding.column, language)}"
    return f"{where}, {column_word(finding, language)} {finding.column}"


def sentence(finding: CheckFinding, language: Language) -> str:
    """Code, column, what happened and what to do."""
    entry = explain(finding.code)
    column = f"{finding.column}: " if finding.column else ""
    return f"{finding.code} {column}{entry.text(language)} → {entry.next_step(language)}"
