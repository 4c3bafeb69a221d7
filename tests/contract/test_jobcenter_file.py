"""A Jobcenter's file says who it is; whatever is wrong with it is said with its place and its code."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.jobcenter import ConfigurationError, load_jobcenter, load_jobcenters

GOOD = """\
name: Kreis Musterland
kreis: "05554"
sources:
  stellen:
    event: vacancy
    type: csv_file
    load: full
    files: "stellen_*.csv"
    key: "{Nr}"
    columns:
      title: Titel
      workplace.plz: {column: PLZ}
      kldb2010: {constant: "01104"}
"""


def write(folder: Path, text: str, name: str = "musterland.yaml") -> Path:
    """A file of that content."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_is_read_and_its_name_is_the_id(tmp_path: Path) -> None:
    jobcenter = load_jobcenter(write(tmp_path, GOOD))

    assert ("musterland", "05554", 0) == (jobcenter.id, jobcenter.kreis, jobcenter.epoch)
    assert ["Titel"] == jobcenter.sources["stellen"].columns["title"].names
    assert "01104" == jobcenter.sources["stellen"].columns["kldb2010"].constant


FAULTS = {
    "unquoted key": (GOOD.replace('"05554"', "15554"), "E704", "kreis"),
    "unquoted constant with a nought": (
        GOOD.replace('"01104"', "01104"), "E704", "musterland.yaml:13: 01104 without quotes is read as 580",
    ),
    "unquoted code in a translation": (
        GOOD.replace("{column: PLZ}", "{column: PLZ, codes: {7: x}}"), "E704", "codes",
    ),
    "norwegian no": (GOOD.replace("{column: PLZ}", "{column: PLZ, empty: [no]}"), "E704", "empty"),
    "unknown key": (GOOD + "colour: red\n", "E701", "colour"),
    "id": (GOOD + "id: other\n", "E701", "the name of the file is the id"),
    "two origins": (GOOD.replace("{column: PLZ}", "{column: PLZ, constant: x}"), "E701", "exactly one of"),
    "no mapping": ("- a\n- b\n", "E701", "expected a mapping"),
    "nothing": ("", "E701", "expected a mapping"),
    "no YAML": (GOOD + "  bad: [\n", "E701", "not valid YAML"),
    "text for a number": (GOOD + "epoch: zwei\n", "E701", "epoch"),
}  # fmt: skip


@pytest.mark.parametrize("what", FAULTS)
def test_a_fault_is_said_with_its_place_and_code(what: str, tmp_path: Path) -> None:
    text, code, expected = FAULTS[what]
    with pytest.raises(ConfigurationError) as caught:
        load_jobcenter(write(tmp_path, text))

    assert code == caught.value.code
    assert expected in str(caught.value)
    assert "musterland.yaml" in str(caught.value)


@pytest.mark.parametrize("name", ["Musterland.yaml", "muster-land.yaml", "1a.yaml", "m.yaml"])
def test_a_name_that_is_no_id_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="lower-case letters and digits"):
        load_jobcenter(write(tmp_path, GOOD, name))


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "musterland.yaml"
    path.write_bytes(GOOD.replace("Musterland", "Münsterland").encode("latin-1"))

    with pytest.raises(ConfigurationError, match="not UTF-8"):
        load_jobcenter(path)


def test_a_missing_file_is_a_jobcenter_that_is_not_set_up(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_jobcenter(tmp_path / "musterland.yaml")

    assert "E702" == caught.value.code


def test_a_folder_holds_jobcenters_and_examples(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no Jobcenter files"):
        load_jobcenters(tmp_path)
    write(tmp_path, GOOD)
    write(tmp_path, "broken: [", "_example.yaml")

    assert ["musterland"] == list(load_jobcenters(tmp_path))
