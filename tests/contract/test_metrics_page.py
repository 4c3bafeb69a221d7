"""docs/metrics.md lists exactly what the code exports."""

from __future__ import annotations

import re

from tests.support.metric_names import ROOT, Exported, exported

PAGE = ROOT / "docs" / "metrics.md"


def table() -> list[str]:
    """The table as it should be; copy it from the failing test."""
    return [_row(metric) for metric in exported().values()]


def test_the_page_lists_what_the_code_exports() -> None:
    rows = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| `jobhub_")]

    assert table() == rows


def test_names_follow_the_rules_of_prometheus() -> None:
    wrong = [
        metric.name
        for metric in exported().values()
        if not re.fullmatch(r"jobhub_[a-z_]+", metric.name)
        or re.search(r"_(ms|millis|minutes|hours|kb|mb)(_|$)", metric.name)
        or metric.name.endswith("_total") != (metric.kind == "counter")
        or not metric.text.endswith(".")
    ]

    assert wrong == []


def _row(metric: Exported) -> str:
    labels = ", ".join(f"`{label}`" for label in metric.labels) or "–"
    return f"| `{metric.name}` | {metric.kind} | {labels} | {metric.text} |"
