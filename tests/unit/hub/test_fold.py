"""Folding text for search."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hub.search.fold import fold, fold_query
from hub.search.sort import sort_key


@given(st.text())
@example("Verkäuferinnen (m/w/d)")
@example("℡ Kauffraufrau/-frau ErInnenIn")
@example("Krankenschwesterschwester(in)")
def test_folding_twice_is_folding_once(text: str) -> None:
    once = fold(text)

    assert once == fold(once)


@given(st.text())
def test_folded_text_is_plain_words_with_single_blanks(text: str) -> None:
    folded = fold(text)

    assert folded.isascii()
    assert folded == " ".join(folded.split())
    assert folded == folded.lower()


@pytest.mark.parametrize(
    "written",
    [
        "Verkäufer",
        "Verkäuferin",
        "Verkäufer/in",
        "Verkäufer/-in",
        "Verkäufer:in",
        "Verkäufer*in",
        "Verkäufer_in",
        "Verkäufer·in",
        "Verkäufer(in)",
        "VerkäuferIn",
        "VerkäuferInnen",
        "Verkäufer/innen",
        "VERKÄUFER (M/W/D)",
        "Verkaeufer (w/m/d)",
        "Verkäufer (m | w | d)",
        "Verkäufer (m/w/x)",
        "Verkäufer (gn)",
        "Verkäufer m/w/d",
        "Verkäufer m/w",
        "Verka\u0308ufer (mwd)",
    ],
)
def test_every_gender_form_is_one_word(written: str) -> None:
    assert fold(written) == "verkaeufer"


@pytest.mark.parametrize(
    "written, other",
    [
        ("Köchin", "Koch"),
        ("Chefköchinnen", "Chefkoch"),
        ("Koch/Köchin", "Koch"),
        ("Ärztin", "Arzt"),
        ("Zahnärztin", "Zahnarzt"),
        ("Rechtsanwältin", "Rechtsanwalt"),
        ("Bäuerin", "Bauer"),
        ("Krankenschwester", "Krankenpfleger"),
        ("Gesundheits- und Krankenpflegerin", "Gesundheits- und Krankenpfleger"),
        ("Krankenschwester/Krankenpfleger", "Krankenpfleger"),
        ("Kauffrau für Büromanagement", "Kaufmann für Büromanagement"),
        ("Kaufmann/-frau", "Kaufmann"),
        ("Kaufleute", "Kaufmann"),
        ("Pflegefachfrau/-mann", "Pflegefachmann"),
        ("Erzieherin", "Erzieher"),
        ("Architektin", "Architekt"),
        ("Ingenieurinnen", "Ingenieur"),
        ("Friseuse", "Friseur"),
        ("Pädagogin", "Pädagoge"),
        ("Polizistin", "Polizist"),
        ("Fachangestellte(r)", "Fachangestellte"),
        ("Fachangestellter", "Fachangestellte"),
        ("Medizinische Fachangestellte/r", "medizinische Fachangestellte"),
        ("Hauswirtschafterin", "Hauswirtschafter"),
        ("Straßenbauer", "STRASSENBAUER"),
    ],
)
def test_sister_words_are_one_word(written: str, other: str) -> None:
    assert fold(other) == fold(written)


@pytest.mark.parametrize(
    "text, folded",
    [
        ("Berlin", "berlin"),
        ("Ein Verein am Rhein, Termin in Lengerich", "ein verein am rhein termin in lengerich"),
        ("C++ / C#-Entwickler", "c++ c# entwickler"),
        ("Medizin und Benzin", "medizin und benzin"),
        ("Frau Holle", "frau holle"),
        ("", ""),
        ("IT-Systemadministrator", "it systemadministrator"),
    ],
)
def test_other_words_stay(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_a_query_loses_filler_words_and_repetitions() -> None:
    assert fold_query("Suche Stelle als Verkäuferin oder Verkäufer in Teilzeit") == ["verkaeufer", "teilzeit"]


def test_a_query_of_filler_words_only_still_asks_for_something() -> None:
    assert fold_query("Job") == ["job"]


def test_a_query_is_never_long() -> None:
    assert len(fold_query(" ".join(f"wort{n}" for n in range(100)))) == 10


def test_umlauts_sort_like_their_base_letters() -> None:
    names = ["Zeppelin", "Öl", "Arzt", "Ärger", "ofen", "Straße", "Strasse 2", "Äpfel"]

    assert sorted(names, key=sort_key) == ["Äpfel", "Ärger", "Arzt", "ofen", "Öl", "Straße", "Strasse 2", "Zeppelin"]
