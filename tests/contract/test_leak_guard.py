"""The leak guard finds client numbers however they are spelt, and leaves ordinary texts alone."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import iban
from stdnum.de import idnr
from stdnum.iso7064 import mod_11_10

from schemas import codelists, leak_guard
from schemas.codes import Finding
from schemas.leak_guard import leak_in, leaks
from tests.support.events import vacancy
from tests.support.random_events import long_texts, titles
from tests.support.tries import tries

_GAPS = st.sampled_from(["", "", " ", "\u00a0", "-", " -"])
_DIGITS = "0123456789"


def digits(count: int, first: str = _DIGITS) -> st.SearchStrategy[str]:
    """That many digits."""
    return st.tuples(st.sampled_from(first), st.text(_DIGITS, min_size=count - 1, max_size=count - 1)).map("".join)


@st.composite
def benefit_units(draw: st.DrawFn) -> str:
    sign = draw(st.sampled_from(["BG", "bg", "Bg", "//"]))
    return draw(digits(5)) + draw(_GAPS) + sign + draw(_GAPS) + draw(digits(7))


@st.composite
def customers(draw: st.DrawFn) -> str:
    if draw(st.booleans()):
        return draw(digits(3)) + draw(st.sampled_from("ABCDEFabcdef")) + draw(digits(6))
    group = draw(st.sampled_from(["", " "]))
    letter = draw(_GAPS) + draw(st.sampled_from("ABCDEFXYZ")) + draw(_GAPS)
    return draw(digits(3)) + letter + draw(digits(3)) + group + draw(digits(3))


@st.composite
def pensions(draw: st.DrawFn) -> str:
    born = draw(st.dates()).strftime("%d %m %y")
    letter = draw(_GAPS) + draw(st.sampled_from("ABDJKMSZ")) + draw(_GAPS)
    return (
        draw(digits(2)) + draw(_GAPS) + draw(st.sampled_from([born, born.replace(" ", "")])) + letter + draw(digits(3))
    )


@st.composite
def bank_accounts(draw: st.DrawFn) -> str:
    country, places = draw(st.sampled_from([("DE", 18), ("AT", 16)]))
    number = draw(digits(places))
    whole = country + iban.calc_check_digits(f"{country}00{number}") + number
    gap = draw(st.sampled_from(["", " ", "\u00a0", ".", "-"]))
    spelt = gap.join(whole[place : place + 4] for place in range(0, len(whole), 4))
    return spelt.lower() if draw(st.booleans()) else spelt


@st.composite
def tax_numbers(draw: st.DrawFn) -> str:
    # Of the first ten digits one stands twice and one is missing; the first is not 0.
    nine = draw(st.permutations(_DIGITS).filter(lambda order: order[0] != "0"))[:9]
    ten = "".join(nine) + draw(st.sampled_from(nine))
    whole = ten + mod_11_10.calc_check_digit(ten)
    gap = draw(st.sampled_from(["", " ", "\u00a0", "/", ".", "-"]))
    return gap.join((whole[:2], whole[2:5], whole[5:8], whole[8:]))


PLANTED: dict[str, st.SearchStrategy[str]] = {
    "E510": benefit_units(),
    "E511": customers(),
    "E512": bank_accounts(),
    "E513": pensions(),
    "E514": tax_numbers(),
}


def test_every_kind_of_number_has_a_planted_one() -> None:
    assert leak_guard.CODES == PLANTED.keys()


_BEFORE = st.sampled_from(
    ["", "Bewerber Müller ", "Nr.", "Nr.: ", "(", "\n", "„", "Kunde_", "siehe-", "IBAN: ", "48624 "]
)
_AFTER = st.sampled_from(["", ".", ", bitte melden", ")", "\n", "“", " und", ";", " BITTE SOFORT"])


@pytest.mark.parametrize("code", PLANTED)
@settings(max_examples=tries(150))
@given(data=st.data())
def test_a_planted_number_is_found_in_any_spelling(code: str, data: st.DataObject) -> None:
    number = data.draw(PLANTED[code])
    text = data.draw(titles()) + " " + data.draw(_BEFORE) + number + data.draw(_AFTER)

    assert code == leak_in(text)


@settings(max_examples=tries(50))
@given(st.sampled_from(["title", "description", "source_id"]), customers())
def test_it_is_found_in_whatever_field_it_stands(field: str, number: str) -> None:
    assert [Finding("E511", field)] == leaks(vacancy(**{field: number}))


def test_it_is_found_in_nested_fields_and_lists() -> None:
    record = vacancy(
        employer={"name": "123A456789", "betriebsnummer": None},
        external_references=[{"system": "BA", "id": "1"}, {"system": "intern", "id": "36502BG0012345"}],
    )

    assert [Finding("E511", "employer.name"), Finding("E510", "external_references.id")] == leaks(record)


def test_contact_data_of_an_employer_may_look_like_a_number() -> None:
    contact = {"name": None, "phone": "36 574 261 809", "email": "123a456789@firma.example", "website": None}

    assert [] == leaks(vacancy(contact=contact))
    assert [Finding("E514", "contact.name")] == leaks(vacancy(contact={**contact, "name": "36 574 261 809"}))


def _betriebsnummern() -> st.SearchStrategy[str]:
    return digits(8).map(lambda number: f"Betriebsnummer {number}")


def _telephones() -> st.SearchStrategy[str]:
    area = st.sampled_from(["0251", "02861", "02541", "05971", "02581", "0170"])
    forms = ["{0} {1}", "{0}/{1}", "({0}) {1}", "{0}-{1}", "{0}{1}", "{0} / {1}-0"]
    national = st.builds(lambda form, first, rest: form.format(first, rest), st.sampled_from(forms), area, digits(7))
    abroad = st.builds(
        lambda gap, first, rest: f"+49{gap}{first[1:]}{gap}{rest}", st.sampled_from(["", " ", "-"]), area, digits(6)
    )
    return national | abroad


def _dates() -> st.SearchStrategy[str]:
    return st.datetimes().map(lambda time: time.strftime("%d.%m.%Y %H:%M")) | st.dates().map(str)


def _prices() -> st.SearchStrategy[str]:
    return st.integers(0, 99_999_999).map(lambda cents: f"{cents / 100:,.2f} EUR") | st.integers(1, 99_999).map(
        lambda euros: f"{euros:,}".replace(",", ".") + " €"
    )


def _places() -> st.SearchStrategy[str]:
    names = st.sampled_from(sorted(codelists.municipalities().values()))
    return st.builds(lambda plz, place: f"{plz} {place}", digits(5), names) | digits(8).map(lambda ags: f"AGS {ags}")


def _references() -> st.SearchStrategy[str]:
    return st.builds(lambda number: f"10000-{number}-S", digits(10)) | st.builds(
        lambda agency, number: f"{agency}/{number}/26", digits(3), digits(4)
    )


HARMLESS: dict[str, st.SearchStrategy[str]] = {
    "establishment numbers": _betriebsnummern(),
    "telephone numbers": _telephones(),
    "dates": _dates(),
    "prices": _prices(),
    "postcodes and municipality keys": _places(),
    "reference numbers": _references(),
    "occupations": st.sampled_from(sorted(codelists.occupations())),
    "industries": st.sampled_from(sorted(codelists.industries())),
    "sentences": long_texts(),
}


@pytest.mark.parametrize("what", HARMLESS)
@settings(max_examples=tries(100))
@given(data=st.data())
def test_what_may_stand_in_a_vacancy_is_no_leak(what: str, data: st.DataObject) -> None:
    text = f"{data.draw(titles())}: {data.draw(HARMLESS[what])}, {data.draw(titles())}"

    assert leak_in(text) is None


@settings(max_examples=tries(100))
@given(st.lists(st.one_of(*HARMLESS.values()), min_size=2, max_size=6))
def test_several_of_them_in_one_text_are_no_leak(pieces: list[str]) -> None:
    assert leak_in(", ".join(pieces)) is None


@pytest.mark.parametrize(
    "text",
    [
        "Wir suchen 3 Helfer (m/w/d) für 2 Standorte, 38,5 Stunden, ab 15,50 €/Std.",
        "Halle 120 m 150 Stellplätze",
        "Kabel 120 m 150000 verlegt",
        "Bauteil DE12 3456 7890 1234 5678 90 nach Zeichnung",
        "IBAN DE00 0000 0000 0000 0000 00",
        "IBAN DE89 3704 0044 0532 0130 01",
        "Steuer-ID 36 574 261 808",
        "Artikel 4006381333931",
        "Chiffre 2026/11/25-0815",
        "Volmer & Söhne seit 1911, HRB 12345",
        "Schicht 1 06:00-14:00, Schicht 2 14:00-22:00",
        "BG-Nummer bitte nicht angeben",
        "",
    ],
)
def test_an_ordinary_text_is_no_leak(text: str) -> None:
    assert leak_in(text) is None


@pytest.mark.parametrize(
    "text", ["X123A456789", "123A4567890", "Ä36502BG0012345", "136 574 261 809 00", "XDE89370400440532013000"]
)
def test_part_of_a_longer_word_is_no_leak(text: str) -> None:
    assert leak_in(text) is None


def test_a_candidate_that_is_none_does_not_hide_the_number_behind_it() -> None:
    assert "E512" == leak_in("EG20 PLUS DE89 3704 0044 0532 0130 00")
    assert "E514" == leak_in("11 111 111 111 36 574 261 809")


def test_without_its_check_digits_the_guard_would_refuse_any_eleven_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idnr, "is_valid", lambda number: True)

    assert "E514" == leak_in("Steuer-ID 36 574 261 808")


def test_a_guard_that_looks_away_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leak_guard, "_NUMBER", re.compile("(?!)"))

    assert leak_in("Kd.-Nr. 123A456789") is None


WIDE = [
    "12345\u2003\u2003BG\u2003\u20031234567",
    "123\u2003\u2003A\u2003\u2003456\u2003789",
    "36\u2003574\u2003261\u2003809",
    "DE89\u2003370400440532013000",
]


@pytest.mark.parametrize("text", WIDE)
def test_the_widest_blanks_hide_no_number(text: str) -> None:
    assert leak_in(f"ä{text}ä") is None  # letters touch it
    assert leak_in(f"ä {text} ä") is not None


def test_a_first_look_that_is_too_near_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leak_guard, "_HAS_PARTS", re.compile(rb"0(?:(?<=aa0)0|(?:[^0|]{0,13}0){8})"))

    assert leak_in(WIDE[0]) is None


@settings(max_examples=tries(500))
@given(st.lists(st.sampled_from(["1", "23", "456", "7890", " ", "\u2003", "-", "/", ".", "B", "BG", "DE", "ä", "\0"])))
def test_what_the_closer_look_finds_the_first_look_lets_through(pieces: list[str]) -> None:
    text = "".join(pieces)

    assert leak_guard.may_hold_number(text) or not (leak_guard._NUMBER.search(text) or leak_guard._IBAN.search(text))
