"""From what an employer typed to a job that the hub will take, or to what must be mended, by the hub's own rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeVar, get_args

from hub.portal import typed
from hub.portal.fault import Fault, Wrong
from hub.portal.occupations import is_occupation
from hub.portal.routing import Route, Routes, towns_of, workplace
from schemas.events import ContractTerm, WorkingTime
from schemas.rules import betriebsnummer_ok, check

DAYS_SHOWN = 60
"""How long a job is published unless the employer says otherwise."""
DAYS_MOST = 180

VISIBILITIES = ("PUBLIC", "ANONYMOUS")
OFFERS = ("ARBEIT", "AUSBILDUNG", "PRAKTIKUM")
TERMS = tuple(term for term in get_args(ContractTerm) if term in ("UNBEFRISTET", "BEFRISTET"))
WORKING_TIMES: tuple[str, ...] = get_args(WorkingTime)
PERIODS = ("HOUR", "MONTH", "YEAR")
_KIND_OF_OFFER = {"AUSBILDUNG": "AUSBILDUNG", "PRAKTIKUM": "PRAKTIKUM"}

T = TypeVar("T")

Answers = Mapping[str, list[str]]
"""Values of a form by name of the field, as a browser sends them."""
Record = dict[str, Any]

# Field of the form by path of the event's field that a rule speaks of.
_FIELDS = {
    "employer.name": "employer_name",
    "employer.betriebsnummer": "betriebsnummer",
    "workplace.plz": "plz",
    "workplace.place": "town",
    "workplace.street": "street",
    "workplace.ags": "town",
    "pay.minimum": "pay_minimum",
    "pay.maximum": "pay_maximum",
    "pay.period": "pay_period",
    "contact.name": "contact_name",
    "contact.phone": "contact_phone",
    "contact.email": "contact_email",
    "contact.website": "contact_website",
}


@dataclass(frozen=True, slots=True)
class Reported:
    """A job that the hub will take, where it goes, and who reports it."""

    record: Record
    route: Route
    sender: str


class _Form:
    """Reads one field after the other and gathers what is wrong."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self.faults: list[Fault] = []

    def raw(self, name: str) -> str:
        return next(iter(self._answers.get(name, [])), "")

    def read(self, name: str, reader: Callable[[str], T], otherwise: T) -> T:
        try:
            return reader(self.raw(name))
        except Wrong as wrong:
            self.fault(name, wrong.text, **wrong.values)
            return otherwise

    def one_of(self, name: str, known: tuple[str, ...], otherwise: str | None = None) -> str:
        value = self.raw(name) or otherwise or ""
        if value not in known:
            self.fault(name, "portal_choose")
        return value

    def several(self, name: str, known: tuple[str, ...]) -> list[str]:
        chosen = self._answers.get(name, [])
        if not chosen or any(one not in known for one in chosen):
            self.fault(name, "portal_choose")
        return [one for one in known if one in chosen]

    def fault(self, field: str, text: str, **values: str) -> None:
        if all(one.field != field for one in self.faults):
            self.faults.append(Fault(field, text, values))


def judge(answers: Answers, routes: Routes, today: date) -> Reported | list[Fault]:
    """The job a form describes, or what must be mended in it, one fault a field. The hub's own rules decide."""
    form = _Form(answers)
    record, route = _record(form, routes, today)
    sender = form.read("sender", typed.mailbox, None)
    if sender is None:
        form.fault("sender", "portal_needed")
    if not form.faults:
        for finding in check("vacancy", record):
            path = finding.field or "title"
            form.fault(_FIELDS.get(path, path.partition(".")[0]), finding.code)
    if form.faults or route is None or sender is None:
        return form.faults
    return Reported(record, route, sender)


def _record(form: _Form, routes: Routes, today: date) -> tuple[Record, Route | None]:
    name = form.read("employer_name", _named, "")
    number = form.read("betriebsnummer", _betriebsnummer, None)
    title = form.read("title", _named, "")
    offer = form.one_of("offer_type", OFFERS, "ARBEIT")
    kldb = form.raw("kldb2010")
    if not is_occupation(kldb):
        form.fault("kldb2010", "portal_choose_occupation")
    place, route = _workplace(form, routes)
    times = form.several("working_time", WORKING_TIMES)
    hours = form.read("weekly_hours", typed.amount, None)
    term = form.one_of("contract_term", TERMS)
    term_until = form.read("term_until", typed.day, None) if term == "BEFRISTET" else None
    pay = _pay(form)
    start_on = form.read("start_on", typed.day, None)
    openings = form.read("openings", typed.whole, None)
    description = form.read("description", typed.lines, "")
    if not any(char.isalpha() for char in description):
        form.fault("description", "portal_needed")
    contact = _contact(form)
    published_until = _until(form, today)
    visibility = form.one_of("visibility", VISIBILITIES)
    record: Record = {
        "jobcenter": route.jobcenter if route else "x0",
        "source_id": "AG-1",  # the true one is given when it is stored; it is of this form
        "epoch": 0,
        "version": 1,
        "status": "ACTIVE",
        "end_reason": None,
        "ended_on": None,
        "visibility": visibility,
        "organisational_unit": route.organisational_unit if route else None,
        "title": title,
        "description": description,
        "kldb2010": kldb,
        "ba_dkz_id": None,
        "offer_type": offer,
        "employer": {"name": name, "betriebsnummer": number},
        "industry": None,
        "contact": contact,
        "workplace": place,
        "working_time": times,
        "weekly_hours": float(hours) if hours is not None else None,
        "contract_term": term,
        "term_until": term_until,
        "employment_kind": "GERINGFUEGIG_ENTLOHNT" if times == ["MINIJOB"] else _KIND_OF_OFFER.get(offer, "UNKNOWN"),
        "temporary_agency_work": form.raw("agency") == "ja",
        "pay": pay,
        "openings": 1 if openings is None else openings,
        "start_on": start_on,
        "published_from": today,
        "published_until": published_until,
        "external_references": [],
    }
    return record, route


def _workplace(form: _Form, routes: Routes) -> tuple[Record, Route | None]:
    plz = form.read("plz", typed.line, "")
    town = form.read("town", typed.line, "")
    street = form.read("street", typed.line, "") or None
    found, route = workplace(plz, town), None
    if not plz:
        form.fault("plz", "portal_needed")
    elif not towns_of(plz):
        form.fault("plz", "portal_outside")
    elif found is None:
        form.fault("town", "portal_town", towns=", ".join(towns_of(plz)))
    else:
        route = routes.of(found[0])
        if route is None:
            form.fault("plz", "portal_outside")
    ags, name = found or (None, town)
    address = {"country": "DE", "plz": plz, "place": name, "street": street, "ags": ags}
    return {**address, "latitude": None, "longitude": None}, route


def _pay(form: _Form) -> Record | None:
    least = form.read("pay_minimum", typed.amount, None)
    most = form.read("pay_maximum", typed.amount, None)
    if least is None and most is None:
        return None
    return {"minimum": least, "maximum": most, "currency": "EUR", "period": form.one_of("pay_period", PERIODS)}


def _contact(form: _Form) -> Record | None:
    contact = {
        "name": form.read("contact_name", typed.line, "") or None,
        "phone": form.read("contact_phone", typed.line, "") or None,
        "email": form.read("contact_email", typed.mailbox, None),
        "website": form.read("contact_website", typed.website, None),
    }
    if not (contact["phone"] or contact["email"] or contact["website"]):
        form.fault("contact_phone", "portal_contact_needed")
    return contact


def _until(form: _Form, today: date) -> date:
    day = form.read("published_until", typed.day, None) or today + timedelta(days=DAYS_SHOWN)
    if not today <= day <= today + timedelta(days=DAYS_MOST):
        form.fault("published_until", "portal_until", days=str(DAYS_MOST))
    return day


def _named(raw: str) -> str:
    """A name or a title: it has letters."""
    name = typed.line(raw)
    if not name:
        raise Wrong("portal_needed")
    if sum(char.isalpha() for char in name) < 2:
        raise Wrong("portal_no_name")
    return name


def _betriebsnummer(raw: str) -> str | None:
    number = "".join(typed.line(raw).split())
    if number and not betriebsnummer_ok(number):
        raise Wrong("portal_bad_betriebsnummer")
    return number or None
