"""What is accepted but worth a look is said, and nothing else is."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.rules import betriebsnummer_ok, check, remarks
from tests.support.events import Record, vacancy


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {
                "pay": {"minimum": Decimal("13.89"), "maximum": None, "currency": "EUR", "period": "HOUR"},
                "start_on": datetime.date(2026, 12, 31),
            },
            "W115",
        ),
        (
            {
                "pay": {"minimum": Decimal("13.90"), "maximum": None, "currency": "EUR", "period": "HOUR"},
                "start_on": datetime.date(2026, 12, 31),
            },
            None,
        ),
        (
            {
                "pay": {"minimum": Decimal("14.59"), "maximum": None, "currency": "EUR", "period": "HOUR"},
                "start_on": datetime.date(2027, 1, 1),
            },
            "W115",
        ),
        (
            {
                "pay": {"minimum": Decimal("14.60"), "maximum": None, "currency": "EUR", "period": "HOUR"},
                "start_on": datetime.date(2027, 1, 1),
            },
            None,
        ),
        (
            {
                "pay": {"minimum": Decimal("10.00"), "maximum": None, "currency": "EUR", "period": "HOUR"},
                "published_from": datetime.date(2025, 6, 1),
                "start_on": None,
            },
            None,
        ),
        ({"workplace": {**vacancy()["workplace"], "place": "Heek"}}, "W128"),
        ({"workplace": {**vacancy()["workplace"], "plz": "49074", "place": "Osnabrück", "ags": None}}, "W129"),
        (
            {
                "workplace": {
                    **vacancy()["workplace"],
                    "country": "NL",
                    "plz": "7512 AB",
                    "place": "Enschede",
                    "ags": None,
                }
            },
            None,
        ),
        ({"employer": {"name": "Firma", "betriebsnummer": "09912343"}}, "W222"),
        ({"employer": {"name": "Firma", "betriebsnummer": None}}, None),
    ],
)
def test_what_is_worth_a_look_is_accepted_and_said(changes: Record, expected: str | None) -> None:
    record = vacancy(**changes)

    assert [] == check("vacancy", record)
    assert ([expected] if expected else []) == [finding.code for finding in remarks("vacancy", record)]


@pytest.mark.parametrize(
    "number",
    ["09912342", "09912347", "12345671", "12345676", "33333330", "33333335", "99999993", "99999998"],
)
def test_a_betriebsnummer_with_a_fitting_check_digit_is_right(number: str) -> None:
    assert betriebsnummer_ok(number)


@pytest.mark.parametrize(
    "number",
    ["09912343", "12345678", "33333331", "99999999", "9912342", "099123420", "0991234x", "٠٩٩١٢٣٤٢", "09912342\n", ""],
)
def test_another_betriebsnummer_is_doubtful(number: str) -> None:
    assert not betriebsnummer_ok(number)


@given(st.text("0123456789", min_size=7, max_size=7))
def test_exactly_two_check_digits_fit_and_they_are_five_apart(first_seven: str) -> None:
    fitting = [digit for digit in range(10) if betriebsnummer_ok(f"{first_seven}{digit}")]

    assert [fitting[0], fitting[0] + 5] == fitting
