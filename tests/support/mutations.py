"""One way to break a valid event for each rule, with the code that must come of it."""

from __future__ import annotations

import copy
import datetime
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from schemas.topics import EVENTS, Event
from tests.support.events import PLAIN, Record

Change = Callable[[Record], None]


@dataclass(frozen=True, slots=True)
class Mutation:
    """A change that breaks exactly one rule."""

    event: Event
    code: str
    field: str
    what: str
    change: Change

    def __str__(self) -> str:
        return f"{self.event}-{self.code}-{self.what}"

    def apply(self, record: Record) -> Record:
        """A broken copy of the record."""
        broken = copy.deepcopy(record)
        self.change(broken)
        return broken

    def example(self) -> Record:
        """The plain event of tests/support/events.py, broken."""
        return self.apply(PLAIN[self.event]())


def _set(path: str, value: Any) -> Change:
    *folders, last = path.split(".")

    def change(record: Record) -> None:
        for name in folders:
            if record[name] is None:  # a random event may lack the part that is to be broken
                record[name] = copy.deepcopy(_PARTS[name])
            record = record[name]
        record[last] = value

    return change


_PARTS: dict[str, Record] = {
    name: part for event in EVENTS for name, part in PLAIN[event]().items() if isinstance(part, dict)
}


def _put(**values: Any) -> Change:
    return lambda record: record.update(copy.deepcopy(values))


def _without(name: str) -> Change:
    def change(record: Record) -> None:
        del record[name]

    return change


_END = {"status": "ENDED", "end_reason": "FILLED", "ended_on": datetime.date(2026, 11, 23)}
_OPEN = {"status": "ACTIVE", "end_reason": None, "ended_on": None}
_DAY = datetime.date(2026, 11, 25)
_DAY_BEFORE = datetime.date(2026, 11, 24)

_EVERYWHERE = [
    ("E109", "source_id", "blank_in_source_id", _set("source_id", "BOR 25147")),
    ("E109", "source_id", "empty_source_id", _set("source_id", "")),
    ("E102", "ended_on", "end_without_a_real_day", _put(**{**_END, "ended_on": "2026-02-30"})),
    ("E213", "status", "end_without_reason", _put(**{**_END, "end_reason": None})),
    ("E213", "status", "end_without_day", _put(**{**_END, "ended_on": None})),
    ("E213", "status", "open_with_reason", _put(**{**_OPEN, "end_reason": "FILLED"})),
    ("E213", "status", "open_with_day", _put(**{**_OPEN, "ended_on": _DAY})),
    ("E511", "source_id", "customer_number_as_source_id", _set("source_id", "123A456789")),
    ("E604", "jobcenter", "jobcenter_in_capitals", _set("jobcenter", "Borken")),
    ("E604", "version", "version_nought", _set("version", 0)),
    ("E604", "epoch", "negative_epoch", _set("epoch", -1)),
    ("E604", "status", "unknown_status", _set("status", "UNKNOWN")),
    ("E604", "surprise", "field_nobody_knows", _set("surprise", "x")),
    ("E604", "epoch", "missing_epoch", _without("epoch")),
]

_LEAKS = [
    ("E510", "benefit_unit_number", "Rückfragen zu 36502BG0012345"),
    ("E511", "customer_number", "Kd.-Nr. 123A456789"),
    ("E512", "bank_account", "Konto DE89 3704 0044 0532 0130 00"),
    ("E513", "pension_number", "RV 65 170839 J 003"),
    ("E514", "tax_number", "IdNr. 36 574 261 809"),
]


def _address(name: str) -> list[tuple[str, str, str, Change]]:
    german = {"country": "DE", "plz": "48624", "place": "Schöppingen", "ags": None}

    def put(**values: Any) -> Change:
        return lambda record: record[name].update({**german, **values})

    return [
        ("E101", f"{name}.place", "neither_postcode_nor_place", put(plz=None, place=None)),
        ("E101", f"{name}.place", "no_postcode_and_empty_place", put(plz=None, place="")),
        ("E106", f"{name}.street", "long_street", put(street="Weg " * 100)),
        ("E107", f"{name}.place", "control_character_in_place", put(place="Schöp\x00pingen")),
        ("E112", f"{name}.plz", "postcode_of_four_digits", put(plz="4862")),
        ("E112", f"{name}.plz", "postcode_of_noughts", put(plz="00000")),
        ("E112", f"{name}.plz", "postcode_in_arabic_digits", put(plz="٤٨٦٢٤")),
        ("E112", f"{name}.plz", "long_postcode", put(plz="48624-48629")),
        ("E112", f"{name}.plz", "dutch_postcode_without_letters", put(country="NL", plz="7512")),
        ("E113", f"{name}.ags", "municipality_key_without_nought", put(ags="5554052")),
        ("E113", f"{name}.ags", "municipality_key_of_nowhere", put(ags="05554999")),
        ("E604", f"{name}.country", "country_in_words", put(country="Deutschland")),
        ("E604", f"{name}.latitude", "latitude_off_the_globe", put(latitude=91.0)),
        ("E604", f"{name}.longitude", "longitude_not_a_number", put(longitude=float("nan"))),
    ]


_VACANCY = [
    *_address("workplace"),
    ("E101", "title", "empty_title", _set("title", "")),
    ("E101", "title", "blank_title", _set("title", " \n\u00a0")),
    ("E101", "title", "missing_title", _without("title")),
    ("E101", "employer.name", "blank_employer", _set("employer.name", " ")),
    ("E102", "start_on", "start_as_text", _set("start_on", "2026-02-31")),
    ("E102", "published_from", "missing_first_day", _without("published_from")),
    ("E104", "openings", "no_openings", _set("openings", 0)),
    ("E104", "openings", "too_many_openings", _set("openings", 10_000)),
    ("E104", "weekly_hours", "hours_times_ten", _set("weekly_hours", 385.0)),
    ("E105", "visibility", "unknown_visibility", _set("visibility", "UNKNOWN")),
    ("E105", "working_time", "unknown_working_time", _set("working_time", ["UNKNOWN"])),
    ("E105", "offer_type", "invented_offer_type", _set("offer_type", "EHRENAMT")),
    ("E105", "pay.period", "unknown_pay_period", _set("pay.period", "UNKNOWN")),
    ("E106", "title", "long_title", _set("title", "Koch " * 61)),
    ("E106", "description", "long_description", _set("description", "Text " * 4001)),
    ("E107", "title", "control_character_in_title", _set("title", "Koch\x07")),
    ("E107", "description", "control_character_in_description", _set("description", "a\x0bb")),
    ("E107", "employer.name", "control_character_in_employer", _set("employer.name", "Firma\x1f")),
    ("E110", "kldb2010", "occupation_of_nowhere", _set("kldb2010", "99999")),
    ("E110", "kldb2010", "occupation_of_four_digits", _set("kldb2010", "5131")),
    ("E111", "industry.code", "industry_of_nowhere", _set("industry", {"code": "04", "version": "WZ2008"})),
    ("E111", "industry.code", "industry_in_words", _set("industry", {"code": "Handel", "version": "WZ2025"})),
    ("E113", "organisational_unit", "short_organisational_unit", _set("organisational_unit", "5558044")),
    ("E115", "pay.minimum", "pay_of_nought", _set("pay.minimum", Decimal("0.00"))),
    (
        "E115",
        "pay.maximum",
        "years_pay_for_an_hour",
        _set("pay", {"minimum": None, "maximum": Decimal("500.01"), "currency": "EUR", "period": "HOUR"}),
    ),
    ("E115", "pay.minimum", "pay_in_tenths_of_a_cent", _set("pay.minimum", Decimal("13.905"))),
    (
        "E201",
        "published_until",
        "publication_ends_first",
        _put(published_from=_DAY, published_until=_DAY_BEFORE, start_on=None),
    ),
    (
        "E202",
        "pay.minimum",
        "pay_turned_round",
        _set("pay", {"minimum": Decimal("17.00"), "maximum": Decimal("15.50"), "currency": "EUR", "period": "HOUR"}),
    ),
    (
        "E203",
        "term_until",
        "contract_ends_before_it_begins",
        _put(start_on=_DAY, term_until=_DAY_BEFORE, published_from=_DAY, published_until=None),
    ),
    (
        "E204",
        "start_on",
        "start_in_three_years",
        _put(published_from=_DAY, published_until=None, start_on=datetime.date(2029, 11, 25), term_until=None),
    ),
    ("E604", "working_time", "working_time_twice", _set("working_time", ["VOLLZEIT", "VOLLZEIT"])),
    ("E604", "contact.website", "website_that_runs_code", _set("contact.website", "javascript:alert(1)")),
    ("E604", "pay.currency", "currency_sign", _set("pay.currency", "€")),
    ("E604", "ba_dkz_id", "occupation_number_in_letters", _set("ba_dkz_id", "B 30245")),
    ("E604", "industry.version", "unknown_industry_version", _set("industry", {"code": "52", "version": "UNKNOWN"})),
    ("E604", "temporary_agency_work", "yes_as_text", _set("temporary_agency_work", "ja")),
    *[(code, "description", f"{what}_in_description", _set("description", text)) for code, what, text in _LEAKS],
    ("E512", "employer.name", "bank_account_in_employer", _set("employer.name", _LEAKS[2][2])),
]

_MEASURE = [
    *_address("location"),
    ("E101", "title", "blank_title", _set("title", "  ")),
    ("E102", "start_on", "start_as_text", _set("start_on", "2026-02-31")),
    ("E104", "seats", "negative_seats", _put(seats=-1, seats_free=None)),
    (
        "E104",
        "outcomes.entries",
        "too_many_entries",
        _set("outcomes", {"entries": 100_001, "exits": None, "early_exits": None, "employed_after_6_months": None}),
    ),
    ("E105", "theme", "invented_theme", _set("theme", "TANZ")),
    ("E106", "provider", "long_provider", _set("provider", "Akademie " * 40)),
    ("E107", "provider", "control_character_in_provider", _set("provider", "Akademie\x85")),
    ("E114", "instrument", "instrument_of_nowhere", _set("instrument", "ABC")),
    ("E114", "instrument", "instrument_abolished_before", _put(instrument="16J", funder="JOBCENTER")),
    ("E114", "instrument", "instrument_in_small_letters", _set("instrument", "fbw")),
    ("E118", "measure_number", "measure_number_without_agency", _set("measure_number", "579/26")),
    ("E205", "seats_free", "more_free_than_there_are", _put(seats=5, seats_free=6)),
    (
        "E206",
        "end_on",
        "ends_before_it_begins",
        _put(instrument="AGH", funder="JOBCENTER", start_on=_DAY, end_on=_DAY_BEFORE),
    ),
    (
        "E211",
        "outcomes.exits",
        "more_exits_than_entries",
        _set("outcomes", {"entries": 1, "exits": 2, "early_exits": None, "employed_after_6_months": None}),
    ),
    (
        "E211",
        "outcomes.early_exits",
        "more_early_exits_than_exits",
        _set("outcomes", {"entries": 5, "exits": 2, "early_exits": 3, "employed_after_6_months": None}),
    ),
    (
        "E211",
        "outcomes.employed_after_6_months",
        "more_employed_than_exits",
        _set("outcomes", {"entries": 5, "exits": 2, "early_exits": None, "employed_after_6_months": 3}),
    ),
    (
        "E212",
        "funder",
        "jobcenter_pays_for_training_of_2026",
        _put(instrument="FBW", start_on=_DAY, end_on=None, funder="JOBCENTER"),
    ),
    ("E604", "funder", "unknown_funder", _set("funder", "UNKNOWN")),
    *[(code, "title", f"{what}_in_title", _set("title", text)) for code, what, text in _LEAKS],
]

_PLACEMENT = [
    ("E104", "openings_filled", "no_openings_filled", _set("openings_filled", 0)),
    ("E105", "placement_type", "unknown_placement_type", _set("placement_type", "UNKNOWN")),
    ("E105", "subsidy", "invented_subsidy", _set("subsidy", "BONUS")),
    ("E110", "kldb3", "occupation_group_of_nowhere", _set("kldb3", "999")),
    ("E110", "kldb3", "occupation_of_five_digits", _set("kldb3", "62102")),
    ("E116", "month", "day_instead_of_month", _set("month", "2026-10-05")),
    ("E116", "month", "thirteenth_month", _set("month", "2026-13")),
    ("E119", "kreis", "kreis_key_without_nought", _set("kreis", "5566")),
    ("E214", "subsidy", "subsidised_without_subsidy", _put(placement_type="SVB_GEFOERDERT", subsidy="NONE")),
    ("E214", "subsidy", "unsubsidised_with_subsidy", _put(placement_type="SVB_UNGEFOERDERT", subsidy="EGZ")),
    ("E214", "subsidy", "minijob_with_subsidy", _put(placement_type="MINIJOB", subsidy="EGZ")),
    ("E214", "subsidy", "job_creation_with_wage_subsidy", _put(placement_type="OEFF_GEF", subsidy="EGZ")),
    *[
        (code, "source_id", f"{what}_as_source_id", _set("source_id", text.split(" ", 1)[1].replace(" ", "")))
        for code, what, text in _LEAKS
        if code not in ("E510", "E511")
    ],
    ("E510", "source_id", "benefit_unit_number_as_source_id", _set("source_id", "36502BG0012345")),
]

_OWN: dict[Event, list[tuple[str, str, str, Change]]] = {
    "vacancy": _VACANCY,
    "measure": _MEASURE,
    "placement": _PLACEMENT,
}

MUTATIONS: list[Mutation] = [
    Mutation(event, code, field, what, change)
    for event, own in _OWN.items()
    for code, field, what, change in (*_EVERYWHERE, *own)
]
