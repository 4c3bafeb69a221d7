"""What the documents say is there: links lead somewhere, each `jobhub …` they show is a verb with these options."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from typer.core import TyperGroup
from typer.main import get_command

from connectors.mapping.row_mapping import RowMapping
from hub.cli.main import build
from schemas.jobcenter import load_jobcenter
from tests.support.metric_names import ROOT

PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")), *sorted(ROOT.glob("schemas/*/README.md"))]
ALERTS = ROOT / "deploy" / "prometheus" / "alerts.yaml"
_INLINE = re.compile(r"`(jobhub(?: [^`]+))`")
_BLOCK = re.compile(r"^(?: {4,}|\$ )(jobhub .+?)(?:  +.*)?$", re.M)

each_page = pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])


@each_page
def test_links_lead_somewhere(page: Path) -> None:
    assert list(_broken_links(page.read_text("utf-8"), page.parent)) == []


@each_page
def test_commands_exist(page: Path) -> None:
    assert [command for command in _commands(page.read_text("utf-8")) if not _exists(command)] == []


def test_commands_in_alerts_exist() -> None:
    rules = [rule for group in yaml.safe_load(ALERTS.read_text("utf-8"))["groups"] for rule in group["rules"]]
    commands = [rule["annotations"]["description"].split("    ")[0] for rule in rules if "alert" in rule]
    ours = [command.replace("{{ $labels.jobcenter }}", "x") for command in commands if command.startswith("jobhub ")]

    assert len(ours) > 5
    assert [command for command in ours if not _exists(command)] == []


@pytest.mark.parametrize(
    "text", ["`jobhub wroker`", "    jobhub topics aply    # it", "`jobhub worker --metric-port 1`"]
)
def test_a_command_that_does_not_exist_is_found(text: str) -> None:
    assert [_exists(command) for command in _commands(text)] == [False]


@pytest.mark.parametrize("text", ["[x](nowhere.md)", "[x](docs/operations.md#nowhere)"])
def test_a_link_to_nowhere_is_found(text: str) -> None:
    assert len(list(_broken_links(text, ROOT))) == 1


@each_page
def test_files_and_folders_named_exist(page: Path) -> None:
    assert _nowhere(page.read_text("utf-8")) == []


def test_a_file_that_does_not_exist_is_found() -> None:
    assert _nowhere("`hub/flow.py`, `hub/nothing.py`, `hub/nothing/`") == ["hub/nothing.py", "hub/nothing/"]


def test_the_architecture_names_every_part_of_the_hub() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    parts = [path.parent.name for path in (ROOT / "hub").glob("*/__init__.py")]

    assert len(parts) > 6
    assert [part for part in parts if f"`hub/{part}" not in text] == []


def test_the_example_of_the_handbook_maps_a_source(tmp_path: Path) -> None:
    (example,) = re.findall(r"```yaml\n(.+?)```", (ROOT / "docs" / "handbook" / "index.md").read_text("utf-8"), re.S)
    (tmp_path / "musterstadt.yaml").write_text(example, "utf-8")

    jobcenter = load_jobcenter(tmp_path / "musterstadt.yaml")

    assert RowMapping(jobcenter, "stellen", {}).name == "stellen"


def _broken_links(text: str, folder: Path) -> Iterator[str]:
    for link in re.findall(r"\]\((?!https?:)([^)\s]+)\)", text):
        path, _, anchor = link.partition("#")
        target = folder / path
        if not target.exists() or (anchor and anchor not in _anchors(target.read_text("utf-8"))):
            yield link


def _nowhere(text: str) -> list[str]:
    """Paths in our own folders that lead nowhere; one with a placeholder stands for many."""
    named = re.findall(r"`((?:schemas|connectors|hub|deploy|tests|docs)/[^`\s]*)`", text)
    return [path for path in named if not re.search(r"[<{*…]", path) and not (ROOT / path).exists()]


def _anchors(text: str) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", text, re.M)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def _commands(text: str) -> list[str]:
    return [found.split(" #")[0].strip() for found in (*_INLINE.findall(text), *_BLOCK.findall(text))]


def _exists(command: str) -> bool:
    """Whether the verb, and each option named, is there; placeholders stand for values."""
    found, words = get_command(build()), shlex.split(command)[1:]
    options = {name for parameter in found.params for name in parameter.opts}
    while isinstance(found, TyperGroup):
        while words and words[0].startswith("--"):
            if words[0] not in options:
                return False
            words = words[2:]
        if not words or words[0] not in found.commands:
            return False
        found = found.commands[words.pop(0)]
    options = {name for parameter in found.params for name in parameter.opts}
    return all(word in options for word in words if word.startswith("--"))
