"""Every source type has a page in the handbook, in both languages, with a YAML file that can be copied and works."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from connectors.mapping.row_mapping import RowMapping
from connectors.registry import build_source, source_types
from schemas.jobcenter import load_jobcenter
from tests.support.metric_names import ROOT

PAGES = ROOT / "docs" / "handbook" / "sources"
each_type = pytest.mark.parametrize("kind", source_types())


@each_type
def test_the_example_of_a_source_type_works(kind: str, tmp_path: Path) -> None:
    (example,) = re.findall(r"```yaml\n(.+?)```", (PAGES / f"{kind}.md").read_text("utf-8"), re.S)
    path = tmp_path / "musterstadt.yaml"
    path.write_text(example, "utf-8")
    jobcenter = load_jobcenter(path)

    assert [kind] == [source.type for source in jobcenter.sources.values()]
    for name in jobcenter.sources:
        build_source(jobcenter, name)
        RowMapping(jobcenter, name, {table: {} for table in jobcenter.lookups})


@each_type
def test_a_page_is_german_first_and_english_beside_it(kind: str) -> None:
    german, english = (PAGES / f"{kind}.md").read_text("utf-8").split("\n---\n")

    assert german.startswith(f"# {kind}: ")
    assert english.strip().startswith(f"# {kind}: ")


@each_type
def test_the_overview_leads_to_every_page_in_both_languages(kind: str) -> None:
    overview = (PAGES.parent / "sources.md").read_text("utf-8")

    assert 2 == overview.count(f"(sources/{kind}.md)")


def test_there_are_no_pages_of_types_that_are_gone() -> None:
    assert source_types() == sorted(path.stem for path in PAGES.glob("*.md"))
