"""One zip with all a Jobcenter needs, to install without internet: wheels for Windows and Linux, hashes, two scripts.

`make bundle` runs it where there is internet. It takes exactly what requirements/connector.txt pins, by its hashes.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent.parent
HERE = Path(__file__).parent
LOCK = ROOT / "requirements" / "connector.txt"
PYTHONS = ("3.11", "3.12", "3.13")
SUMS = "SHA256SUMS"

# Every file of the zip has this time, so that the same wheels give the same zip.
_TIME = (1980, 1, 1, 0, 0, 0)
_TEXTS = ("install.ps1", "install.sh", "LIESMICH.txt")
_TASK = ROOT / "deploy" / "windows" / "connector-task.xml"


@dataclass(frozen=True)
class Target:
    """A system wheels are collected for."""

    name: str
    platforms: tuple[str, ...]
    sys_platform: str
    platform_system: str
    os_name: str


TARGETS = (
    Target("windows", ("win_amd64",), "win32", "Windows", "nt"),
    Target(
        "linux",
        ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"),
        "linux",
        "Linux",
        "posix",
    ),
)


def requirements_for(lock: str, target: Target, python: str) -> str:
    """The lock as one system sees it, without markers.

    pip judges a marker by the machine it runs on, not by the one it downloads for: on Linux it would leave out what
    only Windows needs. So the markers are judged here.
    """
    environment = {
        "implementation_name": "cpython",
        "os_name": target.os_name,
        "platform_machine": "AMD64" if target.os_name == "nt" else "x86_64",
        "platform_python_implementation": "CPython",
        "platform_system": target.platform_system,
        "python_full_version": f"{python}.0",
        "python_version": python,
        "sys_platform": target.sys_platform,
    }
    kept = []
    for entry in lock.replace("\\\n", " ").splitlines():
        text, _, hashes = entry.partition("--hash=")
        if not hashes or text.lstrip().startswith("#"):
            continue
        wanted = Requirement(text.strip())
        if wanted.marker is None or wanted.marker.evaluate(environment):
            kept.append(f"{wanted.name}{wanted.specifier} --hash={hashes}")
    return "\n".join(kept) + "\n"


def download(target: Target, python: str, folder: Path) -> None:
    """Fetch the wheels of one system and one Python. pip checks their hashes."""
    with tempfile.TemporaryDirectory() as scratch:
        wanted = Path(scratch) / "requirements.txt"
        wanted.write_text(requirements_for(LOCK.read_text("utf-8"), target, python), "utf-8")
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
        command += ["--require-hashes", "--requirement", str(wanted), "--dest", str(folder)]
        command += ["--implementation", "cp", "--python-version", python]
        command += [word for platform in target.platforms for word in ("--platform", platform)]
        subprocess.run(command, check=True)


def assemble(wheels: Path, own: Path, lock: Path, place: Path) -> Path:
    """The zip from collected wheels.

    Args:
        wheels: folder with the wheels of the packages.
        own: our own wheel.
        lock: requirement file with the hashes of the packages.
        place: folder the zip goes to.
    """
    name = "-".join(["jobhub-connector", own.name.split("-")[1]])
    found = {f"wheels/{path.name}": path.read_bytes() for path in sorted(wheels.glob("*.whl"))}
    found[own.name] = own.read_bytes()
    found["requirements.txt"] = lock.read_bytes()
    for text in _TEXTS:
        found[text] = (HERE / text).read_bytes()
    found[_TASK.name] = _TASK.read_bytes()
    # Windows' own tools want its line ends.
    found["install.ps1"] = found["install.ps1"].replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {file}\n" for file, data in sorted(found.items()))
    found[SUMS] = sums.encode()
    place.mkdir(parents=True, exist_ok=True)
    target = place / f"{name}.zip"
    with zipfile.ZipFile(target, "w") as made:
        for file, data in sorted(found.items()):
            entry = zipfile.ZipInfo(f"{name}/{file}", _TIME)
            entry.external_attr = (0o755 if file.endswith(".sh") else 0o644) << 16
            made.writestr(entry, data, zipfile.ZIP_STORED if file.endswith(".whl") else zipfile.ZIP_DEFLATED)
    return target


def main() -> None:
    """Collect and assemble."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", action="append", help=f"Python versions, by default {' '.join(PYTHONS)}")
    parser.add_argument("--to", type=Path, default=ROOT / "build", help="folder of the zip")
    chosen = parser.parse_args()
    (own,) = (ROOT / "dist").glob("muensterland_jobhub-*.whl")
    wheels = ROOT / "build" / "wheels"
    shutil.rmtree(wheels, ignore_errors=True)
    for python in chosen.python or PYTHONS:
        for target in TARGETS:
            sys.stderr.write(f"{target.name}, Python {python} ...\n")
            download(target, python, wheels)
    made = assemble(wheels, own, LOCK, chosen.to)
    sys.stderr.write(f"{made}  {made.stat().st_size / 1e6:.0f} MB, {len(list(wheels.iterdir()))} wheels\n")


if __name__ == "__main__":
    main()
