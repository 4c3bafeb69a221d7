"""Whether a record may be published: rules for fields, between fields, against code lists, and the leak guard.

One set of rules for both sides: the connector asks before it sends, the hub asks again, since it trusts nobody.
Rules name codes of the closed list; they never carry a value.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from annotated_types import MaxLen, MinLen
from pydantic import TypeAdapter, ValidationError

from schemas import codelists
from schemas.codes import Finding
from schemas.events import MODELS, NOT_BLANK, PRINTABLE
from schemas.leak_guard import leaks
from schemas.topics import Event

Record = Mapping[str, Any]

# Code of a broken field rule by the last part of the field's path; a field not named here says E604.
_FIELD_CODES = {
    "source_id": "E109",
    "title": "E101",
    "name": "E101",
    "description": "E106",
    "kldb2010": "E110",
    "kldb3": "E110",
    "code": "E111",
    "plz": "E112",
    "ags": "E113",
    "organisational_unit": "E113",
    "instrument": "E114",
    "measure_number": "E118",
    "minimum": "E115",
    "maximum": "E115",
    "month": "E116",
    "kreis": "E119",
    "weekly_hours": "E104",
    "openings": "E104",
    "openings_filled": "E104",
    "seats": "E104",
    "seats_free": "E104",
    "entries": "E104",
    "exits": "E104",
    "early_exits": "E104",
    "employed_after_6_months": "E104",
    **dict.fromkeys(
        (
            "visibility",
            "working_time",
            "contract_term",
            "employment_kind",
            "period",
            "theme",
            "placement_type",
            "subsidy",
            "offer_type",
        ),
        "E105",
    ),
    **dict.fromkeys(("start_on", "end_on", "published_from", "published_until", "term_until", "ended_on"), "E102"),
}

# Longest text a title may have; what is too long is not empty.
_TOO_LONG = frozenset({"string_too_long"})
_PATTERN = "string_pattern_mismatch"
_FREE_TEXTS = frozenset({"title", "name", "description", "place", "street", "provider", "phone", "email"})

# No pay in Germany reaches these sums; what does is a slip of the decimal point or of the period.
PAY_LIMIT = {"HOUR": 500, "DAY": 4_000, "WEEK": 20_000, "MONTH": 80_000, "YEAR": 1_000_000}

# Statutory minimum wage per hour (Fünfte Mindestlohnanpassungsverordnung): from 2026-01-01, from 2027-01-01.
_MINIMUM_WAGE = ((datetime.date(2027, 1, 1), Decimal("14.60")), (datetime.date(2026, 1, 1), Decimal("13.90")))


@cache
def field_adapter(event: str, field: str) -> TypeAdapter[list[Any]]:
    """The rules of one field of an event by themselves, for many values at once."""
    kind: Any = get_type_hints(MODELS[event], include_extras=True)[field]
    return TypeAdapter(list[kind])


@cache
def longest_text(event: str, field: str) -> int | None:
    """Length up to which a field takes every text that is printable and not blank; None: it asks for more than that."""
    kind: Any = get_type_hints(MODELS[event], include_extras=True)[field]
    kinds = [
        one for one in (get_args(kind) if get_origin(kind) in (Union, UnionType) else [kind]) if one is not NoneType
    ]
    if len(kinds) != 1 or get_origin(kinds[0]) is not Annotated or get_args(kinds[0])[0] is not str:
        return None
    longest = None
    for asked in (one for told in get_args(kinds[0])[1:] for one in told.metadata):
        if isinstance(asked, MaxLen):
            longest = asked.max_length
        elif getattr(asked, "pattern", None) not in (PRINTABLE, NOT_BLANK) and asked != MinLen(1):
            return None
    return longest


@cache
def _adapter(event: str) -> TypeAdapter[list[dict[str, Any]]]:
    return TypeAdapter(list[MODELS[event]])  # type: ignore[valid-type]


def check(event: Event, record: Record) -> list[Finding]:
    """Every rule the record breaks; empty if it may be published."""
    return check_batch(event, [record])[0]


def check_batch(event: Event, records: Sequence[Record]) -> list[list[Finding]]:
    """For each record the rules it breaks. Field rules are one pydantic call for the whole batch.

    Rules between fields are asked only of records whose fields are sound, the leak guard is asked always.
    """
    findings: list[list[Finding]] = [[] for _ in records]
    try:
        _adapter(event).validate_python(list(records), strict=True)
    except ValidationError as error:
        for problem in error.errors(include_url=False, include_context=False, include_input=False):
            place, *path = problem["loc"]
            findings[int(place)].append(_field_finding(path, problem["type"], records[int(place)]))
    across = _ACROSS[event]
    for record, found in zip(records, findings, strict=True):
        if not found:
            found.extend(across(record))
        found.extend(leaks(record))
    return findings


def _field_finding(path: Sequence[str | int], kind: str, record: Record) -> Finding:
    names = [part for part in path if isinstance(part, str)]
    # pydantic names the member of a union as well; our fields are lower case, its names are not.
    field = ".".join(name for name in names if re.fullmatch(r"[a-z][a-z0-9_]*", name) and name not in _UNION_MEMBERS)
    last = field.rsplit(".", 1)[-1]
    code = "E106" if kind in _TOO_LONG else _FIELD_CODES.get(last, "E604")
    if code == "E106" and last in ("plz", "kldb2010"):
        code = _FIELD_CODES[last]
    if last in _FREE_TEXTS and kind == _PATTERN:
        # The pattern of a title forbids control characters and blankness; which it is, only the value tells.
        code = "E107" if _value_at(record, path).strip() else "E101"
    return Finding(code, field or None)


def _value_at(record: Record, path: Sequence[str | int]) -> Any:
    value: Any = record
    for part in path:
        value = value[part]
    return value


_UNION_MEMBERS = frozenset({"none", "str", "int", "float", "date", "bool", "decimal"})


# ---------------------------------------------------------------------------------------------- between fields


def _ended(record: Record) -> Iterator[Finding]:
    ended = record["status"] == "ENDED"
    if ended != (record["end_reason"] is not None) or ended != (record["ended_on"] is not None):
        yield Finding("E213", "status")


def _address(address: Record, path: str) -> Iterator[Finding]:
    plz, country = address["plz"], address["country"]
    if plz is None and not address["place"]:
        yield Finding("E101", f"{path}.place")
    if plz is not None:
        form = {"DE": r"[0-9]{5}", "NL": r"[0-9]{4} ?[A-Z]{2}"}.get(country, r".+")
        if not re.fullmatch(form, plz) or plz == "00000":
            yield Finding("E112", f"{path}.plz")
    ags = address["ags"]
    if ags is not None and ags[:5] in codelists.REGION and ags not in codelists.municipalities():
        yield Finding("E113", f"{path}.ags")


def _workplace(record: Record) -> Iterator[Finding]:
    return _address(record["workplace"], "workplace")


def _occupation(record: Record) -> Iterator[Finding]:
    if record["kldb2010"] not in codelists.occupations():
        yield Finding("E110", "kldb2010")


def _industry(record: Record) -> Iterator[Finding]:
    industry = record["industry"]
    if industry is not None and industry["version"] == "WZ2008" and not codelists.known_industry(industry["code"]):
        yield Finding("E111", "industry.code")


def _working_time(record: Record) -> Iterator[Finding]:
    if len(set(record["working_time"])) != len(record["working_time"]):
        yield Finding("E604", "working_time")


def _published(record: Record) -> Iterator[Finding]:
    if _before(record["published_until"], record["published_from"]):
        yield Finding("E201", "published_until")


def _term(record: Record) -> Iterator[Finding]:
    if _before(record["term_until"], record["start_on"]):
        yield Finding("E203", "term_until")


def _start(record: Record) -> Iterator[Finding]:
    if _days_after(record["start_on"], record["published_from"]) > 2 * 366:
        yield Finding("E204", "start_on")


def _pay(record: Record) -> Iterator[Finding]:
    pay = record["pay"]
    if pay is None:
        return
    least, most = pay["minimum"], pay["maximum"]
    sound = True
    for name, amount in (("minimum", least), ("maximum", most)):
        if amount is not None and not 0 < amount <= PAY_LIMIT[pay["period"]]:
            sound = False
            yield Finding("E115", f"pay.{name}")
    if sound and least is not None and most is not None and least > most:
        yield Finding("E202", "pay.minimum")


def _location(record: Record) -> Iterator[Finding]:
    return _address(record["location"], "location")


def _instrument(record: Record) -> Iterator[Finding]:
    instrument = codelists.instruments().get(record["instrument"])
    if instrument is None or not instrument.valid_on(record["start_on"]):
        yield Finding("E114", "instrument")
    elif record["funder"] != codelists.funder(record["instrument"], record["start_on"]):
        yield Finding("E212", "funder")


def _period(record: Record) -> Iterator[Finding]:
    if _before(record["end_on"], record["start_on"]):
        yield Finding("E206", "end_on")


def _seats(record: Record) -> Iterator[Finding]:
    if _more(record["seats_free"], record["seats"]):
        yield Finding("E205", "seats_free")


def _outcomes(record: Record) -> Iterator[Finding]:
    outcomes = record["outcomes"]
    if outcomes is not None:
        for part, whole in (("exits", "entries"), ("early_exits", "exits"), ("employed_after_6_months", "exits")):
            if _more(outcomes[part], outcomes[whole]):
                yield Finding("E211", f"outcomes.{part}")


SUBSIDIES: dict[str, frozenset[str]] = {
    "SVB_GEFOERDERT": frozenset({"EGZ", "ESG", "E16"}),
    "SVB_UNGEFOERDERT": frozenset({"NONE"}),
    "MINIJOB": frozenset({"NONE"}),
    "OEFF_GEF": frozenset({"I16", "AGH"}),
}


def _occupation_group(record: Record) -> Iterator[Finding]:
    if record["kldb3"] not in codelists.occupations():
        yield Finding("E110", "kldb3")


def _subsidy(record: Record) -> Iterator[Finding]:
    allowed = SUBSIDIES.get(record["placement_type"])
    if allowed is not None and record["subsidy"] not in allowed:
        yield Finding("E214", "subsidy")


Rule = Callable[[Record], Iterator[Finding]]

BETWEEN: dict[str, tuple[tuple[tuple[str, ...], Rule], ...]] = {
    "vacancy": (
        (("status", "end_reason", "ended_on"), _ended),
        (("workplace",), _workplace),
        (("kldb2010",), _occupation),
        (("industry",), _industry),
        (("working_time",), _working_time),
        (("pay",), _pay),
        (("published_until", "published_from"), _published),
        (("term_until", "start_on"), _term),
        (("start_on", "published_from"), _start),
    ),
    "measure": (
        (("status", "end_reason", "ended_on"), _ended),
        (("location",), _location),
        (("instrument", "start_on", "funder"), _instrument),
        (("end_on", "start_on"), _period),
        (("seats_free", "seats"), _seats),
        (("outcomes",), _outcomes),
    ),
    "placement": (
        (("status", "end_reason", "ended_on"), _ended),
        (("kldb3",), _occupation_group),
        (("placement_type", "subsidy"), _subsidy),
    ),
}
"""Rules that are more than a field's type, each with the fields it looks at; it is given no others everywhere."""


def _every_rule(event: str) -> Rule:
    def across(record: Record) -> Iterator[Finding]:
        for _, rule in BETWEEN[event]:
            yield from rule(record)

    return across


_ACROSS: dict[str, Rule] = {event: _every_rule(event) for event in BETWEEN}


def _before(later: datetime.date | None, earlier: datetime.date | None) -> bool:
    return later is not None and earlier is not None and later < earlier


def _days_after(later: datetime.date | None, earlier: datetime.date | None) -> int:
    return (later - earlier).days if later is not None and earlier is not None else 0


def _more(part: int | None, whole: int | None) -> bool:
    return part is not None and whole is not None and part > whole


# ---------------------------------------------------------------------------------------------- accepted, worth a look


def remarks(event: Event, record: Record) -> list[Finding]:
    """What is accepted but worth a look; asked only of records without findings."""
    if event != "vacancy":
        return []
    return list(_remarks(record))


def _remarks(record: Record) -> Iterator[Finding]:
    pay, day = record["pay"], record["start_on"] or record["published_from"]
    if pay is not None and pay["period"] == "HOUR" and pay["minimum"] is not None:
        floor = next((wage for since, wage in _MINIMUM_WAGE if day >= since), Decimal(0))
        if pay["minimum"] < floor:
            yield Finding("W115", "pay.minimum")
    place = record["workplace"]
    if place["country"] == "DE" and place["plz"] and place["place"]:
        if place["plz"] not in codelists.postcodes():
            yield Finding("W129", "workplace.plz")
        elif codelists.ags_of(place["plz"], place["place"]) is None:
            yield Finding("W128", "workplace.place")
    employer = record["employer"]
    if employer is not None and employer["betriebsnummer"] and not betriebsnummer_ok(employer["betriebsnummer"]):
        yield Finding("W222", "employer.betriebsnummer")


def betriebsnummer_ok(number: str) -> bool:
    """Whether an establishment number has eight digits and a fitting check digit.

    Digits 1 to 7 are weighted 1, 2, 1, 2 …; the cross sums of the products are added; the remainder of ten, or
    that plus five, is the check digit (§ 18i SGB IV, Grundsätze of the BA). Two digits fit, so the check is weak.
    """
    if not re.fullmatch(r"[0-9]{8}", number):
        return False
    products = [int(digit) * (1 + place % 2) for place, digit in enumerate(number[:7])]
    remainder = sum(product // 10 + product % 10 for product in products) % 10
    return int(number[7]) in (remainder, (remainder + 5) % 10)
