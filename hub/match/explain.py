"""A verdict in words: rule, score, what agrees, contradicts, forbids. German first, English beside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from hub.match.ladder import AUTO_MIN, SUGGEST_MIN

Language = Literal["de", "en"]
Words = Mapping[str, tuple[str, str]]

RULES: Words = {
    "EXACT": ("dieselbe Stelle desselben Jobcenters", "the same vacancy of the same Jobcenter"),
    "REFERENCE": ("dieselbe Nummer in einem anderen System", "the same number in another system"),
    "STRONG_KEY": (
        "Betriebsnummer, Beruf, Arbeitsort und Monat des Beginns stimmen überein",
        "establishment number, occupation, workplace and month of start agree",
    ),
    "SCORED": ("Texte und Angaben gleichen sich", "texts and facts are alike"),
    "DECISION": ("so entschieden", "decided so"),
    "NONE": ("keine Regel führt sie zusammen", "no rule brings them together"),
}
PARTS: Words = {
    "title": ("Titel und Beruf", "title and occupation"),
    "description": ("Beschreibung", "description"),
    "start": ("Beginn", "start"),
    "pay": ("Lohn", "pay"),
    "hours": ("Wochenstunden", "weekly hours"),
    "working_time": ("Arbeitszeit", "working time"),
    "term": ("Befristung", "contract"),
    "until": ("Ende der Veröffentlichung", "end of publication"),
    "openings": ("Zahl der Plätze", "openings"),
    "employer": ("Arbeitgeber", "employer"),
}
AGAINST: Words = {
    "visibility": ("nur eine nennt ihren Arbeitgeber", "only one of them names its employer"),
    "same_jobcenter": ("beide meldet ein Jobcenter", "one Jobcenter reports both"),
    "level": ("anderes Anforderungsniveau", "another level of requirement"),
    "offer_type": ("andere Art, etwa Ausbildung und Arbeit", "another kind, such as training and work"),
    "workplace": ("anderer Arbeitsort", "another workplace"),
    "start": ("anderer Monat des Beginns", "another month of start"),
    "pay": ("Löhne ohne Überschneidung", "pay that does not overlap"),
    "hours": ("andere Wochenstunden", "other weekly hours"),
    "minijob": ("nur eine ist ein Minijob", "only one of them is a Minijob"),
    "working_time": ("Vollzeit und Teilzeit", "full time and part time"),
    "shift": ("andere Schicht", "another shift"),
    "street": ("andere Straße", "another street"),
    "betriebsnummer": ("andere Betriebsnummer", "another establishment number"),
    "term_until": ("anderes Ende der Befristung", "another end of contract"),
    "occupation": ("anderer Beruf", "another occupation"),
}


def sentences(rule: str, score: float, why: Mapping[str, Any], language: Language = "de") -> list[str]:
    """The reasons of a pair, one in a line."""
    return list(_sentences(rule, score, why, 0 if language == "de" else 1))


def _sentences(rule: str, score: float, why: Mapping[str, Any], lang: int) -> Iterator[str]:
    bounds = (
        f"ab {AUTO_MIN:.2f} eine Stelle, ab {SUGGEST_MIN:.2f} Vorschlag",
        f"{AUTO_MIN:.2f} folds, {SUGGEST_MIN:.2f} suggests",
    )
    yield f"{('Regel', 'Rule')[lang]}: {RULES[rule][lang]}"
    if rule == "DECISION":
        return
    yield f"{('Wert', 'Score')[lang]}: {score:.2f} ({bounds[lang]})"
    degrees = {**why["parts"], "employer": why["employer"]}
    yield f"{('Ähnlich', 'Alike')[lang]}: " + ", ".join(
        f"{PARTS[name][lang]} {degree:.2f}" for name, degree in degrees.items() if degree is not None
    )
    unknown = [PARTS[name][lang] for name, degree in degrees.items() if degree is None]
    if unknown:
        yield f"{('Nicht bei beiden', 'Not said by both')[lang]}: {', '.join(unknown)}"
    for name, title in (("contradictions", ("Widerspruch", "Contradiction")), ("vetoes", ("Ausschluss", "Forbidden"))):
        if why[name]:
            yield f"{title[lang]}: {', '.join(AGAINST[one][lang] for one in why[name])}"
    if why.get("doubtful"):
        yield (
            "Offen: mehrere kommen in Frage, oder ein Dritter der Karte spricht dagegen",
            "Open: several come into question, or a third one of the card speaks against it",
        )[lang]
