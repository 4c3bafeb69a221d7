"""Every alert has texts, a runbook and tests of its own, and asks only for metrics that exist."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from schemas.due import BERLIN, Daily, is_working_day, next_due
from schemas.expect import Calendar, Expect
from tests.support.metric_names import ROOT, unknown

FOLDER = ROOT / "deploy" / "prometheus"
RULES = [
    rule for group in yaml.safe_load((FOLDER / "alerts.yaml").read_text("utf-8"))["groups"] for rule in group["rules"]
]
ALERTS: list[dict[str, Any]] = [rule for rule in RULES if "alert" in rule]
RECORDED = [rule["record"] for rule in RULES if "record" in rule]
TESTS = ("alerts_test.yaml", "alerts_days_test.yaml")
CASES = [
    (case["alertname"], bool(case["exp_alerts"]))
    for name in TESTS
    for test in yaml.safe_load((FOLDER / name).read_text("utf-8"))["tests"]
    for case in test["alert_rule_test"]
]

DAYS: list[dict[str, Any]] = yaml.safe_load((FOLDER / "alerts_days_test.yaml").read_text("utf-8"))["tests"]

each_alert = pytest.mark.parametrize("alert", ALERTS, ids=[alert["alert"] for alert in ALERTS])
needs_promtool = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="promtool is missing; Debian and Ubuntu: apt-get install prometheus"
)


def _promtool(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["promtool", *arguments], cwd=folder, capture_output=True, text=True, timeout=300, check=False
    )


@needs_promtool
@pytest.mark.parametrize(
    "arguments",
    [("check", "rules", "alerts.yaml"), ("check", "config", "prometheus.yml"), ("test", "rules", *TESTS)],
    ids=" ".join,
)
def test_promtool_finds_nothing_wrong(arguments: tuple[str, ...]) -> None:
    done = _promtool(FOLDER, *arguments)

    assert (done.returncode, done.stdout + done.stderr if done.returncode else "") == (0, "")


@needs_promtool
def test_an_alert_that_forgets_sundays_and_holidays_is_found(tmp_path: Path) -> None:
    rules = (FOLDER / "alerts.yaml").read_text("utf-8")
    mutant = rules.replace(" and on () jobhub:working_day", "")
    assert mutant != rules
    (tmp_path / "alerts.yaml").write_text(mutant, "utf-8")
    shutil.copy(FOLDER / "alerts_days_test.yaml", tmp_path)

    done = _promtool(tmp_path, "test", "rules", "alerts_days_test.yaml")

    assert done.returncode == 1
    assert "on Sunday nobody" in done.stdout + done.stderr
    assert "on Fronleichnam nobody" in done.stdout + done.stderr


CLOCK_BEGINS = datetime(2026, 5, 28, tzinfo=UTC)
LAST_SUCCESS = {
    "Monday's delivery came": "2026-06-01 06:00",
    "Friday's delivery came": "2026-05-29 06:00",
    "Friday's delivery is missing": "2026-05-28 06:00",
    "Wednesday's delivery came": "2026-06-03 06:00",
    "Wednesday's delivery is missing": "2026-06-02 06:00",
}


@pytest.mark.parametrize("name", LAST_SUCCESS)
def test_the_times_in_the_tests_of_the_alerts_are_those_of_the_calendar(name: str) -> None:
    source = Daily(expect=Expect(calendar=Calendar(by="06:30")))
    due = next_due(source, datetime.fromisoformat(LAST_SUCCESS[name]).replace(tzinfo=BERLIN))
    (test,) = [test for test in DAYS if name in test["name"]]
    expected, working_day = (entry["values"].split("x")[0] for entry in test["input_series"][:2])
    evaluated = CLOCK_BEGINS + _duration(test["alert_rule_test"][-1]["eval_time"])

    assert str(int((due - CLOCK_BEGINS).total_seconds())) == expected
    assert str(int(is_working_day(evaluated.astimezone(BERLIN).date()))) == working_day


def _duration(text: str) -> timedelta:
    units = {"d": "days", "h": "hours", "m": "minutes"}
    return timedelta(**{units[unit]: int(number) for number, unit in re.findall(r"([0-9]+)([dhm])", text)})


def test_every_metric_an_alert_asks_for_is_exported() -> None:
    assert unknown((rule["expr"] for rule in RULES), RECORDED) == []


@pytest.mark.parametrize(
    ("misspelt", "expected"),
    [
        ("sum(jobhub_unacounted_records) > 0", ["jobhub_unacounted_records"]),
        ("jobhub_sink_lag_seconds{sinks='board'} > 1", ["jobhub_sink_lag_seconds{sinks}"]),
        ("rate(jobhub_records[5m]) > 0", ["jobhub_records"]),
    ],
)
def test_a_misspelt_metric_or_label_is_found(misspelt: str, expected: list[str]) -> None:
    assert expected == unknown([misspelt], RECORDED)


@each_alert
def test_an_alert_is_tested_both_firing_and_quiet(alert: dict[str, Any]) -> None:
    assert {True, False} == {fires for name, fires in CASES if name == alert["alert"]}


@each_alert
def test_an_alert_says_how_bad_it_is_and_who_acts(alert: dict[str, Any]) -> None:
    labels = alert["labels"]

    assert {"severity", "team"} == set(labels)
    assert labels["severity"] in {"critical", "warning", "info"}
    assert labels["team"] in {"hub", "jobcenter"}


@each_alert
def test_an_alert_speaks_both_languages_and_names_the_first_command(alert: dict[str, Any]) -> None:
    annotations = alert["annotations"]

    assert {"summary", "summary_en", "description", "runbook_url"} == set(annotations)
    assert annotations["summary"] != annotations["summary_en"]
    assert re.match(r"(jobhub|systemctl|journalctl) \S", annotations["description"])
    assert _placeholders(annotations["summary"]) == _placeholders(annotations["summary_en"])


@each_alert
def test_an_alert_for_a_jobcenter_names_it(alert: dict[str, Any]) -> None:
    if alert["labels"]["team"] == "jobcenter":
        assert "$labels.jobcenter" in alert["annotations"]["summary"]


@each_alert
def test_an_alert_has_a_runbook(alert: dict[str, Any]) -> None:
    page, _, anchor = alert["annotations"]["runbook_url"].partition("#")

    assert alert["alert"].lower() == anchor
    assert f"### {alert['alert']}" in (ROOT / page).read_text("utf-8").splitlines()


def _placeholders(text: str) -> set[str]:
    return set(re.findall(r"\{\{.*?\}\}", text))
