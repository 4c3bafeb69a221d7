"""One spelling for what two offices write differently."""

from __future__ import annotations

import pytest

from hub.match import normalise


@pytest.mark.parametrize(
    "one, other",
    [
        ("Terhechte Logistik GmbH & Co. KG", "Fa. TERHECHTE LOGISTIK"),
        ("Müller und Söhne OHG", "Mueller & Soehne"),
        ("Kita Regenbogen e.V.", "Kita Regenbogen"),
        ("Bauer Software UG (haftungsbeschränkt)", "Firma Bauer Software"),
        ("Seniorenstift St. Anna gGmbH", "Seniorenstift St. Anna gGmbh"),
        ("De Boer B.V.", "De Boer"),
    ],
)
def test_an_employer_is_one_with_and_without_its_legal_form(one: str, other: str) -> None:
    assert normalise.employer(one) == normalise.employer(other)


def test_an_employer_whose_name_is_a_legal_form_keeps_it() -> None:
    assert normalise.employer("AG") == "ag"


@pytest.mark.parametrize(
    "one, other",
    [
        ("Lagerhelfer/in (m/w/d) in Vollzeit", "Lagerhelfer"),
        ("Köchin/Koch ab sofort gesucht", "Koch (gn)"),
        ("Verkäufer:in – 20 Std./Woche", "Verkäuferin"),
        ("Erzieher (Kennziffer 2026-814)", "Erzieher*in"),
        ("Tischler in Ahaus", "Tischler"),
        ("MA Produktion", "Mitarbeiter/in Produktion"),
    ],
)
def test_a_title_is_one_without_gender_hours_place_and_number(one: str, other: str) -> None:
    assert normalise.title(one, "Ahaus") == normalise.title(other, "Ahaus")


@pytest.mark.parametrize(
    "text, expected",
    [
        ("Produktionshelfer Nachtschicht (m/w/d)", {"nacht"}),
        ("Pflege im Früh- und Spätdienst", {"frueh", "spaet"}),
        ("Nachtwache gesucht", {"nacht"}),
        ("Bäcker am Wochenende", {"wochenend"}),
        ("Tagespflege für Senioren", set()),
        ("Frühstückskraft", set()),
    ],
)
def test_shifts_are_read_from_a_text(text: str, expected: set[str]) -> None:
    assert expected == normalise.shifts(text)


def test_a_town_without_its_key_gets_it_from_postcode_and_name() -> None:
    assert "ags:05554004" in normalise.towns(None, "48683", "Ahaus")
    assert normalise.towns(None, "10115", "Berlin") == {"plz:10115", "town:berlin"}


def test_a_street_is_one_however_short() -> None:
    assert normalise.street("Industriestr. 100") == normalise.street("Industriestraße 100")
    assert normalise.street("Industrie-Str. 100") == normalise.street("Industrie Straße 100")


def test_a_telephone_number_is_one_with_and_without_its_country() -> None:
    assert normalise.contacts(None, "+49 2555 123456") == normalise.contacts(None, "02555/123456")
