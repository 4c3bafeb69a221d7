"""Exports as they are, with faulty rows in them: an identifier, a code and a client number are told all the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.checks import check_recognised
from connectors.recognise import kinds
from connectors.recognise.recognised import Recognised, recognise

HEADER = (
    "STV_LFD;STV_BEZ;BERUF_KZ;AG_NAME1;EINS_PLZ;EINS_ORT;ANZ_FREI;ENTG_VON;ENTG_BIS;ENTG_ART;FREIG;EINTR_AB;ERF_DAT;"
    "ABL_DAT;STATUS_KZ;KD_NR"
)
ROWS = 60


def cells(number: int) -> list[str]:
    return [
        f"STV-{26000 + number}",
        "Koch (m/w/d)",
        "B 29302" if number % 2 else "B 29 302",
        "Gasthof Probe",
        "48565",
        "Steinfurt",
        "" if number % 10 == 3 else "2",
        "n. V." if number == 7 else "15,50",
        "17,00",
        "S",
        "OOAI"[number % 4],
        f"{number % 28 + 1:02}.01.2027",
        "20.11.2026",
        "31.03.2027",
        "12"[number % 2],
        f"{number + 100}D{number + 400000}",
    ]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    rows = [cells(number) for number in range(ROWS)]
    rows[11][0] = ""
    rows[12][10] = "X"
    text = "Auswertung: offene Stellen\n\n" + HEADER + "\n" + "".join(";".join(row) + "\n" for row in rows)
    made = tmp_path / "stellen_nacht_20261125.csv"
    made.write_bytes(text.encode("cp1252"))
    return made


def columns(found: Recognised) -> dict[str, str]:
    return found.proposal.column_of()


def test_short_forms_and_faulty_rows_hide_no_column(path: Path) -> None:
    found = recognise(path)
    mapped = columns(found)
    told = ("visibility", "pay.minimum", "pay.maximum", "pay.period", "published_from", "published_until", "kldb2010")

    assert "{STV_LFD}" == found.proposal.key
    assert ["FREIG", "ENTG_VON", "ENTG_BIS", "ENTG_ART", "ERF_DAT", "ABL_DAT", "BERUF_KZ"] == [
        mapped.get(name) for name in told
    ]
    assert ROWS - 1 == check_recognised(path, found).valid  # one has no identifier


def test_a_column_of_client_numbers_is_never_proposed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = recognise(path)
    assert "KD_NR" not in found.proposal.read_columns()
    assert "KD_NR" in found.proposal.persons

    text = path.read_bytes().replace(b"STV_LFD;", b"X;", 1).replace(b";KD_NR", b";Nummer", 1)
    path.write_bytes(text)
    assert "Nummer" not in recognise(path).proposal.read_columns()
    monkeypatch.setattr(kinds, "_CLIENTS", 2.0)
    assert "{Nummer}" == recognise(path).proposal.key


def test_a_few_faulty_rows_of_few_are_too_many(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kinds, "_NEARLY_ROWS_MIN", ROWS + 1)

    assert "{STV_LFD}" != recognise(path).proposal.key


@pytest.mark.parametrize(
    "header, yes, no",
    [("is_anonymous", "ANONYMOUS", "PUBLIC"), ("Freigabe", "PUBLIC", "INTERNAL")],
)
def test_a_yes_under_anonymous_hides_the_employer(header: str, yes: str, no: str, path: Path) -> None:
    text = path.read_text(encoding="cp1252").replace("FREIG", header)
    lines = [line.split(";") for line in text.splitlines()]
    for number, line in enumerate(lines[3:]):
        line[10] = "tf"[number % 2]
    path.write_text("\n".join(";".join(line) for line in lines) + "\n", encoding="cp1252")

    assert {"t": yes, "f": no} == recognise(path).proposal.columns["visibility"]["codes"]


def test_a_tick_among_letters_is_asked_about(path: Path) -> None:
    doubts = {doubt.value: doubt.proposal for doubt in recognise(path).proposal.doubts if doubt.about == "visibility"}

    assert {"O", "A", "I", "X"} == set(doubts)


def test_an_empty_number_of_openings_is_one_and_said(path: Path) -> None:
    found = recognise(path)

    assert 1 == found.proposal.columns["openings"]["otherwise"]
    assert ("openings", "", "1") in [(one.about, one.value, one.proposal) for one in found.proposal.doubts]


PLACEMENTS = "VERM_ID|KUNDENNR|AUFN_MONAT|ART|BERUF3|ARBEITSORT_KREIS|FOERD|ANZ"
COURSES = "Kurs-ID;Kurstitel;Träger;Veranstaltungsort;PLZ;Beginn;Ende;Plätze gesamt;Plätze frei;Förderung;Kursinhalt"


def test_placements_with_months_as_people_write_them(tmp_path: Path) -> None:
    made = tmp_path / "verm.csv"
    made.write_text(
        PLACEMENTS
        + "\n"
        + "".join(f"V{n}|{n + 100}D{n + 400000}|{n % 3 + 9}/2026|MINIJOB|821|05566|16I|1\n" for n in range(40))
    )
    found = recognise(made)

    assert ("placement", "{VERM_ID}") == (found.proposal.event, found.proposal.key)
    assert {"month": "AUFN_MONAT", "kldb3": "BERUF3", "kreis": "ARBEITSORT_KREIS"}.items() <= columns(found).items()


def test_courses_and_no_theme_made_of_a_text(tmp_path: Path) -> None:
    made = tmp_path / "kurse.csv"
    line = "K{n:04};Staplerschein;Bildungswerk Probe;Rheine;48431;01.02.2027;01.03.2027;12;3;{f};Theorie und Praxis.\n"
    made.write_text(COURSES + "\n" + "".join(line.format(n=n, f=("FbW", "§ 16e")[n % 2]) for n in range(40)))
    found = recognise(made)

    assert {"title": "Kurstitel", "instrument": "Förderung"}.items() <= columns(found).items()
    assert "theme" not in columns(found)
    assert 40 == check_recognised(made, found).valid
