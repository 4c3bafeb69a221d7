"""The text `jobhub check` prints about a file, without what differs from one version to the next."""

from __future__ import annotations

import os
from pathlib import Path

from typer.testing import CliRunner

from hub.cli.main import build
from hub.cli.output import set_language
from schemas.rule_set import rule_set
from tests.golden.files import FILES

EXPECTED = Path(__file__).parent / "expected"
LANGUAGES = ("de", "en")


def printed(name: str, language: str, folder: Path) -> str:
    """Output and exit code for one broken file, run in its own folder."""
    (folder / name).write_bytes(FILES[name]())
    before = Path.cwd()
    os.chdir(folder)
    try:
        done = CliRunner().invoke(build(), ["--lang", language, "check", name])
    finally:
        os.chdir(before)
        set_language("de")
    return f"{done.stdout.replace(rule_set(), '<rule set>')}[{done.exit_code}]\n"


def expected_file(name: str, language: str) -> Path:
    """Where the expected text is kept."""
    return EXPECTED / f"{Path(name).stem}.{language}.txt"
