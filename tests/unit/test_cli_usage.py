"""Wrong calls as people type them: an error of four parts with a code, in the language asked for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from schemas.jobcenter import ConfigurationError, load_jobcenter

_JOBHUB = [sys.executable, "-c", "from hub.cli.main import main; main()"]


def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("JOBHUB_")} | settings
    return subprocess.run(
        [*_JOBHUB, *arguments], capture_output=True, text=True, env=environment, timeout=120, check=False
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("chek", "Einen Befehl „chek“ gibt es nicht. Gemeint: check?"),
        ("check", "Es fehlt: DATEI|ORDNER"),
        ("check --unsinn x", "Eine Option --unsinn gibt es nicht."),
        ("check x --limit 0", "Die Angabe bei --limit ist nicht möglich."),
        ("explain E112 E113", "Zu viele Angaben: E113"),
        ("--lang fr explain", "Die Angabe bei --lang ist nicht möglich."),
        ("test", "YAML-Dateien oder --source angeben."),
    ],
)
def test_a_wrong_call_is_told_in_german_with_its_code(arguments: str, said: str) -> None:
    ran = run(*arguments.split())

    assert (2, "") == (ran.returncode, ran.stdout)
    assert ran.stderr.startswith(f"FEHLER  E731  {said}\nWarum ")
    assert "jobhub explain E731" in ran.stderr


def test_the_language_may_stand_behind_the_verb() -> None:
    behind, before = run("explain", "E112", "--lang", "en"), run("--lang=en", "explain", "E112")

    assert (0, before.stdout) == (behind.returncode, behind.stdout)
    assert "postcode" in behind.stdout
    assert run("chek", "--lang", "en").stderr.startswith("ERROR  E731")


def test_help_is_german_throughout() -> None:
    ran = run("check", "--help")

    assert 0 == ran.returncode
    assert [] == [word for word in ("Options", "Arguments", "Show this", "[required]") if word in ran.stdout]


@pytest.mark.parametrize("arguments", ["explain", "--help"])
def test_a_reader_that_goes_away_ends_well(arguments: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    ended = subprocess.run([*_JOBHUB, arguments], stdout=writing, stderr=subprocess.PIPE, timeout=120, check=False)
    os.close(writing)

    assert (0, b"") == (ended.returncode, ended.stderr)


def test_a_closed_stdout_is_no_fault_of_ours(tmp_path: Path) -> None:
    script = 'exec "$0" -c "from hub.cli.main import main; main()" explain E112 >&-'
    ended = subprocess.run(["sh", "-c", script, sys.executable], stderr=subprocess.PIPE, timeout=120, check=False)

    assert (0, b"") == (ended.returncode, ended.stderr)


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    export = tmp_path / "stellen.csv"
    export.write_text("Nr;Titel;KldB;PLZ;Ort\nA1;Koch (m/w/d);29302;48565;Steinfurt\n", encoding="utf-8")
    for ending in ("xlsx", "html", "xml"):
        ran = run("check", str(export), "--report", str(tmp_path / "nirgends" / f"fehler.{ending}"))

        assert (2, True) == (ran.returncode, "E732" in ran.stderr), ran.stderr
        assert "Traceback" not in ran.stderr


@pytest.mark.parametrize(("name", "said"), [("leer.csv", "Die Datei ist leer."), ("ordner", "ist keine Datei.")])
def test_init_says_in_german_why_a_file_is_none(name: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "leer.csv").touch()
    (tmp_path / "ordner").mkdir()

    assert said in run("init", str(tmp_path / name), "--yes").stderr


def test_a_folder_in_place_of_a_jobcenter_file_is_no_crash(tmp_path: Path) -> None:
    (tmp_path / "borken.yaml").mkdir()

    with pytest.raises(ConfigurationError, match="E701"):
        load_jobcenter(tmp_path / "borken.yaml")
