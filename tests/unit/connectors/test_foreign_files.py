"""Files by other programs: kept ones of pandas, xlwt and LibreOffice, HR-BA-XML as public generators write it."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from connectors.checked import Checked
from connectors.checks import check_recognised
from connectors.recognise.recognised import recognise
from connectors.recognise.yaml_text import Told, parsed, yaml_text
from tests.support.deliveries import connector

STOCK = Path(__file__).parents[2] / "support" / "stock_files"
ROWS, WITHOUT_A_NUMBER = 40, 5


def checked(path: Path) -> Checked:
    return check_recognised(path, recognise(path))


@pytest.mark.parametrize("name", ["pandas.csv", "pandas.xlsx", "pandas.ods", "xlwt.xls"])
def test_a_file_of_another_program_is_understood(name: str) -> None:
    found = checked(STOCK / name)

    assert (None, ROWS, ROWS) == (found.refused, found.rows, found.valid), found.findings[:3]
    assert {} == {code: count for code, count in found.codes.items() if code[0] == "E"}
    assert {
        "title": ["titel"],
        "kldb2010": ["kldb"],
        "workplace.plz": ["plz"],
        "openings": ["anzahl"],
        "start_on": ["beginn"],
        "published_from": ["veroeffentlicht_ab"],
    }.items() <= found.mapping.items()


LIBREOFFICE = ("libreoffice.xlsx", "libreoffice.ods", "libreoffice.xls", "libreoffice.csv")


@pytest.mark.parametrize("name", LIBREOFFICE)
def test_what_libreoffice_saves_is_recognised_described_and_sent(name: str, tmp_path: Path) -> None:
    found = recognise(STOCK / name)
    told = Told("Jobcenter Kreis Steinfurt", "05566", "stellen", name, "jobhub check …")
    jobcenter = parsed(yaml_text(told, found.source(name), "de"), "steinfurt")
    with connector(tmp_path, jobcenter) as one:
        report = one.take_file(name, (STOCK / name).read_bytes())
        (first, *_) = one.outbox()

    assert ([], (20, 20, True)) == (
        found.proposal.missing,
        (report["rows_read"], report["sent_new"], report["complete"]),
    )
    assert ("100000", "Köchin (m/w/d)", "53223") == (first["source_id"], first["title"], first["kldb2010"])
    assert (date(2027, 1, 18), date(2026, 11, 10)) == (first["start_on"], first["published_from"])
    assert (20.0, Decimal("18.00"), "49504") == (
        first["weekly_hours"],
        first["pay"]["minimum"],
        first["workplace"]["plz"],
    )


def test_no_two_of_them_say_anything_else(tmp_path: Path) -> None:
    said = []
    for name in LIBREOFFICE:
        found = recognise(STOCK / name)
        jobcenter = parsed(yaml_text(Told("J", "05566", "stellen", name, "…"), found.source(name), "de"), "steinfurt")
        with connector(tmp_path / name, jobcenter) as one:
            one.take_file(name, (STOCK / name).read_bytes())
            said.append(one.outbox())

    assert [said[0]] * 4 == said


def test_days_with_years_of_two_digits_are_not_guessed() -> None:
    found = checked(STOCK / "libreoffice_short_years.csv")

    assert (20, 0, {"E102"}) == (found.rows, found.valid, {one.code for one in found.findings})


def test_whole_numbers_written_with_a_point_are_refused_without_the_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    from connectors.values import numbers

    monkeypatch.setattr(numbers, "_INTEGER", re.compile(r"-?[0-9]{1,18}"))

    assert WITHOUT_A_NUMBER == checked(STOCK / "pandas.csv").valid  # an empty number is taken as one opening


def posting(number: int, *, inside: bool, start: bool) -> str:
    told = f"<NumberToFill>{number + 1}</NumberToFill><AssignmentStartDate>2027-01-0{number + 1}</AssignmentStartDate>"
    day = "<StartDate>2026-11-20</StartDate>" if start else ""
    return (
        f"<JobPositionPosting><JobPositionPostingId>{number}</JobPositionPostingId>"
        "<HiringOrg><HiringOrgName>Muster GmbH</HiringOrgName></HiringOrg>"
        f"<PostDetail>{day}<LastModificationDate>2026-11-21T23:30:47.000Z</LastModificationDate>"
        "<Status>1</Status><Action>1</Action></PostDetail>"
        "<JobPositionInformation><JobPositionTitle><TitleCode>1017</TitleCode></JobPositionTitle>"
        "<JobPositionTitleDescription>Koch (m/w/d)</JobPositionTitleDescription><JobOfferType>1</JobOfferType>"
        "<JobPositionDescription><JobPositionLocation><Location><PostalCode>48565</PostalCode>"
        "<Municipality>Steinfurt</Municipality></Location></JobPositionLocation></JobPositionDescription>"
        f"{told if inside else ''}</JobPositionInformation>{'' if inside else told}</JobPositionPosting>"
    )


def document(folder: Path, *, amount: str, inside: bool = True, start: bool = True, several: bool = False) -> Path:
    postings = [posting(number, inside=inside, start=start) for number in range(3)]
    data = "".join(f"<Data>{one}</Data>" for one in postings) if several else f"<Data>{''.join(postings)}</Data>"
    path = folder / "hr-ba-xml-export.xml"
    path.write_text(
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<HRBAXMLJobPositionPosting>'
        f"<Header><SupplierId>V000000000</SupplierId>{amount}<TypeOfLoad>F</TypeOfLoad></Header>"
        f"{data}</HRBAXMLJobPositionPosting>",
        encoding="utf-8",
    )
    (folder / "dkz_kldb.csv").write_text("dkz;kldb2010\n1017;29302\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("inside", [True, False])
@pytest.mark.parametrize("several", [True, False])
def test_hr_ba_xml_is_understood_wherever_a_generator_puts_its_parts(
    inside: bool, several: bool, tmp_path: Path
) -> None:
    found = checked(document(tmp_path, amount="<Amount>3</Amount>", inside=inside, several=several))

    assert (3, 3, True, []) == (found.rows, found.valid, found.complete, found.findings)


@pytest.mark.parametrize(
    ("amount", "complete"),
    [("<Amount>0</Amount>", True), ("<Amount/>", True), ("", True), ("<Amount>4</Amount>", False)],
)
def test_a_generator_that_does_not_count_delivers_whole_files_all_the_same(
    amount: str, complete: bool, tmp_path: Path
) -> None:
    assert complete == checked(document(tmp_path, amount=amount)).complete


def test_a_file_that_breaks_off_is_not_whole_even_where_nobody_counts(tmp_path: Path) -> None:
    path = document(tmp_path, amount="<Amount>0</Amount>")
    path.write_bytes(path.read_bytes()[:-40])

    assert not checked(path).complete


def test_without_a_first_day_a_posting_is_published_when_it_was_changed(tmp_path: Path) -> None:
    path = document(tmp_path, amount="<Amount>3</Amount>", start=False)
    found = checked(path)

    assert (3, []) == (found.valid, found.findings)
    assert ["PostDetail/StartDate", "PostDetail/LastModificationDate"] == found.mapping["published_from"]


def test_without_a_table_of_occupations_the_table_is_asked_for(tmp_path: Path) -> None:
    path = document(tmp_path, amount="<Amount>3</Amount>")
    (tmp_path / "dkz_kldb.csv").unlink()

    assert ["E321"] == [one.code for one in checked(path).findings]
