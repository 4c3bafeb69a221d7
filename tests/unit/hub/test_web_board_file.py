"""deploy/board.yaml: the one shipped is sound and made up, and a faulty one is told clearly."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from hub.settings import Settings
from hub.web.board_file import load_operator
from hub.web.checked import last_check
from schemas.jobcenter import ConfigurationError, load_jobcenters

SHIPPED = Settings().deploy_folder / "board.yaml"


def _with(folder: Path, old: str, new: str) -> Path:
    text = SHIPPED.read_text("utf-8")
    assert old in text
    path = folder / "board.yaml"
    path.write_text(text.replace(old, new, 1), "utf-8")
    return path


def test_the_shipped_file_is_sound_and_says_that_it_is_made_up() -> None:
    operator = load_operator(SHIPPED)
    addresses = [value for value in _leaves(yaml.safe_load(SHIPPED.read_text("utf-8"))) if "@" in value]

    assert operator.sample is True
    assert operator.employer_services.keys() == load_jobcenters(SHIPPED.parent / "jobcenters").keys()
    assert operator.mail is None
    assert operator.map_link is None
    assert [one for one in addresses if not one.endswith(".example")] == []


def _leaves(value: object) -> list[str]:
    if isinstance(value, dict):
        return [leaf for part in value.values() for leaf in _leaves(part)]
    if isinstance(value, list):
        return [leaf for part in value for leaf in _leaves(part)]
    return [str(value)]


@pytest.mark.parametrize(
    "old, new, code, said",
    [
        ("represented_by: Erika Mustermann, Leiterin", "vertreten: niemand", "E701", "imprint.represented_by: Field"),
        ("email: jobboerse@musterstelle.example", "email: keine", "E701", "imprint.email: Value error, no mail addr"),
        ("phone: 0000 000000", "phone: 123456", "E704", "imprint.phone: Input should be a valid string"),
        ("phone: 0000 000000", "phone: ruf an", "E701", "imprint.phone: Value error, no telephone number"),
        ("website: https://ombudsstelle", "website: javascript://x", "E701", "accessibility.ombuds.website"),
        ("reviewed_on: 2026-11-02", "reviewed_on: neulich", "E701", "accessibility.reviewed_on"),
        ("sample: true", "beispiel: true", "E701", "beispiel: Extra inputs"),
        ("sample: true", "sample: true\nmap_link: https://karte.example/", "E701", "map_link"),
        ("imprint:", "imprint: [", "E701", "not valid YAML"),
    ],
)
def test_a_fault_is_told_with_its_place(tmp_path: Path, old: str, new: str, code: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as found:
        load_operator(_with(tmp_path, old, new))

    assert found.value.code == code
    assert found.value.what.startswith(said)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as found:
        load_operator(tmp_path / "board.yaml")

    assert found.value.code == "E702"


def test_the_day_of_the_last_check_is_noted() -> None:
    assert last_check().pages > 0
