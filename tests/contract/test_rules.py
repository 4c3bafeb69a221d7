"""Rules: what is valid passes, and each way to break it gives its code, its field, and no other."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import rules
from schemas.codec import codec
from schemas.codes import Finding
from schemas.rules import check, check_batch, remarks
from schemas.topics import EVENTS, Event
from tests.support.events import PLAIN, Record, ended, measure, placement, vacancy
from tests.support.mutations import MUTATIONS, Mutation
from tests.support.random_events import valid
from tests.support.tries import tries


@pytest.mark.parametrize("event", EVENTS)
def test_the_plain_event_is_valid_and_not_worth_a_remark(event: Event) -> None:
    assert [] == check(event, PLAIN[event]())
    assert [] == check(event, ended(PLAIN[event]()))
    assert [] == remarks(event, PLAIN[event]())


@pytest.mark.parametrize("event", EVENTS)
@settings(max_examples=tries(60))
@given(data=st.data())
def test_a_random_valid_event_passes(event: Event, data: st.DataObject) -> None:
    assert [] == check(event, data.draw(valid(event)))


@pytest.mark.parametrize("mutation", MUTATIONS, ids=str)
def test_a_broken_rule_is_named_with_its_field(mutation: Mutation) -> None:
    assert [Finding(mutation.code, mutation.field)] == check(mutation.event, mutation.example())


@pytest.mark.parametrize("event", EVENTS)
@settings(max_examples=tries(150))
@given(data=st.data())
def test_a_rule_holds_whatever_else_the_event_says(event: Event, data: st.DataObject) -> None:
    mutation = data.draw(st.sampled_from([one for one in MUTATIONS if one.event == event]))
    broken = mutation.apply(data.draw(valid(event)))

    assert mutation.code in {finding.code for finding in check(event, broken)}


@settings(max_examples=tries(30))
@given(st.data())
def test_a_batch_judges_each_record_as_if_it_were_alone(data: st.DataObject) -> None:
    strategy = valid("vacancy") | st.sampled_from([one.example() for one in MUTATIONS if one.event == "vacancy"])
    batch = data.draw(st.lists(strategy, max_size=6))

    assert [check("vacancy", record) for record in batch] == check_batch("vacancy", batch)


def test_client_data_is_found_although_other_fields_are_unsound() -> None:
    record = vacancy(openings=0, description="Kd.-Nr. 123A456789")

    assert [Finding("E104", "openings"), Finding("E511", "description")] == check("vacancy", record)


def test_several_rules_are_named_together() -> None:
    record = vacancy(kldb2010="99999", published_until=datetime.date(2026, 1, 1))

    assert {"E110", "E201"} == {finding.code for finding in check("vacancy", record)}


@pytest.mark.parametrize(
    "value",
    ["secret", 4711, None, {}, [], b"x", float("nan"), Decimal("NaN"), datetime.datetime.now(datetime.UTC)],
)
@pytest.mark.parametrize("event", EVENTS)
def test_a_value_of_any_kind_in_any_field_is_a_finding_or_fine_and_never_an_exception(event: Event, value: Any) -> None:
    for name in PLAIN[event]():
        findings = check(event, PLAIN[event](**{name: value}))

        assert all("secret" not in repr(finding) for finding in findings)


@settings(max_examples=tries(100))
@given(
    st.recursive(st.none() | st.text(max_size=5), lambda inner: st.dictionaries(st.text(max_size=5), inner, max_size=3))
)
def test_nonsense_is_refused_without_an_exception(nonsense: Any) -> None:
    record: Record = nonsense if isinstance(nonsense, dict) else {}

    assert check("vacancy", record)


def test_what_the_codec_reads_and_the_rules_refuse_is_never_both() -> None:
    """Symbols of a later version come as UNKNOWN and are refused where they decide something."""
    unknown = codec("vacancy").decode(codec("vacancy").encode(vacancy(visibility="UNKNOWN")))

    assert [Finding("E105", "visibility")] == check("vacancy", unknown)


# -------------------------------------------------------------------------------------------------- rules that are off


@pytest.mark.parametrize("event", EVENTS)
def test_without_the_rules_between_fields_their_mutations_would_pass(
    event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    across = [
        one for one in MUTATIONS if one.event == event and one.code in ("E110", "E114", "E201", "E205", "E213", "E214")
    ]
    monkeypatch.setitem(rules._ACROSS, event, lambda record: iter(()))
    passing = [one for one in across if check(event, one.example()) == []]

    assert len(passing) >= 4


def test_without_the_leak_guard_its_mutations_would_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "leaks", lambda record: [])
    passing = [
        one
        for one in MUTATIONS
        if one.code in ("E510", "E511", "E512", "E513", "E514") and not check(one.event, one.example())
    ]

    assert len(passing) >= 15


# ------------------------------------------------------------------------------------------------------------- borders


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"published_until": datetime.date(2026, 11, 16)}, None),
        ({"published_until": datetime.date(2026, 11, 15)}, "E201"),
        ({"term_until": datetime.date(2027, 1, 4)}, None),
        ({"term_until": datetime.date(2027, 1, 3)}, "E203"),
        ({"start_on": datetime.date(2026, 11, 16) + datetime.timedelta(days=732)}, None),
        ({"start_on": datetime.date(2026, 11, 16) + datetime.timedelta(days=733)}, "E204"),
        ({"weekly_hours": 60.0}, None),
        ({"weekly_hours": 60.5}, "E104"),
        ({"weekly_hours": 0.0}, "E104"),
        ({"title": "x" * 300}, None),
        ({"title": "x" * 301}, "E106"),
        ({"openings": 9999}, None),
        ({"version": 2**62}, None),
        ({"version": 2**62 + 1}, "E604"),
    ],
)
def test_a_border_belongs_to_the_valid_side(changes: Record, code: str | None) -> None:
    findings = check("vacancy", vacancy(**changes))

    assert ([code] if code else []) == [finding.code for finding in findings]


@pytest.mark.parametrize(
    ("period", "amount", "code"),
    [
        ("HOUR", "500.00", None),
        ("HOUR", "500.01", "E115"),
        ("MONTH", "80000.00", None),
        ("YEAR", "1000000.01", "E115"),
        ("DAY", "-1.00", "E115"),
    ],
)
def test_pay_has_a_limit_for_each_period(period: str, amount: str, code: str | None) -> None:
    pay = {"minimum": Decimal(amount), "maximum": None, "currency": "EUR", "period": period}

    assert ([code] if code else []) == [finding.code for finding in check("vacancy", vacancy(pay=pay))]


@pytest.mark.parametrize(
    ("instrument", "start", "funder", "code"),
    [
        ("FBW", datetime.date(2024, 12, 31), "JOBCENTER", None),
        ("FBW", datetime.date(2025, 1, 1), "AGENTUR_FUER_ARBEIT", None),
        ("FBW", datetime.date(2025, 1, 1), "JOBCENTER", "E212"),
        ("AGH", datetime.date(2025, 1, 1), "JOBCENTER", None),
        ("STAFF", datetime.date(2025, 1, 1), "OTHER", None),
        ("16J", datetime.date(2024, 3, 31), "JOBCENTER", None),
        ("16J", datetime.date(2024, 4, 1), "JOBCENTER", "E114"),
        ("K16", datetime.date(2023, 6, 30), "JOBCENTER", "E114"),
    ],
)
def test_who_pays_follows_from_instrument_and_first_day(
    instrument: str, start: datetime.date, funder: str, code: str | None
) -> None:
    record = measure(instrument=instrument, start_on=start, funder=funder, end_on=None)

    assert ([code] if code else []) == [finding.code for finding in check("measure", record)]


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ({"country": "NL", "plz": "7512 AB", "place": None}, None),
        ({"country": "NL", "plz": "7512AB", "place": None}, None),
        ({"country": "NL", "plz": "48624", "place": None}, "E112"),
        ({"country": "PL", "plz": "00-950", "place": None}, None),
        ({"country": "DE", "plz": "01067", "place": None}, None),
        ({"country": "DE", "plz": None, "place": "Rheine"}, None),
        ({"ags": "03404000"}, None),  # Osnabrück: outside the region nobody knows them all
        ({"ags": "05915000"}, None),
        ({"ags": "05915004"}, "E113"),
    ],
)
def test_an_address_abroad_and_outside_the_region_is_fine(address: Record, code: str | None) -> None:
    workplace = {**vacancy()["workplace"], "ags": None, **address}

    assert ([code] if code else []) == [finding.code for finding in check("vacancy", vacancy(workplace=workplace))]


@pytest.mark.parametrize(
    ("kind", "subsidy", "code"),
    [
        ("SELBSTAENDIG", "ESG", None),
        ("AUSBILDUNG_BETRIEBLICH", "NONE", None),
        ("OEFF_GEF", "AGH", None),
        ("OEFF_GEF", "NONE", "E214"),
        ("SVB_GEFOERDERT", "I16", "E214"),
    ],
)
def test_a_subsidy_fits_its_placement(kind: str, subsidy: str, code: str | None) -> None:
    record = placement(placement_type=kind, subsidy=subsidy)

    assert ([code] if code else []) == [finding.code for finding in check("placement", record)]
