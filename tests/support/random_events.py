"""Random valid events as Hypothesis strategies. Texts hold no digits, so they never look like a client's number."""

from __future__ import annotations

import datetime
import string
from decimal import Decimal
from typing import Any, get_args

from hypothesis import strategies as st

from schemas import codelists, events
from schemas.topics import Event
from tests.support.events import Record

_LETTERS = string.ascii_letters + "äöüÄÖÜßéèçñ"
_WORD = st.text(_LETTERS, min_size=1, max_size=12)
_DAYS = st.dates(datetime.date(2025, 6, 1), datetime.date(2027, 12, 31))
_GERMAN_PLACES = sorted(codelists.municipalities().items())
_POSTCODES = sorted(codelists.postcodes())
_OCCUPATIONS = sorted(code for code in codelists.occupations() if len(code) == 5)
_GROUPS = sorted(code for code in codelists.occupations() if len(code) == 3)
_INDUSTRIES = sorted(codelists.industries())
_INSTRUMENTS = sorted(codelists.instruments())
_CENTS_MOST = {"HOUR": 50_000, "DAY": 400_000, "WEEK": 2_000_000, "MONTH": 8_000_000, "YEAR": 100_000_000}


def _symbols(literal: Any) -> st.SearchStrategy[str]:
    return st.sampled_from(get_args(literal))


def _optional(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


def titles() -> st.SearchStrategy[str]:
    """One to six words without digits."""
    return st.lists(_WORD, min_size=1, max_size=6).map(" ".join)


def long_texts() -> st.SearchStrategy[str]:
    """Free text with line feeds, tabs, markup, emoji and letters of other scripts, without digits."""
    piece = _WORD | st.sampled_from(
        ["<b>", "&amp;", "\n", "\t", "👍", "日本語", "…", "(m/w/d)", "\u00a0", "'", '"', ";"]
    )
    return st.lists(piece, max_size=40).map(" ".join)


@st.composite
def _addresses(draw: st.DrawFn) -> Record:
    abroad = draw(st.booleans()) and draw(st.booleans())
    ags, place = draw(st.sampled_from(_GERMAN_PLACES))
    if abroad:
        country, plz, area = "NL", draw(st.sampled_from(["7512 AB", "7102AA"])), None
    else:
        country, plz, area = "DE", draw(st.sampled_from(_POSTCODES)), draw(_optional(st.just(ags)))
    return {
        "country": country,
        "plz": draw(_optional(st.just(plz))),
        "place": place,
        "street": draw(_optional(titles())),
        "ags": area,
        "latitude": draw(_optional(st.floats(-90, 90))),
        "longitude": draw(_optional(st.floats(-180, 180))),
    }


@st.composite
def _pay(draw: st.DrawFn) -> Record:
    period = draw(_symbols(events.PayPeriod))
    low, high = sorted(draw(st.tuples(*[st.integers(1, _CENTS_MOST[period])] * 2)))
    return {
        "minimum": draw(_optional(st.just(Decimal(low).scaleb(-2)))),
        "maximum": draw(_optional(st.just(Decimal(high).scaleb(-2)))),
        "currency": "EUR",
        "period": period,
    }


@st.composite
def _identities(draw: st.DrawFn, jobcenters: st.SearchStrategy[str]) -> Record:
    has_ended = draw(st.booleans()) and draw(st.booleans())
    return {
        "jobcenter": draw(jobcenters),
        "source_id": draw(st.text(_LETTERS + "-_./", min_size=1, max_size=20)),
        "epoch": draw(st.integers(0, 3)),
        "version": draw(st.integers(1, 5) | st.integers(1, 2**62)),
        "status": "ENDED" if has_ended else "ACTIVE",
        "end_reason": draw(_symbols(events.EndReason)) if has_ended else None,
        "ended_on": draw(_DAYS) if has_ended else None,
    }


def _some_jobcenter() -> st.SearchStrategy[str]:
    return st.sampled_from(["borken", "coesfeld", "steinfurt", "warendorf", "muenster"])


@st.composite
def vacancies(draw: st.DrawFn, jobcenters: st.SearchStrategy[str] | None = None) -> Record:
    """Valid vacancies."""
    first = draw(_DAYS)
    start = draw(_optional(st.dates(first, first + datetime.timedelta(days=500))))
    after = st.dates(start or first, (start or first) + datetime.timedelta(days=800))
    industry = st.fixed_dictionaries({"code": st.sampled_from(_INDUSTRIES), "version": st.just("WZ2008")})
    employer = st.fixed_dictionaries(
        {"name": titles(), "betriebsnummer": _optional(st.sampled_from(["09912342", "09912347", "12345671"]))}
    )
    contact = st.fixed_dictionaries(
        {
            "name": _optional(titles()),
            "phone": _optional(st.just("0251 000000")),
            "email": _optional(st.just("stellen@firma.example")),
            "website": _optional(st.just("https://firma.example/")),
        }
    )
    reference = st.fixed_dictionaries({"system": st.just("BA"), "id": st.sampled_from(["18935-23183-S", "R-7"])})
    return {
        **draw(_identities(jobcenters or _some_jobcenter())),
        "visibility": draw(_symbols(events.Visibility)),
        "organisational_unit": draw(_optional(st.sampled_from([ags for ags, _ in _GERMAN_PLACES]))),
        "title": draw(titles()),
        "description": draw(_optional(long_texts())),
        "kldb2010": draw(st.sampled_from(_OCCUPATIONS)),
        "ba_dkz_id": draw(_optional(st.sampled_from(["30245", "7"]))),
        "offer_type": draw(_symbols(events.OfferType)),
        "employer": draw(_optional(employer)),
        "industry": draw(_optional(industry)),
        "contact": draw(_optional(contact)),
        "workplace": draw(_addresses()),
        "working_time": draw(st.lists(_symbols(events.WorkingTime), max_size=5, unique=True)),
        "weekly_hours": draw(_optional(st.integers(1, 120).map(lambda halves: halves / 2))),
        "contract_term": draw(_symbols(events.ContractTerm)),
        "term_until": draw(_optional(after)),
        "employment_kind": draw(_symbols(events.EmploymentKind)),
        "temporary_agency_work": draw(_optional(st.booleans())),
        "pay": draw(_optional(_pay())),
        "openings": draw(st.integers(1, 9999)),
        "start_on": start,
        "published_from": first,
        "published_until": draw(_optional(st.dates(first, first + datetime.timedelta(days=400)))),
        "external_references": draw(st.lists(reference, max_size=3)),
    }


def _part_of(whole: int | None) -> st.SearchStrategy[int | None]:
    return st.none() | st.integers(0, whole if whole is not None else 500)


@st.composite
def _outcomes(draw: st.DrawFn) -> Record:
    entries = draw(_optional(st.integers(0, 500)))
    exits = draw(_part_of(entries))
    return {
        "entries": entries,
        "exits": exits,
        "early_exits": draw(_part_of(exits)),
        "employed_after_6_months": draw(_part_of(exits)),
    }


@st.composite
def measures(draw: st.DrawFn, jobcenters: st.SearchStrategy[str] | None = None) -> Record:
    """Valid measures."""
    start = draw(_DAYS)
    known = codelists.instruments()
    instrument = draw(st.sampled_from([code for code in _INSTRUMENTS if known[code].valid_on(start)]))
    seats = draw(_optional(st.integers(0, 100)))
    return {
        **draw(_identities(jobcenters or _some_jobcenter())),
        "title": draw(titles()),
        "instrument": instrument,
        "theme": draw(_symbols(events.Theme)),
        "provider": draw(_optional(titles())),
        "measure_number": draw(_optional(st.sampled_from(["310/579/26", "922/0108/16", "123/7195/2018"]))),
        "location": draw(_addresses()),
        "start_on": start,
        "end_on": draw(_optional(st.dates(start, start + datetime.timedelta(days=700)))),
        "seats": seats,
        "seats_free": draw(_part_of(seats)),
        "funder": codelists.funder(instrument, start),
        "outcomes": draw(_optional(_outcomes())),
    }


# What the rules allow together; said here once more on purpose, so that a loosened rule does not loosen its test.
_SUBSIDIES = {
    "SVB_UNGEFOERDERT": ["NONE"],
    "SVB_GEFOERDERT": ["EGZ", "ESG", "E16"],
    "AUSBILDUNG_BETRIEBLICH": ["NONE", "EGZ"],
    "AUSBILDUNG_SCHULISCH": ["NONE"],
    "SELBSTAENDIG": ["NONE", "ESG"],
    "MINIJOB": ["NONE"],
    "OEFF_GEF": ["I16", "AGH"],
}


@st.composite
def placements(draw: st.DrawFn, jobcenters: st.SearchStrategy[str] | None = None) -> Record:
    """Valid placements."""
    kind = draw(st.sampled_from(sorted(_SUBSIDIES)))
    return {
        **draw(_identities(jobcenters or _some_jobcenter())),
        "month": draw(st.dates(datetime.date(2024, 1, 1), datetime.date(2027, 12, 1))).strftime("%Y-%m"),
        "placement_type": kind,
        "kldb3": draw(st.sampled_from(_GROUPS)),
        "kreis": draw(st.sampled_from(sorted(codelists.REGION))),
        "subsidy": draw(st.sampled_from(_SUBSIDIES[kind])),
        "openings_filled": draw(st.integers(1, 9999)),
    }


def valid(event: Event, jobcenters: st.SearchStrategy[str] | None = None) -> st.SearchStrategy[Record]:
    """Valid records of one kind of event."""
    return {"vacancy": vacancies, "measure": measures, "placement": placements}[event](jobcenters)
