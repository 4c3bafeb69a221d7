"""The bundle for a house without internet: its layout, that its script installs it, that a changed file stops it."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

from tests.support.metric_names import ROOT

FOLDER = ROOT / "deploy" / "offline"


def _loaded() -> ModuleType:
    spec = importlib.util.spec_from_file_location("offline_bundle", FOLDER / "bundle.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


bundle = _loaded()


def _wheel(folder: Path, name: str, version: str, source: str, entry: str = "") -> Path:
    """The smallest wheel pip installs."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr(f"{name}.py", source)
        made.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        made.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        if entry:
            made.writestr(f"{info}/entry_points.txt", entry)
        made.writestr(f"{info}/RECORD", "")
    return path


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A bundle of one small package, unpacked."""
    part = _wheel(tmp_path / "wheels", "smallpart", "1.0", "WORD = 'there'\n")
    source = "import smallpart\n\ndef main():\n    print('jobhub', smallpart.WORD)\n"
    own = _wheel(
        tmp_path / "dist",
        "muensterland_jobhub",
        "9.9",
        source,
        "[console_scripts]\njobhub = muensterland_jobhub:main\n",
    )
    lock = tmp_path / "connector.txt"
    digest = hashlib.sha256(part.read_bytes()).hexdigest()
    lock.write_text(
        f"smallpart==1.0 \\\n    --hash=sha256:{digest}\nother==1 ; sys_platform == 'win32' \\\n    --hash=sha256:00\n"
    )
    path: Path = bundle.assemble(tmp_path / "wheels", own, lock, tmp_path / "out")
    again = bundle.assemble(tmp_path / "wheels", own, lock, tmp_path / "again")
    assert path.read_bytes() == again.read_bytes()
    with zipfile.ZipFile(path) as found:
        found.extractall(tmp_path)
    return tmp_path / path.stem


def test_the_layout(made: Path) -> None:
    there = {str(path.relative_to(made)) for path in made.rglob("*") if path.is_file()}

    assert "jobhub-connector-9.9" == made.name
    assert there == {
        "LIESMICH.txt",
        "SHA256SUMS",
        "connector-task.xml",
        "install.ps1",
        "install.sh",
        "muensterland_jobhub-9.9-py3-none-any.whl",
        "requirements.txt",
        "wheels/smallpart-1.0-py3-none-any.whl",
    }


def test_each_file_but_the_list_is_in_the_list_with_its_hash(made: Path) -> None:
    lines = [line.split("  ") for line in (made / "SHA256SUMS").read_text("utf-8").splitlines()]
    listed = {name: digest for digest, name in lines}
    there = {path.relative_to(made).as_posix(): path for path in made.rglob("*") if path.is_file()}

    assert listed == {
        name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in there.items() if name != "SHA256SUMS"
    }


def _install(made: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHON": sys.executable, "PIP_CONFIG_FILE": os.devnull}
    environment.pop("PYTHONPATH", None)
    return subprocess.run(
        ["sh", str(made / "install.sh"), str(folder)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env=environment,
    )


@pytest.mark.skipif(os.name != "posix", reason="a shell script")
def test_the_script_installs_it_without_an_index(made: Path, tmp_path: Path) -> None:
    ended = _install(made, tmp_path / "opt")
    assert 0 == ended.returncode, ended.stderr

    told = subprocess.run([tmp_path / "opt" / "bin" / "jobhub"], capture_output=True, text=True, check=True).stdout

    assert "jobhub there\n" == told


@pytest.mark.skipif(os.name != "posix", reason="a shell script")
@pytest.mark.parametrize("file", ["wheels/smallpart-1.0-py3-none-any.whl", "requirements.txt", "install.ps1"])
def test_a_changed_file_stops_it_before_anything_is_installed(made: Path, tmp_path: Path, file: str) -> None:
    (made / file).write_bytes((made / file).read_bytes() + b"\n")

    ended = _install(made, tmp_path / "opt")

    assert (3, False) == (ended.returncode, (tmp_path / "opt").exists())


def test_the_lock_is_judged_for_the_system_it_is_for() -> None:
    lock = bundle.LOCK.read_text("utf-8")
    windows, linux = (
        set(re.findall(r"^([\w.-]+)", bundle.requirements_for(lock, one, "3.11"), re.M)) for one in bundle.TARGETS
    )

    assert {"tzdata", "pywin32-ctypes", "colorama"} <= windows - linux
    assert {"secretstorage", "jeepney"} <= linux - windows
    assert {"aiokafka", "lxml", "cryptography"} <= windows & linux


def test_every_line_for_pip_has_a_hash_and_no_marker() -> None:
    for target in bundle.TARGETS:
        lines = bundle.requirements_for(bundle.LOCK.read_text("utf-8"), target, "3.13").splitlines()
        assert len(lines) > 20
        assert [] == [line for line in lines if "--hash=sha256:" not in line or ";" in line]


def test_the_script_for_windows_is_plain_ascii_with_its_line_ends(made: Path) -> None:
    data = (made / "install.ps1").read_bytes()

    assert data.isascii()
    assert data.count(b"\n") == data.count(b"\r\n") > 20
    assert all(word in data for word in (b"Get-FileHash", b"--require-hashes", b"--no-index", b"SHA256SUMS"))


@pytest.mark.skipif(not os.environ.get("JOBHUB_TEST_NETWORK"), reason="asks the package index; JOBHUB_TEST_NETWORK=1")
@pytest.mark.parametrize("target", bundle.TARGETS, ids=lambda target: target.name)
@pytest.mark.parametrize("python", bundle.PYTHONS)
def test_every_pinned_package_offers_a_wheel(target: object, python: str, tmp_path: Path) -> None:
    bundle.download(target, python, tmp_path)

    lines = bundle.requirements_for(bundle.LOCK.read_text("utf-8"), target, python).splitlines()
    assert len(lines) == len(list(tmp_path.glob("*.whl")))
