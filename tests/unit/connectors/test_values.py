from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import BadRow
from connectors.values.days import BERLIN, date_any_excel, date_de, date_iso, local_timestamp, month
from connectors.values.keys import ags_excel, betriebsnummer_excel, kldb, wz_excel
from connectors.values.numbers import decimal_de, decimal_excel, decimal_point, integer
from connectors.values.parsers import PARSERS, Parser
from connectors.values.pay import money, pay_range
from connectors.values.texts import short_text, text, texts


def code_of(parser: Parser, value: object) -> str | None:
    try:
        parser(value)
    except BadRow as error:
        return error.code
    return None


@pytest.mark.parametrize(
    "written, day",
    [("31.12.2026", date(2026, 12, 31)), ("2.1.2027", date(2027, 1, 2)), (" 01.02.2026 ", date(2026, 2, 1))],
)
def test_a_german_date_is_read(written: str, day: date) -> None:
    assert day == date_de(written)


@pytest.mark.parametrize(
    "written",
    [
        "31.02.2027",
        "29.02.2026",
        "00.00.0000",
        "31.12.9999",
        "1.1.27",
        "2026-12-31",
        "12/31/2026",
        "now",
        "٣١.١٢.٢٠٢٦",
        "31.12.2026 24:00",
        46371.0,
    ],
)
def test_what_is_no_german_date_is_refused(written: object) -> None:
    assert "E102" == code_of(date_de, written)


@pytest.mark.parametrize("written", ["2027-02-31", "20270101", "2027-1-1", "infinity", "epoch", "2026-W01-1", True])
def test_what_is_no_iso_date_is_refused(written: object) -> None:
    assert "E102" == code_of(date_iso, written)


def test_a_spreadsheet_gives_dates_or_their_german_text() -> None:
    assert [date(2026, 12, 31)] * 3 == [
        date_any_excel(date(2026, 12, 31)),
        date_any_excel(datetime(2026, 12, 31, tzinfo=BERLIN)),
        date_any_excel("31.12.2026"),
    ]
    assert "E102" == code_of(date_any_excel, 46387.0)


@pytest.mark.parametrize(
    "written, number", [("15,50", "15.50"), ("1.234,5", "1234.5"), ("38", "38"), ("-14,50", "-14.50")]
)
def test_a_decimal_comma_is_read(written: str, number: str) -> None:
    assert Decimal(number) == decimal_de(written)


@pytest.mark.parametrize(
    "written", ["15.50", "1_000", "+5", "٥", "1.23,4", "1e3", "NaN", "Infinity", "5 €", "12.34.567", "9" * 5000, "１２"]
)
def test_what_has_another_notation_is_not_guessed(written: str) -> None:
    assert "E103" == code_of(decimal_de, written)


@pytest.mark.parametrize("written", ["15,50", "1_000", "+5", "nan", float("nan"), float("inf"), 1e300, True])
def test_a_point_decimal_takes_plain_numbers_only(written: object) -> None:
    assert "E103" == code_of(decimal_point, written)


@pytest.mark.parametrize("written", ["1_000", "5,0", "+5", "0x1", "٣", 1.5, True, "", "1" * 30])
def test_a_whole_number_is_digits_only(written: object) -> None:
    assert "E103" == code_of(integer, written)


def test_a_number_of_a_spreadsheet_has_no_point_zero() -> None:
    assert "21124" == text(21124.0)
    assert 3 == integer(3.0)


def test_zeros_a_spreadsheet_took_away_come_back() -> None:
    assert ("05570016", "01104", "02", "09912342") == (
        ags_excel(5570016.0),
        kldb(1104.0),
        wz_excel(2.0),
        betriebsnummer_excel(9912342.0),
    )


def test_a_postcode_is_never_padded() -> None:
    assert "5922" == PARSERS["plz"](5922.0)


@pytest.mark.parametrize(
    "written, low, high, period",
    [
        ("15.75 - 17.75 EUR/Std", "15.75", "17.75", "HOUR"),
        ("15,75 EUR/Std", "15.75", "15.75", "HOUR"),
        ("2500 - 3000 EUR/Monat", "2500", "3000", "MONTH"),
        ("-14.5 - -14.5 EUR/Std", "-14.5", "-14.5", "HOUR"),
    ],
)
def test_pay_written_as_text_is_taken_apart(written: str, low: str, high: str, period: str) -> None:
    assert {"minimum": Decimal(low), "maximum": Decimal(high), "period": period} == pay_range(written)


def test_noise_of_binary_numbers_is_no_third_place() -> None:
    assert [Decimal("21.85"), Decimal("14.3"), Decimal("15")] == [
        money(21.849999999999998),
        decimal_excel(14.299999999999999),
        money(15.0),
    ]
    assert "E103" == code_of(money, 15.505)


def test_an_amount_with_three_places_is_not_rounded() -> None:
    assert "E103" == code_of(money, "15.505")


def test_of_the_hour_that_comes_twice_the_first_is_meant() -> None:
    assert timedelta(hours=2) == local_timestamp("2026-10-25 02:30:00").utcoffset()
    assert datetime(2026, 11, 22, 3, 10, tzinfo=UTC) == local_timestamp("2026-11-22 04:10:00")


def test_text_is_repaired_without_loss() -> None:
    assert "Bäcker\nKoch" == text("  Ba\u0308cker\r\nKoch \t")


def test_markup_and_formulas_stay_as_they_are() -> None:
    written = "=HYPERLINK(\"x\") {{7*7}} <script>alert('x')</script> ${jndi:ldap://x}"
    assert written == text(written)


@pytest.mark.parametrize(
    "written, code",
    [
        ("a\x00b", "E107"),
        ("a\x1bb", "E107"),
        ("a\x85b", "E107"),
        ("MÃ¼nster", "E108"),
        ("StraÃŸe", "E108"),
        ("a\udc80", "E108"),
    ],
)
def test_damaged_text_is_refused(written: str, code: str) -> None:
    assert code == code_of(text, written)


@pytest.mark.parametrize("written", ["SÃO PAULO", "JOÃO", "Ângela", "Müller & Söhne – „Café“", "50 °C", "Łódź €"])
def test_sound_text_in_other_languages_passes(written: str) -> None:
    assert written == text(written)


def test_marks_nobody_sees_are_taken_out_of_titles() -> None:
    assert "Bäcker" == short_text("Bä\u200bcker\u202e")


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_every_day_survives_both_notations(day: date) -> None:
    assert day == date_de(day.strftime("%d.%m.") + f"{day.year:04}")
    assert day == date_iso(day.isoformat())


@given(st.decimals(min_value=-999_999_999, max_value=999_999_999, places=2, allow_nan=False))
def test_every_amount_survives_both_notations(amount: Decimal) -> None:
    assert amount == decimal_point(f"{amount:.2f}")
    assert amount == decimal_de(f"{amount:.2f}".replace(".", ","))
    grouped = f"{amount:,.2f}".replace(",", "#").replace(".", ",").replace("#", ".")
    assert amount == decimal_de(grouped)


@given(st.text(), st.sampled_from(sorted(PARSERS)))
def test_any_text_is_parsed_or_refused_with_a_code(written: str, name: str) -> None:
    assert code_of(PARSERS[name], written) in (None, "E102", "E103", "E105", "E107", "E108", "E116")


@given(st.text(alphabet=st.characters(categories=["Nd"]), min_size=1, max_size=8))
def test_only_ascii_digits_are_digits(digits: str) -> None:
    assert (digits.isascii()) == (code_of(integer, digits) is None)


some_cells = (
    st.text() | st.text(st.characters(max_codepoint=0x17F)) | st.sampled_from([" Bäcker ", "–", "x\u0301", "Ã¼"])
)


@given(st.lists(some_cells))
def test_many_texts_at_once_are_what_each_of_them_is(cells: list[str]) -> None:
    found = texts(cells)

    assert found is None or found == [text(cell) for cell in cells] == [short_text(cell) for cell in cells]


@pytest.mark.parametrize("good", [["Bäcker", " Köche "], ["Bäcker", "früh – spät €"]])
@pytest.mark.parametrize(
    "odd", ["a\x01", "a\nb", "Ã¼", "Â", "â€", "\xa0", "\xad", "e\u0301", "\u200b", "\u202e", "\ue000"]
)
def test_one_text_that_has_to_be_looked_at_is_noticed_among_many(good: list[str], odd: str) -> None:
    assert texts(good) == [cell.strip() for cell in good]
    assert texts([*good, odd]) is None


@pytest.mark.parametrize("told", ["2026-10", "10/2026", "10.2026", "202610", date(2026, 10, 31)])
def test_a_month_is_read_as_people_write_it(told: object) -> None:
    assert "2026-10" == month(told)


@pytest.mark.parametrize("told", ["13/2026", "2026-00", "10-2026", "Oktober", "20261"])
def test_a_month_that_is_none_is_refused(told: str) -> None:
    with pytest.raises(BadRow, match="E116"):
        month(told)


@pytest.mark.parametrize("told", ["82102", "B 82102", "B82102", "B 82 102", "82 102"])
def test_an_occupation_is_read_as_publications_write_it(told: str) -> None:
    assert "82102" == kldb(told)


def test_what_is_no_occupation_is_left_for_the_rule_to_refuse() -> None:
    assert ["8210", "C 82102", "82-102"] == [kldb(told) for told in ("B 8210", "C 82102", "82-102")]
