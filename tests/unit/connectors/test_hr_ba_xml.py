from pathlib import Path
from typing import Any

import pytest

from connectors.contract.delivery import Delivery
from connectors.contract.row import Row
from connectors.contract.source import Wanted
from connectors.errors import Stop
from connectors.sources import hr_ba_xml
from tests.support.deliveries import DELIVERIES, connector, counts, jobcenter_of

WANTED = Wanted(
    columns=("JobPositionPostingId", "A/Plan", "WorkplaceStreet"), key=("JobPositionPostingId",), ignore=("B/*",)
)
LOCATION = (
    "<JobPositionInformation><JobPositionDescription><JobPositionLocation><Location><PostalCode>{}</PostalCode>"
    "</Location></JobPositionLocation></JobPositionDescription></JobPositionInformation>"
)
EMPLOYER = (
    "<HiringOrg><Contact><PostalAddress><PostalCode>48282</PostalCode><StreetName>Weg 1</StreetName></PostalAddress>"
    "</Contact></HiringOrg>"
)


def document(body: str, amount: str = "1", load: str = "F", before: str = "") -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n{before}<HRBAXMLJobPositionPosting>\n'
        f"<Header><Amount>{amount}</Amount><TypeOfLoad>{load}</TypeOfLoad></Header>\n<Data>\n{body}\n</Data>\n</HRBAXMLJobPositionPosting>"
    )


def posting(number: int, inner: str = "") -> str:
    return f"<JobPositionPosting><JobPositionPostingId>{number}</JobPositionPostingId>{inner}</JobPositionPosting>"


def read(tmp_path: Path, text: str | bytes, name: str = "DSV1_2026-11-22_05-00-00_F001E.xml") -> tuple[Any, list[Any]]:
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    reading = hr_ba_xml.Source("s", {}, WANTED, "*.xml", "full").read(Delivery("s", name, path, "", None, "full"))
    return reading, list(reading)


def test_elements_that_repeat_give_a_list_and_paths_the_columns(tmp_path: Path) -> None:
    body = posting(1, "<A><Plan>1</Plan><Plan>11</Plan></A><B><C>x</C></B><D>y</D>")
    reading, rows = read(tmp_path, document(body))

    assert [Row(5, {"JobPositionPostingId": "1", "A/Plan": ["1", "11"], "WorkplaceStreet": None})] == rows
    assert (True, ["D"]) == (reading.complete, reading.unmapped)


@pytest.mark.parametrize("plz, street", [("48282", "Weg 1"), ("48607", None)])
def test_the_street_of_the_employer_counts_only_at_its_own_postcode(
    tmp_path: Path, plz: str, street: str | None
) -> None:
    _, rows = read(tmp_path, document(posting(1, EMPLOYER + LOCATION.format(plz))))

    assert street == rows[0].values["WorkplaceStreet"]


@pytest.mark.parametrize(
    "amount, name, complete",
    [
        ("2", "DSV1_2026-11-22_05-00-00_F001E.xml", True),
        ("3", "DSV1_2026-11-22_05-00-00_F001E.xml", False),
        ("2", "DSV1_2026-11-22_05-00-00_F001C.xml", False),
        ("2", "DSV1_2026-11-22_05-00-00_F002E.xml", False),
    ],
)
def test_a_file_is_whole_if_its_header_counts_its_postings_and_no_other_follows(
    tmp_path: Path, amount: str, name: str, complete: bool
) -> None:
    assert complete is read(tmp_path, document(posting(1) + posting(2), amount), name)[0].complete


def test_the_file_says_whether_it_is_a_delta_and_what_is_deleted(tmp_path: Path) -> None:
    reading, rows = read(tmp_path, document(posting(1) + "<DeleteEntry><EntryId>7</EntryId></DeleteEntry>", load="D"))

    assert "delta" == reading.load
    assert [("1", False), ("7", True)] == [(row.values["JobPositionPostingId"], row.ends) for row in rows]


def test_what_stands_before_a_break_counts(tmp_path: Path) -> None:
    whole = document("\n".join(posting(number, "<D>" + "x" * 200 + "</D>") for number in range(1000)), "1000")
    reading, rows = read(tmp_path, whole[: len(whole) * 2 // 3])

    assert 600 < len(rows) < 700
    assert not reading.complete


@pytest.mark.parametrize(
    "text, code",
    [
        (document(posting(1), before='<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>\n'), "E309"),
        (document(posting(1), before='<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>\n'), "E309"),
        ("<Other><Data/></Other>", "E304"),
        ("kein XML", "E304"),
        ("", "E304"),
    ],
)
def test_what_is_dangerous_or_something_else_is_refused(tmp_path: Path, text: str, code: str) -> None:
    with pytest.raises(Stop, match=code):
        read(tmp_path, text)


def test_a_broken_full_file_of_steinfurt_ends_nothing(tmp_path: Path) -> None:
    with connector(tmp_path, jobcenter_of("steinfurt"), DELIVERIES / "steinfurt") as one:
        second = sorted(one.folder.glob("DSV*"))[1]
        second.write_bytes(second.read_bytes()[:-5000])
        _, second_report = one.take()

        assert ("HELD", "E502", 0) == (second_report["state"], second_report["reason"], second_report["sent_ended"])
        assert second_report["held"] > 0


def test_actions_and_delete_entries_of_steinfurt_end_a_job_once(tmp_path: Path) -> None:
    with connector(tmp_path, jobcenter_of("steinfurt"), DELIVERIES / "steinfurt") as one:
        first, second = sorted(one.folder.glob("DSV*"))
        second.unlink()
        one.take()
        head, tail = first.read_text(encoding="iso-8859-1").split("<Data>")
        head = head.replace("<Amount>474<", "<Amount>1<").replace("<TypeOfLoad>F<", "<TypeOfLoad>D<")
        gone = tail.split("<JobPositionPosting>")[1].replace("<Action>1<", "<Action>3<")
        deleted = "".join(
            f"<DeleteEntry><EntryId>{one_id}</EntryId></DeleteEntry>" for one_id in ("18935-23184-S", "unbekannt")
        )
        end = "</Data></HRBAXMLJobPositionPosting>"
        delta = f"{head}<Data><JobPositionPosting>{gone}{deleted}{end}"
        for day in (24, 25):
            (one.folder / f"DSV000012345_2026-11-{day}_05-00-00_F001E.xml").write_bytes(delta.encode("iso-8859-1"))
        one.acknowledge()
        reports = one.take()

        assert [{"rows_read": 3, "sent_ended": 2, "unchanged": 1}, {"rows_read": 3, "unchanged": 3}] == [
            counts(report) for report in reports
        ]
