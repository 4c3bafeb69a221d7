"""What the form accepts the connector and the hub accept: the same record comes out at the other end."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from connectors.errors import BadRow
from connectors.json_items import parse, row_of
from connectors.mapping.row_mapping import Ending, RowMapping
from connectors.mapping.wanted import wanted_columns
from hub.portal import form, typed
from hub.portal.filled import answers_of
from hub.portal.form import Reported, judge
from hub.portal.lifecycle import Life, State
from hub.portal.listing import content_of, entry
from hub.portal.routing import Routes
from schemas.codec import codec
from schemas.jobcenter import Jobcenter
from schemas.rules import check
from tests.support.deliveries import DEPLOY
from tests.support.portal import FORM, answers, participants
from tests.support.web import TODAY

ROUTES = Routes(participants())


def _mapping() -> RowMapping:
    example = yaml.safe_load((DEPLOY / "jobcenters" / "_arbeitgeberportal.yaml").read_text("utf-8"))
    return RowMapping(Jobcenter.model_validate({"id": "borken", **example}), "arbeitgeberportal", {})


MAPPING = _mapping()


def through_the_connector(reported: Reported) -> dict[str, Any]:
    """The record that the Jobcenter's connector makes of the listed job."""

    listed = entry(7, Life(State.ACCEPTED, 1, content_of(reported.record), None))
    found = row_of(1, parse(json.dumps(listed).encode()), wanted_columns(MAPPING.config))
    row = found.values
    assert row is not None
    assert MAPPING.ending(row) is None
    assert MAPPING.version(row) == 1
    return MAPPING.record(row, MAPPING.key(row))


_TEXT = st.text(max_size=40) | st.sampled_from(
    ["", "-", "k.A.", "NULL", "Ã¼ber", "â€“", "\u200bKoch", "Koch\u00ad", "a\u00a0b", "\u202eabc", "31701BG0012345",
     "x" * 301, "Köchin (m/w/d)", "<b>Koch</b>", "\ufeff", "e\u0301", "\ue000", "\x00", "a\nb", "#NV", "Â§"]
)  # fmt: skip
_NUMBERS = st.sampled_from(
    ["", "0", "15,50", "1.234,50", "15.5", "12,345", "999999", "-1", "1e5", "٣", "61", "600", "0,01"]
)
_DAYS = st.sampled_from(
    ["", "24.11.2026", "31.02.2027", "2027-01-20", "01.01.2030", "23.11.2026", "31.12.9999", "morgen"]
)
_FIELDS = {
    **dict.fromkeys(
        ("employer_name", "title", "description", "street", "town", "contact_name", "contact_phone"), _TEXT
    ),
    "contact_website": _TEXT | st.sampled_from(["www.example.de/jobs", "HTTPS://x.example/ä", "javascript:alert(1)"]),
    "contact_email": _TEXT | st.sampled_from(["a@b.example", "a@b", "a@b.example,c@d.example", "a b@c.example"]),
    "betriebsnummer": st.sampled_from(["", "09912342", "09912343", "0991 2347", "1", "x"]),
    "plz": st.sampled_from(["48624", "48143", "59227", "10115", "4862", "٤٨٦٢٤"]),
    **dict.fromkeys(("weekly_hours", "pay_minimum", "pay_maximum", "openings"), _NUMBERS),
    **dict.fromkeys(("term_until", "start_on", "published_until"), _DAYS),
    "contract_term": st.sampled_from(["UNBEFRISTET", "BEFRISTET", "", "SO"]),
    "pay_period": st.sampled_from(["HOUR", "MONTH", "YEAR", ""]),
    "visibility": st.sampled_from(["PUBLIC", "ANONYMOUS", "INTERNAL"]),
    "offer_type": st.sampled_from(["ARBEIT", "AUSBILDUNG", "PRAKTIKUM", "X"]),
    "agency": st.sampled_from(["", "ja"]),
}
CHANGES = st.lists(st.sampled_from(sorted(_FIELDS)), max_size=4, unique=True).flatmap(
    lambda names: st.fixed_dictionaries({name: _FIELDS[name] for name in names})
)


@example({"employer_name": "#NV"})
@example({"title": "#N/A", "contact_name": "--"})
@given(CHANGES)
def test_what_the_form_accepts_arrives_unchanged(changes: dict[str, str]) -> None:
    judged = judge(answers(**changes), ROUTES, TODAY)
    if isinstance(judged, list):
        assert {fault.field for fault in judged}
        return
    arrived = through_the_connector(judged)

    assert check("vacancy", arrived) == []
    codec("vacancy").encode(arrived)
    sent = judged.record
    for name in ("title", "kldb2010", "working_time", "weekly_hours", "openings", "start_on", "published_until", "pay",
                 "visibility", "contract_term", "temporary_agency_work", "employment_kind"):  # fmt: skip
        assert arrived[name] == sent[name], name
    assert arrived["employer"] == sent["employer"]
    assert arrived["contact"] == sent["contact"]


def test_the_property_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the form's own care for characters a connector would refuse what the form took."""
    monkeypatch.setattr(typed, "lines", str.strip)
    judged = judge(answers(title="KÃ¼che"), ROUTES, TODAY)

    assert isinstance(judged, Reported)
    with pytest.raises(BadRow):
        through_the_connector(judged)


def test_a_sound_form_has_no_fault() -> None:
    judged = judge(FORM, ROUTES, TODAY)

    assert isinstance(judged, Reported)
    assert ("borken", None, "personal@terhechte.example") == (
        judged.route.jobcenter, judged.route.organisational_unit, judged.sender
    )  # fmt: skip
    assert judged.record["pay"] == {
        "minimum": Decimal("15.50"), "maximum": Decimal(17), "currency": "EUR", "period": "HOUR"
    }  # fmt: skip


@pytest.mark.parametrize(
    "changes, field, text",
    [
        ({"employer_name": ""}, "employer_name", "portal_needed"),
        ({"betriebsnummer": "09912343"}, "betriebsnummer", "portal_bad_betriebsnummer"),
        ({"title": "x" * 400}, "title", "E106"),
        ({"kldb2010": "513"}, "kldb2010", "portal_choose_occupation"),
        ({"plz": "10115", "town": "Berlin"}, "plz", "portal_outside"),
        ({"town": "Ahaus"}, "town", "portal_town"),
        ({"plz": "59065", "town": "Hamm"}, "plz", "portal_outside"),
        ({"working_time": []}, "working_time", "portal_choose"),
        ({"weekly_hours": "61"}, "weekly_hours", "E104"),
        ({"pay_minimum": "18"}, "pay_minimum", "E202"),
        ({"pay_minimum": "900", "pay_maximum": ""}, "pay_minimum", "E115"),
        ({"start_on": "31.02.2027"}, "start_on", "portal_bad_day"),
        ({"contract_term": "BEFRISTET", "term_until": "01.01.2027"}, "term_until", "E203"),
        ({"published_until": "23.11.2026"}, "published_until", "portal_until"),
        ({"published_until": "24.11.2027"}, "published_until", "portal_until"),
        ({"description": "Konto DE02120300000000202051"}, "description", "E512"),
        ({"sender": "a@b.example\r\nBcc: c@d.example"}, "sender", "portal_bad_mailbox"),
        ({"sender": "a@b.example,c@d.example"}, "sender", "portal_bad_mailbox"),
        ({"contact_phone": "", "contact_email": ""}, "contact_phone", "portal_contact_needed"),
        ({"openings": "0"}, "openings", "E104"),
    ],
)
def test_a_fault_is_told_at_its_field(changes: dict[str, Any], field: str, text: str) -> None:
    judged = judge(answers(**changes), ROUTES, TODAY)

    assert isinstance(judged, list)
    assert [(field, text)] == [(fault.field, fault.text) for fault in judged]


def test_a_betriebsnummer_may_be_missing_and_the_other_check_digit_fits() -> None:
    for number, kept in (("", None), ("0991 2347", "09912347")):
        judged = judge(answers(betriebsnummer=number), ROUTES, TODAY)
        assert isinstance(judged, Reported)
        assert kept == judged.record["employer"]["betriebsnummer"]


def test_a_town_that_follows_from_the_postcode_may_be_left_out() -> None:
    judged = judge(answers(town=""), ROUTES, TODAY)

    assert isinstance(judged, Reported)
    assert "Schöppingen" == judged.record["workplace"]["place"]


@given(CHANGES)
def test_the_form_of_a_job_describes_it_again(changes: dict[str, str]) -> None:
    judged = judge(answers(**changes), ROUTES, TODAY)
    if isinstance(judged, list):
        return
    again = judge(answers_of(content_of(judged.record), judged.sender), ROUTES, TODAY)

    assert judged == again


def test_an_ended_job_ends_with_its_reason() -> None:
    for state in (State.FILLED, State.WITHDRAWN, State.EXPIRED):
        found = row_of(1, entry(7, Life(state, 3)), wanted_columns(MAPPING.config))
        assert found.values is not None
        assert Ending(str(state)) == MAPPING.ending(found.values)


def test_sixty_days_unless_told_otherwise() -> None:
    judged = judge(answers(published_until=""), ROUTES, TODAY)

    assert isinstance(judged, Reported)
    assert TODAY + datetime.timedelta(form.DAYS_SHOWN) == judged.record["published_until"]
