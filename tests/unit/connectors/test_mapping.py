from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors.errors import BadRow
from connectors.lookups import read_lookups
from connectors.mapping.row_mapping import RowMapping
from connectors.mapping.wanted import wanted_columns
from connectors.registry import build_source, source_types
from schemas.jobcenter import ConfigurationError, Lookup
from tests.support.deliveries import DEPLOY, GOOD, VACANCY_COLUMNS, jobcenter_of, small_jobcenter

PATHS = sorted((DEPLOY / "jobcenters").glob("*.yaml"))


def mapping(columns: dict[str, Any] | None = None, **source: Any) -> RowMapping:
    jobcenter = small_jobcenter(columns={**VACANCY_COLUMNS, **(columns or {})}, **source)
    return RowMapping(jobcenter, "stellen", {"berufe": {"7": "29222"}})


def record(columns: dict[str, Any], **values: Any) -> dict[str, Any]:
    return mapping(columns).record({**GOOD, **values}, "1")


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_every_jobcenter_file_holds_together(path: Path, tmp_path: Path) -> None:
    # The example's name is no id; a copy under one is.
    copy = tmp_path / f"{path.stem.removeprefix('_')}.yaml"
    copy.write_bytes(path.read_bytes())
    from schemas.jobcenter import load_jobcenter

    jobcenter = load_jobcenter(copy)
    for name, source in jobcenter.sources.items():
        assert name == RowMapping(jobcenter, name, {table: {} for table in jobcenter.lookups}).name
        assert source.type in source_types()
        assert build_source(jobcenter, name) is not None


def test_only_what_the_mapping_names_is_wanted() -> None:
    wanted = wanted_columns(jobcenter_of("borken").sources["vermittlungen"])

    assert ("Vorgang", "Monat", "Art", "KldB3", "Kreis", "Förderung") == wanted.columns
    assert ("Nachname", "Kundennummer") == wanted.ignore


@pytest.mark.parametrize(
    "columns, source, message",
    [
        ({"titel": "Titel"}, {}, "no such field"),
        ({"version": "Nr"}, {}, "no such field"),
        ({"start_on": "Beginn"}, {}, "name its notation"),
        ({"pay.minimum": "Lohn"}, {}, "name its notation"),
        ({"title": {"column": "Titel", "parse": "titel"}}, {}, "unknown parser 'titel'"),
        ({"kldb2010": {"column": "KldB", "lookup": "fehlt"}}, {}, "unknown table 'fehlt'"),
        ({"pay.minimum": {"column": "Lohn", "parse": "money"}}, {}, "'pay.period' is not mapped"),
        ({}, {"key": "Nr"}, "names no column"),
    ],
)
def test_a_faulty_mapping_is_refused_at_the_start(
    columns: dict[str, Any], source: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        mapping(columns, **source)


def test_a_mandatory_field_nobody_mapped_is_refused_at_the_start() -> None:
    columns = {name: column for name, column in VACANCY_COLUMNS.items() if name != "visibility"}

    with pytest.raises(ConfigurationError, match="'visibility' is not mapped"):
        RowMapping(small_jobcenter(columns=columns), "stellen", {})


@pytest.mark.parametrize(
    "change, message",
    [
        ({"type": "ftp"}, "unknown type 'ftp'; known: csv_file, excel_file, hr_ba_xml"),
        ({"options": {"encoding": "utf-9"}}, "unknown encoding"),
        ({"options": {"encoding": "utf-8", "trennzeichen": ";"}}, "trennzeichen"),
        ({"options": {"encoding": "utf-8", "footer": "("}}, "not a valid pattern"),
        (
            {"type": "sql_table", "options": {"view": "v", "url_env": "postgresql://u:p@h/d"}},
            "name of an environment variable",
        ),
    ],
)
def test_an_option_nobody_knows_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        build_source(small_jobcenter(**change), "stellen")

    assert message in str(error.value)


def test_an_optional_record_of_which_nothing_is_known_is_absent() -> None:
    columns = {
        "pay.minimum": {"column": "Von", "parse": "decimal_de"},
        "pay.period": {"column": "Art", "codes": {"Std": "HOUR"}},
        "industry.code": "WZ",
        "industry.version": {"constant": "WZ2008"},
        "employer.name": "AG",
        "contact.email": "Mail",
    }
    empty = record(columns, Von="", Art="Std", WZ="-", AG="k.A.", Mail=None)
    full = record(columns, Von="15,50", Art="Std", WZ="81", AG="A", Mail="a@b.example")

    assert [None] * 4 == [empty[name] for name in ("pay", "industry", "employer", "contact")]
    assert {"minimum": Decimal("15.50"), "maximum": None, "currency": "EUR", "period": "HOUR"} == full["pay"]
    assert {"name": "A", "betriebsnummer": None} == full["employer"]


def test_an_amount_without_its_period_is_no_pay() -> None:
    columns = {
        "pay.minimum": {"column": "Von", "parse": "decimal_de"},
        "pay.period": {"column": "Art", "codes": {"Std": "HOUR"}},
    }

    with pytest.raises(BadRow, match=r"E101.*Art"):
        record(columns, Von="15,50", Art="")


def test_lists_are_translated_joined_and_free_of_repeats() -> None:
    columns = {
        "working_time": {
            "column": "Plan",
            "codes": {"1": ["VOLLZEIT"], "2": ["TEILZEIT"], "3": ["TEILZEIT"]},
            "also": {"column": "Mini", "codes": {"1": ["MINIJOB"], "0": []}},
        }
    }

    assert ["TEILZEIT", "VOLLZEIT", "MINIJOB"] == record(columns, Plan=["2", "3", "1"], Mini="1")["working_time"]
    assert [] == record(columns, Plan=None, Mini="0")["working_time"]


def test_a_second_origin_is_asked_when_the_first_says_nothing() -> None:
    columns = {
        "employment_kind": {
            "column": "Mini",
            "codes": {"1": "GERINGFUEGIG_ENTLOHNT", "0": None},
            "also": {"column": "SV", "codes": {"1": "SVPFLICHTIG", "0": None}},
        }
    }

    assert ["GERINGFUEGIG_ENTLOHNT", "SVPFLICHTIG", "UNKNOWN"] == [
        record(columns, Mini=mini, SV=sv)["employment_kind"] for mini, sv in (("1", "1"), ("0", "1"), ("0", "0"))
    ]


def test_a_code_without_translation_is_said_so() -> None:
    with pytest.raises(BadRow, match=r"E117.*KldB"):
        record({"kldb2010": {"column": "KldB", "lookup": "berufe"}}, KldB="99999")
    assert "29222" == record({"kldb2010": {"column": "KldB", "lookup": "berufe"}}, KldB="7")["kldb2010"]


def test_several_columns_make_one_text() -> None:
    assert (
        "Weg 1" == record({"workplace.street": {"columns": ["Str", "Hnr"]}}, Str="Weg", Hnr=1.0)["workplace"]["street"]
    )


@pytest.mark.parametrize(
    "first, second, kind",
    [
        ("SVP", "", "SVPFLICHTIG"),
        ("SVP", "k.A.", "SVPFLICHTIG"),
        ("SVP", "halb", "GERINGFUEGIG_ENTLOHNT"),
        ("SVP", "halb Tag", "SELBSTAENDIG"),
        ("SVP", "halb Jahr", "GERINGFUEGIG_ENTLOHNT"),
        ("SVPX", "", None),
        ("", "halb", None),
    ],
)
def test_a_code_with_a_star_behind_a_blank_stands_for_all_that_begin_so(
    first: str, second: str, kind: str | None
) -> None:
    codes = {"SVP": "SVPFLICHTIG", "SVP *": "GERINGFUEGIG_ENTLOHNT", "SVP halb Tag": "SELBSTAENDIG"}
    columns = {"employment_kind": {"columns": ["Art", "Zeit"], "codes": codes}}
    if kind is None:
        with pytest.raises(BadRow, match=r"E105.*Art"):
            record(columns, Art=first, Zeit=second)
    else:
        assert kind == record(columns, Art=first, Zeit=second)["employment_kind"]


def test_the_municipality_follows_from_postcode_and_place() -> None:
    assert "05515000" == record({})["workplace"]["ags"]
    assert record({}, Ort="Hamburg")["workplace"]["ags"] is None


def test_the_key_joins_columns_and_loses_no_zero() -> None:
    joined = mapping(key="{Mandant}-{lfd. Nr.}")

    assert "05558044-569" == joined.key({"Mandant": "05558044", "lfd. Nr.": 569.0})


@pytest.mark.parametrize(
    "cell, code",
    [("", "E208"), (None, "E208"), ("NULL", "E208"), ("a b", "E109"), ("a\x00", "E109"), ("x" * 101, "E109")],
)
def test_a_key_that_is_none_is_refused(cell: Any, code: str) -> None:
    with pytest.raises(BadRow, match=code):
        mapping().key({"Nr": cell})


def test_a_lookup_table_is_read_as_declared(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes("schlüssel;kldb\n007; 29222\n".encode("cp1252"))
    lookup = Lookup(file="t.csv", key="schlüssel", value="kldb", encoding="cp1252", delimiter=";")

    assert {"a": {"007": "29222"}} == read_lookups({"a": lookup}, tmp_path)


def test_other_configuration_is_another_fingerprint() -> None:
    assert mapping().fingerprint == mapping().fingerprint
    assert mapping().fingerprint != mapping({"title": {"column": "Text"}}).fingerprint
