"""`jobhub test --source`: a vendor's own source type is tried, and what it breaks is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hub.cli.main import build

SOUND = """
from contextlib import contextmanager
from connectors.contract.row import Row
from connectors.contract.source import Wanted
from connectors.file_source import FileSource
from connectors.conformance import Sample
{more}

class Source(FileSource):
    def read(self, delivery):
        return Reading(delivery)

class Reading:
    description, load, complete, unmapped = "x", "full", False, []

    def __init__(self, delivery):
        self.path = delivery.path

    def __iter__(self):
        lines = self.path.read_text().splitlines()
        for number, line in enumerate(lines, start=1):
            if line == "END":
                self.complete = True
            else:
                yield Row(number, {{"Nr": line}})

@contextmanager
def sample(folder):
    (folder / "in").mkdir()
    path = folder / "in" / "a.txt"
    path.write_text("kanarie1\\nkanarie2\\nEND\\n")
    yield Sample(
        lambda: Source("s", Wanted(("Nr",), ("Nr",)), "*.txt", "full"), folder / "in", ("Nr",),
        [{{"Nr": "kanarie1"}}, {{"Nr": "{second}"}}], "kanarie", spoil=(lambda: path.write_text("kanarie1\\n"),),
        module=__import__("pathlib").Path(__file__),
    )
"""


def run(tmp_path: Path, text: str, *options: str) -> tuple[int, str]:
    path = tmp_path / "own.py"
    path.write_text(text, "utf-8")
    result = CliRunner().invoke(build(), ["test", "--source", str(path), *options])
    return result.exit_code, result.stdout


def test_a_sound_type_passes(tmp_path: Path) -> None:
    code, out = run(tmp_path, SOUND.format(more="", second="kanarie2"))

    assert (0, True) == (code, "0 verletzt. Es wurde nichts gesendet." in out)


@pytest.mark.parametrize(
    "more, second, rule",
    [("", "kanarie9", "all rows come in their order"), ("import fcntl", "kanarie2", "it runs on Windows")],
)
def test_what_a_type_breaks_is_named(tmp_path: Path, more: str, second: str, rule: str) -> None:
    code, out = run(tmp_path, SOUND.format(more=more, second=second), "--json")

    assert 1 == code
    assert rule in " ".join(json.loads(out)["failures"])


def test_a_file_without_a_sample_is_a_fault_of_usage(tmp_path: Path) -> None:
    assert 0 != run(tmp_path, "x = 1")[0]
