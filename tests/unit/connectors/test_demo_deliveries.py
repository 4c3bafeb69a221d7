"""The five Jobcenters' own deliveries: every planted defect gets its code, and the second day is what it should be."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors.intake import take
from connectors.registry import build_source
from schemas.codec import Record
from tests.support.deliveries import DELIVERIES, TODAY, Connector, codes, connector, counts, jobcenter_of
from tests.support.outbox import rows_waiting

JOBCENTERS = ["borken", "coesfeld", "muenster", "steinfurt", "warendorf"]
Taken = dict[str, tuple[Connector, dict[str, list[dict[str, Any]]]]]


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Taken]:
    found: Taken = {}
    open_connectors = []
    for name in JOBCENTERS:
        manager = connector(tmp_path_factory.mktemp(name), jobcenter_of(name), DELIVERIES / name)
        one = manager.__enter__()
        open_connectors.append(manager)
        found[name] = (one, {source: one.take(source) for source in one.jobcenter.sources})
    yield found
    for manager in open_connectors:
        manager.__exit__(None, None, None)


@pytest.mark.parametrize(
    "name, days",
    [
        (
            "borken",
            [
                {"rows_read": 541, "sent_new": 533, "rejected": 8},
                {
                    "rows_read": 539,
                    "sent_new": 17,
                    "sent_changed": 31,
                    "sent_ended": 19,
                    "unchanged": 483,
                    "rejected": 8,
                },
                {"rows_read": 215, "unchanged": 211, "rejected": 4, "held": 319},
            ],
        ),
        (
            "coesfeld",
            [
                {"rows_read": 384, "sent_new": 370, "rejected": 14},
                {"rows_read": 45, "sent_new": 12, "sent_changed": 18, "sent_ended": 10, "duplicate": 4, "rejected": 1},
            ],
        ),
        (
            "steinfurt",
            [
                {"rows_read": 474, "sent_new": 460, "rejected": 14},
                {
                    "rows_read": 477,
                    "sent_new": 15,
                    "sent_changed": 17,
                    "sent_ended": 12,
                    "unchanged": 419 + 12,
                    "rejected": 14,
                },
            ],
        ),
        (
            "warendorf",
            [
                {"rows_read": 296, "sent_new": 286, "rejected": 10},
                {
                    "rows_read": 300,
                    "sent_new": 9,
                    "sent_changed": 15,
                    "sent_ended": 5,
                    "unchanged": 266,
                    "rejected": 10,
                },
            ],
        ),
        (
            "muenster",
            [
                {"rows_read": 666, "sent_new": 644, "rejected": 22},
                {
                    "rows_read": 665,
                    "sent_new": 21,
                    "sent_changed": 35,
                    "sent_ended": 22,
                    "unchanged": 587,
                    "rejected": 22,
                },
            ],
        ),
    ],
)
def test_each_day_brings_what_it_should(taken: Taken, name: str, days: list[dict[str, int]]) -> None:
    assert days == [counts(report) for report in taken[name][1]["stellen"]]


@pytest.mark.parametrize(
    "name, expected",
    [
        ("borken", {"E101": 1, "E104": 1, "E112": 2, "E201": 2, "E202": 2}),
        (
            "coesfeld",
            {"E101": 2, "E102": 3, "E104": 3, "E110": 1, "E112": 1, "E115": 1, "E201": 1, "E202": 1, "E513": 1},
        ),
        ("steinfurt", {"E101": 3, "E102": 4, "E104": 2, "E115": 1, "E117": 1, "E201": 2, "E513": 1}),
        ("warendorf", {"E102": 2, "E104": 1, "E112": 1, "E115": 3, "E201": 2, "E202": 1}),
        (
            "muenster",
            {
                "E101": 2,
                "E102": 4,
                "E104": 3,
                "E110": 1,
                "E112": 4,
                "E115": 1,
                "E201": 2,
                "E202": 1,
                "E510": 1,
                "E512": 2,
                "E513": 1,
            },
        ),
    ],
)
def test_each_planted_defect_of_the_first_day_gets_its_code(taken: Taken, name: str, expected: dict[str, int]) -> None:
    assert expected == codes(taken[name][1]["stellen"][0])


@pytest.mark.parametrize("name", JOBCENTERS)
def test_courses_and_placements_are_read_in_every_character_set(taken: Taken, name: str) -> None:
    one, reports = taken[name]
    (measures,), (placements,) = reports["massnahmen"], reports["vermittlungen"]

    assert {"E114": 1, "E205": 1, "E206": 1} == codes(measures)
    assert ({}, True) == (codes(placements), placements["complete"])
    assert [] == placements["unmapped_columns"]
    titles = {record["title"] for record in one.outbox("measure")}
    assert any("ä" in title or "ü" in title for title in titles)
    assert not any(mark in title for title in titles for mark in "�Ã├¤")


def test_the_broken_file_of_borken_withdraws_nothing(taken: Taken) -> None:
    report = taken["borken"][1]["stellen"][2]

    assert ("HELD", "E502", False, 0) == (report["state"], report["reason"], report["complete"], report["sent_ended"])
    assert [{"code": "E302", "line": None, "column": None}] == report["findings"][:1]


@pytest.mark.parametrize("name", JOBCENTERS)
def test_nobody_learns_of_columns_that_are_not_mapped(taken: Taken, name: str) -> None:
    one, _ = taken[name]
    on_disk = one.bytes_on_disk()
    numbers = {line.rsplit(sep, 1)[-1].strip() for line in _placement_lines(name) for sep in ";,\t" if sep in line}

    assert len(numbers) > 100
    assert b"Kanarienvogel" not in on_disk
    assert not [number for number in numbers if number.encode() in on_disk]
    assert b"317B" not in on_disk
    assert b"Frau Ahlers" not in on_disk


def test_values_of_rejected_rows_are_not_kept(taken: Taken) -> None:
    on_disk = taken["muenster"][0].bytes_on_disk() + taken["coesfeld"][0].bytes_on_disk()

    for leak in (b"31701BG0012345", b"DE02120300000000202051", b"65170839J003"):
        assert leak not in on_disk


def _placement_lines(name: str) -> list[str]:
    return (DELIVERIES / name / "vermittlungen.csv").read_bytes().decode("latin-1").splitlines()[1:]


def by_id(taken: Taken, name: str, event: str = "vacancy") -> dict[str, Record]:
    found: dict[str, Record] = {}
    for record in taken[name][0].outbox(event):
        found.setdefault(record["source_id"], record)
    return found


def test_a_row_of_borken_becomes_the_event_it_should(taken: Taken) -> None:
    record = by_id(taken, "borken")["BOR-0025147"]

    assert record.pop("description").endswith("""<b>fett</b> <a href="javascript:alert(1)">Link</a>""")
    assert {
        "jobcenter": "borken",
        "source_id": "BOR-0025147",
        "epoch": 0,
        "version": 1,
        "status": "ACTIVE",
        "end_reason": None,
        "ended_on": None,
        "visibility": "PUBLIC",
        "organisational_unit": None,
        "title": "Alltagsbegleiter (w/m/d)",
        "kldb2010": "83142",
        "ba_dkz_id": None,
        "offer_type": "ARBEIT",
        "employer": {"name": "Terhechte Logistik GmbH & Co. KG", "betriebsnummer": "97970565"},
        "industry": {"code": "52", "version": "WZ2008"},
        "contact": {"name": None, "phone": "02598 017005", "email": "bewerbung@terhechte-52.example", "website": None},
        "workplace": {
            "country": "DE",
            "plz": "48624",
            "place": "Schöppingen",
            "street": "Industriestraße 100",
            "ags": "05554052",
            "latitude": None,
            "longitude": None,
        },
        "working_time": ["MINIJOB"],
        "weekly_hours": 10.0,
        "contract_term": "UNBEFRISTET",
        "term_until": None,
        "employment_kind": "GERINGFUEGIG_ENTLOHNT",
        "temporary_agency_work": None,
        "pay": {"minimum": Decimal("15.50"), "maximum": Decimal("15.50"), "currency": "EUR", "period": "HOUR"},
        "openings": 5,
        "start_on": date(2027, 1, 24),
        "published_from": date(2026, 11, 16),
        "published_until": None,
        "external_references": [],
    } == record


def test_coesfeld_keeps_tenant_and_number_together(taken: Taken) -> None:
    record = by_id(taken, "coesfeld")["05558036-572"]

    assert ("05558036", "INTERNAL", 38.5, ["VOLLZEIT"]) == (
        record["organisational_unit"],
        record["visibility"],
        record["weekly_hours"],
        record["working_time"],
    )
    ends = [one for one in taken["coesfeld"][0].outbox() if one["status"] == "ENDED"]
    assert {("FILLED", date(2026, 11, 23), 2), ("WITHDRAWN", date(2026, 11, 23), 2)} == {
        (one["end_reason"], one["ended_on"], one["version"]) for one in ends
    }
    assert {None} == {one["contact"] for one in ends}


def test_steinfurt_speaks_the_codes_of_the_agency(taken: Taken) -> None:
    record = by_id(taken, "steinfurt")["18935-23183-S"]

    assert ("30231", "82312", ["TEILZEIT"], "SVPFLICHTIG", "UNBEFRISTET", "Raiffeisenstraße 32", "05566008") == (
        record["ba_dkz_id"],
        record["kldb2010"],
        record["working_time"],
        record["employment_kind"],
        record["contract_term"],
        record["workplace"]["street"],
        record["workplace"]["ags"],
    )
    assert [{"system": "BA", "id": "18935-23183-S"}] == record["external_references"]
    assert {"minimum": Decimal("15.75"), "maximum": Decimal("17.75"), "currency": "EUR", "period": "HOUR"} == record[
        "pay"
    ]
    minijobs = [one for one in by_id(taken, "steinfurt").values() if "MINIJOB" in one["working_time"]]
    assert {(("TEILZEIT", "MINIJOB"), "GERINGFUEGIG_ENTLOHNT")} == {
        (tuple(one["working_time"]), one["employment_kind"]) for one in minijobs
    }


def test_warendorf_gets_its_leading_zeros_back(taken: Taken) -> None:
    record = by_id(taken, "warendorf")["21124"]

    assert ("05570016", "48317", "33212", "49834255", 1, date(2026, 12, 15)) == (
        record["workplace"]["ags"],
        record["workplace"]["plz"],
        record["kldb2010"],
        record["employer"]["betriebsnummer"],
        record["openings"],
        record["start_on"],
    )


def test_muenster_gives_its_local_time_to_the_header_only(taken: Taken) -> None:
    one, _ = taken["muenster"]
    first = next(row for row in rows_waiting(one.state) if row.key == b"muenster:18537")

    assert b"2026-11-22T03:10:00.000Z" == dict(first.headers)["ce_time"]
    assert ["TEILZEIT"] == by_id(taken, "muenster")["18537"]["working_time"]


def test_every_start_and_all_places_of_a_delivery_are_in_the_headers(taken: Taken) -> None:
    one, _ = taken["borken"]
    first = next(row for row in rows_waiting(one.state) if row.topic.endswith(".vacancy.v1"))
    headers = dict(first.headers)

    assert b"stellen_voll_2026-11-22.csv" == headers["jobhub_file"]
    assert b"4" == headers["jobhub_line"]
    assert b"/jobcenter/borken/stellen" == headers["ce_source"]


@pytest.mark.parametrize("name", JOBCENTERS)
def test_a_second_time_nothing_is_sent(taken: Taken, name: str) -> None:
    one, _ = taken[name]
    before = one.state.count_unpublished()

    assert {source: [] for source in one.jobcenter.sources} == {
        source: one.take(source) for source in one.jobcenter.sources
    }
    assert before == one.state.count_unpublished()


def test_the_same_list_on_another_day_sends_nothing_either(tmp_path: Path) -> None:
    with connector(tmp_path, jobcenter_of("borken"), DELIVERIES / "borken") as one:
        one.take("stellen", until=date(2026, 11, 22))
        (one.folder / "stellen_voll_2026-11-22.csv").rename(one.folder / "stellen_voll_2026-11-29.csv")
        source = build_source(one.jobcenter, "stellen")
        again = source.deliveries(one.folder, None)[-1]
        before = one.state.count_unpublished()
        report = take(one.state, one.jobcenter, source, again, folder=one.folder, today=TODAY).report

        assert {"rows_read": 541, "unchanged": 533, "rejected": 8} == counts(report)
        assert 1 == one.state.count_unpublished() - before  # its BEGUN report
