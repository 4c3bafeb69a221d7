"""The systemd units are valid, hardened, and start commands that exist."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.contract.test_compose import complaint
from tests.support.metric_names import ROOT

UNITS = sorted((ROOT / "deploy" / "systemd").glob("*.service"))
MOST_EXPOSED = 20  # tenths, on systemd's scale from 0 (safe) to 100

each_unit = pytest.mark.parametrize("unit", UNITS, ids=[unit.stem for unit in UNITS])
needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is missing")


@each_unit
def test_a_unit_starts_a_command_that_exists(unit: Path) -> None:
    (command,) = re.findall(r"^ExecStart=/opt/jobhub/bin/jobhub (.+)$", unit.read_text("utf-8"), re.M)

    assert complaint(command.replace("%i", "borken").split()) is None


@needs_systemd
@each_unit
def test_systemd_finds_nothing_wrong(unit: Path, tmp_path: Path) -> None:
    done = _analyze(["verify", "--man=no", str(_runnable(unit, tmp_path))])

    assert (done.returncode, done.stderr) == (0, "")


@needs_systemd
@each_unit
def test_a_unit_is_hardened(unit: Path, tmp_path: Path) -> None:
    assert _exposure(_runnable(unit, tmp_path)) == 0


@needs_systemd
def test_a_unit_without_hardening_is_found(tmp_path: Path) -> None:
    unit = _runnable(UNITS[0], tmp_path)
    unit.write_text(
        re.sub(r"(?m)^(Protect|Private|Restrict|SystemCall|Capab)\w*=.*\n", "", unit.read_text("utf-8")), "utf-8"
    )

    assert _exposure(unit) == 1


def _runnable(unit: Path, folder: Path) -> Path:
    """The unit with a command this machine has."""
    copy = folder / unit.name
    copy.write_text(unit.read_text("utf-8").replace("/opt/jobhub/bin/jobhub", "/bin/true"), "utf-8")
    return copy


def _exposure(unit: Path) -> int:
    return _analyze(["security", "--offline=true", f"--threshold={MOST_EXPOSED}", str(unit)]).returncode


def _analyze(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, timeout=60, check=False)
