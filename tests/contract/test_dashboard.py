"""The dashboard follows the rules of Grafana's own linter, and asks only for metrics that exist."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import promql_parser
import pytest
import yaml

from tests.contract.test_alerts import RECORDED
from tests.support.metric_names import ROOT, unknown

FOLDER = ROOT / "deploy" / "grafana"
DASHBOARD: dict[str, Any] = json.loads((FOLDER / "dashboards" / "overview.json").read_text("utf-8"))
PANELS: list[dict[str, Any]] = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
RUNBOOKS = (ROOT / "docs" / "operations.md").read_text("utf-8").splitlines()


def test_the_dashboard_keeps_the_rules() -> None:
    assert list(_faults(DASHBOARD)) == []


def test_the_first_row_answers_fresh_stuck_rejected() -> None:
    first = [panel["title"] for panel in PANELS if panel["gridPos"]["y"] == 1]

    assert first == ["Überfällig", "Rückstand", "Abgewiesen in der letzten Stunde"]


def test_panels_do_not_overlap() -> None:
    cells = [
        (x, y)
        for panel in DASHBOARD["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]

    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) < 24


def test_every_metric_a_panel_asks_for_is_exported() -> None:
    expressions = [_parsable(target["expr"]) for panel in PANELS for target in panel["targets"]]

    assert unknown(expressions, RECORDED) == []


def test_grafana_finds_the_dashboard_where_compose_mounts_it() -> None:
    provider = yaml.safe_load((FOLDER / "provisioning" / "dashboards" / "jobhub.yaml").read_text("utf-8"))["providers"][
        0
    ]
    volumes = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"]["grafana"]["volumes"]

    assert f"./deploy/grafana/dashboards:{provider['options']['path']}:ro" in volumes


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (["panels", 1, "description"], ""),
        (["panels", 1, "datasource"], {"type": "prometheus", "uid": "P1809F7CD0C75ACF3"}),
        (["panels", 1, "fieldConfig", "defaults", "unit"], ""),
        (["panels", 1, "targets", 0, "expr"], "rate(jobhub_rows_read_total[5m])"),
        (["panels", 1, "targets", 0, "expr"], "rate(jobhub_rows_read_total[5m]"),
        (["panels", 1, "links", 0, "url"], "${runbooks}#nowhere"),
        (["editable"], True),
        (["templating", "list"], []),
    ],
)
def test_a_broken_rule_is_found(where: list[str | int], value: object) -> None:
    broken = json.loads(json.dumps(DASHBOARD))
    place = broken
    for step in where[:-1]:
        place = place[step]
    place[where[-1]] = value

    assert list(_faults(broken))


def _faults(dashboard: dict[str, Any]) -> Iterator[str]:
    if dashboard["editable"] or "uid" in dashboard or "jobhub" not in dashboard["tags"]:
        yield "the dashboard must not be editable, must have no fixed uid, and carry the tag jobhub"
    variables = {variable["name"]: variable for variable in dashboard["templating"]["list"]}
    if variables.get("datasource", {}).get("type") != "datasource":
        yield "no variable for the data source"
    for panel in dashboard["panels"]:
        if panel["type"] != "row":
            yield from (f"{panel['title']}: {fault}" for fault in _panel_faults(panel))


def _panel_faults(panel: dict[str, Any]) -> Iterator[str]:
    if " / " not in panel["description"]:
        yield "no description in both languages"
    if not panel["fieldConfig"]["defaults"]["unit"]:
        yield "no unit"
    for link in panel["links"]:
        base, _, anchor = link["url"].partition("#")
        if base != "${runbooks}" or anchor not in {line[4:].lower() for line in RUNBOOKS if line.startswith("### ")}:
            yield f"{link['url']} leads nowhere"
    for part in (panel, *panel["targets"]):
        if part["datasource"]["uid"] != "${datasource}":
            yield "a data source that is not the variable"
    for target in panel["targets"]:
        yield from _expression_faults(target["expr"])


def _expression_faults(expression: str) -> Iterator[str]:
    if re.search(r"\b(rate|irate)\([^)]*\[(?!\$__rate_interval\])", expression):
        yield "rate() over a fixed range"
    try:
        promql_parser.parse(_parsable(expression))
    except ValueError as error:
        yield str(error)


def _parsable(expression: str) -> str:
    """The expression as Grafana sends it, its variables filled in."""
    return expression.replace("$__rate_interval", "5m").replace("$jobcenter", "borken")
