"""The verb `jobhub web` as a process."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import psutil
import pytest

from tests.support.board_jobs import ALL
from tests.support.board_rows import fill
from tests.support.spoken import next_line

pytestmark = pytest.mark.integration

_JOBCENTER = """
name: Jobcenter Kreis Borken
kreis: "05554"
sources:
  vacancies:
    event: vacancy
    type: csv_file
    load: full
    key: "{Nr}"
    columns: {title: Titel}
"""


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_says_where_and_stops_cleanly(fresh_database: str, tmp_path: Path, stop: signal.Signals) -> None:
    fill(fresh_database, *ALL)
    (tmp_path / "jobcenters").mkdir()
    (tmp_path / "jobcenters" / "borken.yaml").write_text(_JOBCENTER, encoding="utf-8")
    environment = {
        "PATH": "/usr/bin:/bin",
        "JOBHUB_DATABASE_URL": fresh_database,
        "JOBHUB_DEPLOY": str(tmp_path),
        "JOBHUB_TODAY": "2026-11-24",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "hub.cli.main", "web", "--port", "0", "--json"],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    with process:
        ready = json.loads(next_line(process))
        page = httpx2.get(f"{ready['address']}/stellen?was=Koch")
        process.send_signal(stop)
        out, err = process.communicate(timeout=60)

    assert (ready["version"], ready["event"], ready["part"]) == (1, "ready", "web")
    assert page.status_code == 200
    assert "Jobcenter Kreis Borken" in page.text
    assert (process.returncode, out, err) == (0, "", "")


def test_a_taken_port_is_told(fresh_database: str) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-m", "hub.cli.main", "web", "--port", port, "--database-url", fresh_database],
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    assert done.returncode == 3
    assert port in done.stderr


def test_without_a_database_it_says_so() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hub.cli.main", "web"],
        capture_output=True, text=True, timeout=120, check=False, env={"PATH": "/usr/bin:/bin"},
    )  # fmt: skip

    assert (done.returncode, "E406" in done.stderr) == (2, True)


@pytest.mark.parametrize("trusted, statuses", [((), [200, 429]), (("--trusted-proxy", "127.0.0.0/8"), [200, 200])])
def test_the_address_of_a_visitor_is_taken_from_a_known_proxy_only(
    fresh_database: str, trusted: tuple[str, ...], statuses: list[int]
) -> None:
    command = [sys.executable, "-m", "hub.cli.main", "web", "--port", "0", "--json", "--requests-per-minute", "1"]
    process = subprocess.Popen(
        [*command, "--database-url", fresh_database, *trusted],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        page = json.loads(next_line(process))["address"] + "/impressum"
        visitors = [{"X-Forwarded-For": f"198.51.100.{n}"} for n in (1, 2)]
        asked = [httpx2.get(page, headers=visitor).status_code for visitor in visitors]
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=60)

    assert (asked, err) == (statuses, "")


def test_a_faulty_file_of_the_operator_is_told_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "jobcenters").mkdir()
    (tmp_path / "jobcenters" / "borken.yaml").write_text(_JOBCENTER, encoding="utf-8")
    (tmp_path / "board.yaml").write_text("imprint: {name: Musterstelle}\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "hub.cli.main", "web", "--database-url", "postgresql://nobody@127.0.0.1:1/none"],
        capture_output=True, text=True, timeout=120, check=False,
        env={"PATH": "/usr/bin:/bin", "JOBHUB_DEPLOY": str(tmp_path), "COLUMNS": "300"},
    )  # fmt: skip

    assert (done.returncode, "E701" in done.stderr, "imprint.address" in done.stderr) == (3, True, True)


_OPERATIONS = ("/betrieb/dubletten", "/en/betrieb/dubletten", "/betrieb/", "/betrieb")


def _statuses(address: str, host: str | None = None) -> list[int]:
    headers = {"Host": host} if host else {}
    return [httpx2.get(address + path, headers=headers).status_code for path in _OPERATIONS]


def test_operations_pages_have_a_port_of_their_own_that_only_this_machine_reaches(fresh_database: str) -> None:
    fill(fresh_database, *ALL)
    command = [sys.executable, "-m", "hub.cli.main", "web", "--host", "0.0.0.0", "--port", "0", "--json"]
    process = subprocess.Popen(
        [*command, "--operations-port", "0", "--database-url", fresh_database],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    with process:
        told = {one["part"]: one["address"] for one in (json.loads(next_line(process)) for _ in range(2))}
        ports = {part: urlsplit(address).port for part, address in told.items()}
        public, inside = (f"http://127.0.0.1:{ports[part]}" for part in ("web", "operations"))
        listening = {
            one.laddr.port: one.laddr.ip
            for one in psutil.Process(process.pid).net_connections("tcp")
            if one.status == psutil.CONN_LISTEN
        }
        seen = {"public": _statuses(public), "inside": _statuses(inside)[:1]}
        page = httpx2.get(inside + _OPERATIONS[0]).text
        board = (httpx2.get(f"{public}/stellen").status_code, httpx2.get(f"{inside}/stellen").status_code)
        foreign = _statuses(inside, "boerse.example")
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=10)

    assert told["operations"].endswith(_OPERATIONS[0])
    assert seen == {"public": [404] * 4, "inside": [200]}
    assert ("jobhub match" in page or "Dublette" in page, board) == (True, (200, 404))
    assert listening == {ports["web"]: "0.0.0.0", ports["operations"]: "127.0.0.1"}
    assert foreign == [400] * 4  # a page of the internet cannot read it by way of a browser here
    assert (process.returncode, err) == (0, "")


def test_without_the_option_there_is_no_second_port(fresh_database: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "hub.cli.main", "web", "--port", "0", "--json", "--database-url", fresh_database],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    with process:
        address = json.loads(next_line(process))["address"]
        connections = psutil.Process(process.pid).net_connections("tcp")
        ports = [one.laddr.port for one in connections if one.status == psutil.CONN_LISTEN]
        seen = _statuses(address)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=10)

    assert (ports, seen) == ([urlsplit(address).port], [404] * 4)
