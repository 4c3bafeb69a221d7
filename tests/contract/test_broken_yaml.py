"""Whatever is wrong with a Jobcenter's file is said as its clerk would want to read it, in both languages.

`python -m tests.contract.test_broken_yaml` writes the expected texts anew; read them before they are committed.
"""

from __future__ import annotations

import io
import tempfile
from contextlib import redirect_stderr
from pathlib import Path

import pytest

from connectors.registry import build_source
from hub.cli._jobcenters import configuration
from hub.cli.output import Failure, set_language, show_failure
from schemas import faults
from schemas.codes import Language
from schemas.jobcenter import load_jobcenter

FOLDER = Path(__file__).parent / "broken_yaml"

SOUND = """\
name: Kreis Musterland
kreis: "05554"
lookups:
  berufe: { file: berufe.csv, key: intern, value: kldb2010 }
sources:
  stellen:
    event: vacancy
    type: csv_file
    load: full
    files: "stellen_*.csv"
    options: { encoding: cp1252, delimiter: ";" }
    key: "{Nr}"
    columns:
      title: Titel
      workplace.plz: { column: PLZ }
      kldb2010: { constant: "01104" }
    every_hours: 24
    expect:
      rows: { min: 10, max: 500 }
      calendar: { days: [mo, di, mi, do, fr], by: "07:00", except: [2026-12-24] }
"""

# What was done to the file -> the text that was replaced, and by what.
BROKEN = {
    "ein Name ist vertippt": ("    columns:", "    colums:"),
    "ein Name ist vertippt, tief innen": ("{ column: PLZ }", "{ colum: PLZ }"),
    "ein Name, den es nicht gibt": ("kreis:", "farbe: rot\nkreis:"),
    "ein Name ist vertippt, im Kalender": ("except:", "exept:"),
    "eine Angabe fehlt": ("    load: full\n", ""),
    "der Schlüssel ohne Anführungszeichen": ('"05554"', "15554"),
    "eine Postleitzahl ohne Anführungszeichen": ('"01104"', "01067"),
    "eine Uhrzeit ohne Anführungszeichen": ('"07:00"', "17:30"),
    "nein ohne Anführungszeichen": ("{ column: PLZ }", "{ column: PLZ, empty: [no] }"),
    "ein Tabulator": ("    type: csv_file", "\ttype: csv_file"),
    "ein Name zweimal": ("    files:", "    load: delta\n    files:"),
    "ein Wert, den es nicht gibt": ("load: full", "load: voll"),
    "ein Ereignis, das es nicht gibt": ("event: vacancy", "event: stelle"),
    "ein Wochentag, den es nicht gibt": ("[mo, di,", "[montag, di,"),
    "ein Wort statt einer Zahl": ("every_hours: 24", "every_hours: täglich"),
    "ein Dezimalkomma": ("every_hours: 24", 'every_hours: "1,5"'),
    "eine negative Zahl": ("every_hours: 24", "every_hours: -1"),
    "Zahlen, die sich widersprechen": ("max: 500", "max: 5"),
    "ein Tag, den es nicht gibt": ("2026-12-24", '"24.12.2026"'),
    "keine Liste": ("[2026-12-24]", "2026-12-24"),
    "ein Text statt vieler Angaben": ("{ file: berufe.csv, key: intern, value: kldb2010 }", "berufe.csv"),
    "zwei Herkünfte": ("{ column: PLZ }", '{ column: PLZ, constant: "48143" }'),
    "eine Klammer ist offen": ("{ column: PLZ }", "{ column: PLZ"),
    "ein Doppelpunkt im Text": ("title: Titel", "title: Titel: lang"),
    "falsch eingerückt": ("    type: csv_file", "   type: csv_file"),
    "ein Anführungszeichen ist offen": ('key: "{Nr}"', 'key: "{Nr}'),
    "ein Stern ohne Anführungszeichen": ('"stellen_*.csv"', "*.csv"),
    "mehrere Fehler": ("    load: full", "    load: voll\n    farbe: rot"),
    "eine Option, die es nicht gibt": ("encoding:", "encodng:"),
    "eine Option mit falschem Wert": ('";"', "[geheim]"),
    "eine leere Datei": (SOUND, ""),
    "kein Name mit Wert": (SOUND, "- a\n- b\n"),
}


def said(language: Language) -> str:
    """What the command line says to each of the broken files."""
    set_language(language)
    try:
        return "\n".join(f"## {what}\n{_said(*edit)}" for what, edit in BROKEN.items())
    finally:
        set_language("de")


def _said(old: str, new: str) -> str:
    assert old in SOUND
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "musterland.yaml"
        path.write_text(SOUND.replace(old, new, 1), encoding="utf-8")
        told = io.StringIO()
        with redirect_stderr(told):
            try:
                with configuration():
                    build_source(load_jobcenter(path), "stellen")
            except Failure as failure:
                show_failure(failure)
        return told.getvalue().replace(f"{folder}/", "")


@pytest.mark.parametrize("language", ["de", "en"])
def test_a_broken_file_is_explained(language: Language) -> None:
    expected = (FOLDER / f"{language}.txt").read_text(encoding="utf-8").split("## ")

    assert expected == said(language).split("## ")


@pytest.mark.parametrize("language", ["de", "en"])
def test_no_file_is_taken_for_sound_and_each_place_is_named(language: Language) -> None:
    for part in said(language).split("## ")[1:]:
        what, message, *_ = part.splitlines()
        assert message.startswith(("FEHLER  E70", "ERROR  E70")), what
        assert "musterland.yaml" in message, what


def test_a_kind_of_fault_without_a_text_keeps_the_one_of_pydantic(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faults, "_TEXTS", {})

    assert "Input should be 'full' or 'delta' (literal_error)" in _said(*BROKEN["ein Wert, den es nicht gibt"])


def test_the_value_of_an_option_is_not_shown() -> None:
    assert "geheim" not in _said(*BROKEN["eine Option mit falschem Wert"])


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for one in ("de", "en"):
        (FOLDER / f"{one}.txt").write_text(said(one), encoding="utf-8")
