"""The task for Windows is what Task Scheduler can import, holds no secret, and starts anew what ended."""

from __future__ import annotations

import re
import shlex
import threading
from typing import Any

import pytest
import typer
from lxml import etree

from hub.cli._stopping import console_handler
from hub.cli.main import build
from tests.support.metric_names import ROOT

FILE = ROOT / "deploy" / "windows" / "connector-task.xml"
SCRIPT = (ROOT / "deploy" / "offline" / "install.ps1").read_text("ascii")
NAMESPACE = {"t": "http://schemas.microsoft.com/windows/2004/02/mit/task"}
# Order in which the schema of Task Scheduler wants the parts of a task.
PARTS = ["RegistrationInfo", "Triggers", "Principals", "Settings", "Actions"]
PLACEHOLDERS = {"{JOBCENTER}", "{PROGRAM}", "{DELIVERIES}", "{DATA}", "{ACCOUNT}"}


@pytest.fixture
def task() -> Any:
    return etree.fromstring(FILE.read_bytes())


def text(task: Any, path: str) -> str:
    """The text at a place, which must be there once."""
    (found,) = task.xpath(path, namespaces=NAMESPACE)
    return str(found.text)


def test_it_is_utf_16_with_a_mark_and_the_line_ends_of_windows() -> None:
    data = FILE.read_bytes()
    written = data.decode("utf-16")

    assert data.startswith(b"\xff\xfe")
    assert written.startswith('<?xml version="1.0" encoding="UTF-16"?>')
    assert written.count("\n") == written.count("\r\n") > 20


def test_it_has_the_parts_a_task_needs_in_their_order(task: Any) -> None:
    assert f"{{{NAMESPACE['t']}}}Task" == task.tag
    assert PARTS == [etree.QName(part).localname for part in task if isinstance(part.tag, str)]
    (actions,) = task.xpath("t:Actions/@Context", namespaces=NAMESPACE)
    assert [actions] == task.xpath("t:Principals/t:Principal/@id", namespaces=NAMESPACE)
    assert "true" == text(task, "t:Triggers/t:BootTrigger/t:Enabled")


def test_it_runs_for_good_once_and_is_started_anew(task: Any) -> None:
    settings = {name: text(task, f"t:Settings/t:{name}") for name in ("ExecutionTimeLimit", "MultipleInstancesPolicy")}

    assert {"ExecutionTimeLimit": "PT0S", "MultipleInstancesPolicy": "IgnoreNew"} == settings
    assert "PT1M" == text(task, "t:Settings/t:RestartOnFailure/t:Interval")
    assert 1 <= int(text(task, "t:Settings/t:RestartOnFailure/t:Count")) <= 999
    assert "LeastPrivilege" == text(task, "t:Principals/t:Principal/t:RunLevel")


def test_its_call_is_one_the_command_line_understands(task: Any) -> None:
    arguments = text(task, "t:Actions/t:Exec/t:Arguments")
    call = re.fullmatch(r'/d /s /c "(.*) >> "\{DATA\}\\\{JOBCENTER\}\.log" 2>&1"', arguments)
    assert call is not None
    program, verb, *options = shlex.split(call[1])
    assert ("{PROGRAM}", "run") == (program, verb)
    command: Any = typer.main.get_command(build())
    known = {option for parameter in command.commands["run"].params for option in parameter.opts}

    assert {"--deliveries", "--data", "--json"} == {option for option in options if option.startswith("--")} & known


def test_no_secret_is_in_it_and_the_script_fills_in_every_placeholder() -> None:
    written = FILE.read_bytes().decode("utf-16")

    assert PLACEHOLDERS == set(re.findall(r"\{[A-Z]+\}", written))
    assert PLACEHOLDERS == set(re.findall(r'"(\{[A-Z]+\})" =', SCRIPT))
    assert not re.search(r"(?i)password\s*[=>]|kennwort\s*=|JOBHUB_[A-Z_]+=|<Password", written)


def test_windows_is_kept_waiting_until_the_work_is_over() -> None:
    finished, told = threading.Event(), list[int]()

    def stop() -> None:
        told.append(1)
        threading.Thread(target=finished.set).start()

    handle = console_handler(stop, finished, seconds=30)
    assert [0, 0, []] == [handle(0), handle(1), told]  # Ctrl+C and Ctrl+Break come as signals
    assert [1, True, [1]] == [handle(2), finished.is_set(), told]


def test_windows_is_not_kept_waiting_for_ever() -> None:
    assert 1 == console_handler(lambda: None, threading.Event(), seconds=0.01)(6)
