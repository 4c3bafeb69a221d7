"""What a source says of a file it refuses, for readers of German: sources speak English, as logs do."""

from __future__ import annotations

import re

from schemas.codes import Language

_GERMAN = (
    (r"column '(.+)' occurs (\d+) times", r"Die Überschrift „\1“ kommt \2-mal vor."),
    (r"no column '(.+?)'; the header has: (.+)", r"Die Spalte „\1“ fehlt. Überschriften der Datei: \2"),
    (r"no header is known; there are: (.+)", r"Keine Überschrift ist bekannt. Überschriften der Datei: \1"),
    (r"no line of headers was found", "Eine Zeile mit Überschriften war nicht zu finden."),
    (r"has no rows", "Die Datei hat Überschriften, aber keine Zeilen."),
    (r"there is no view '(.+)'", r"Eine Sicht „\1“ gibt es nicht."),
    (r"there is no folder (.+)", r"Den Ordner \1 gibt es nicht."),
    (r"is empty", "Die Datei ist leer."),
    (r"(\d+) of (\d+) rows are not written in (\S+)", r"\1 von \2 Zeilen sind nicht in \3 geschrieben."),
    (r"is not written in (\S+)", r"Die Datei ist nicht in \1 geschrieben."),
    (r"its header is not written in (\S+)", r"Die Überschriften sind nicht in \1 geschrieben."),
    (
        r"its header has one column only; its delimiter seems to be '(.+)', declared is '(.+)'",
        r"Die Überschriften sind eine einzige Spalte: das Trennzeichen ist wohl „\1“, vereinbart ist „\2“.",
    ),
    (r"its header has one column only", "Die Überschriften sind eine einzige Spalte."),
    (r"not JSON in line (\d+), column (\d+)", r"Ab Zeile \1, Zeichen \2 ist die Datei kein JSON."),
    (r"not UTF-8 at byte (\d+)", r"Ab Byte \1 ist die Datei nicht in UTF-8 geschrieben."),
    (r"nested more than (\d+) levels deep", r"Sie ist mehr als \1 Ebenen tief geschachtelt."),
    (r"no list of items was found", "Eine Liste mit Datensätzen war nicht zu finden."),
    (r"no list at '(.+)'", r"Unter „\1“ steht keine Liste."),
    (
        r"ends in (\S+), but is no workbook of Excel or LibreOffice",
        r"Der Name endet auf \1, die Datei ist aber keine Arbeitsmappe von Excel oder LibreOffice.",
    ),
    (
        r"has no source '(.+)' any more, of which (\d+) offers are open, but a new one, '(.+)'; if it is .*",
        r"Die Quelle „\1“ gibt es nicht mehr, \2 ihrer Angebote sind offen; neu ist „\3“. "
        r"Ist es dieselbe, dort eintragen: formerly: \1",
    ),
    (r"is neither text nor a workbook", "Die Datei ist weder Text noch eine Arbeitsmappe."),
    (r"is not a readable workbook.*", "Die Arbeitsmappe lässt sich nicht öffnen."),
    (r"is a damaged archive.*", "Die Arbeitsmappe ist beschädigt."),
)


def in_words(what: str, language: Language) -> str:
    """The detail in a language; one nobody put into German stays as it is."""
    if language == "en":
        return what
    for pattern, german in _GERMAN:
        found = re.search(rf"{pattern}$", what)
        if found is not None:
            return found.expand(german) if "\\" in german else german
    return what
