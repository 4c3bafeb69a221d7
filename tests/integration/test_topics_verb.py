"""jobhub topics against a real broker: plan, apply, nothing left to do, and what is refused."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from typing import Any

import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import ConfigResource
from confluent_kafka.cimpl import NewTopic

pytestmark = pytest.mark.integration


def _topics(verb: str, bootstrap: str, jobcenter: str) -> tuple[int, dict[str, Any], str]:
    command = [
        sys.executable,
        "-m",
        "hub.cli.main",
        "--lang",
        "en",
        "topics",
        verb,
        "--jobcenters",
        jobcenter,
        "--json",
    ]
    command += [] if verb == "list" else ["--bootstrap-servers", bootstrap]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ})
    return ended.returncode, json.loads(ended.stdout or "{}"), ended.stderr


def test_apply_does_what_plan_says_and_then_nothing_is_left(bootstrap_servers: str) -> None:
    jobcenter = f"t{secrets.token_hex(4)}"
    _, wanted, _ = _topics("list", bootstrap_servers, jobcenter)

    code, planned, _ = _topics("plan", bootstrap_servers, jobcenter)
    own = {spec["name"] for spec in wanted["topics"] if jobcenter in spec["name"]}
    assert (0, False, True) == (code, planned["applied"], own <= {spec["name"] for spec in planned["create"]})
    code, applied, _ = _topics("apply", bootstrap_servers, jobcenter)
    assert (0, planned["create"]) == (code, applied["create"])

    admin = AdminClient({"bootstrap.servers": bootstrap_servers})
    raw = ConfigResource(ConfigResource.Type.TOPIC, f"jobhub.raw.{jobcenter}.vacancy.v1")
    [described] = admin.describe_configs([raw]).values()
    settings = {name: entry.value for name, entry in described.result().items()}
    assert ("1209600000", "delete", "1") == (
        settings["retention.ms"],
        settings["cleanup.policy"],
        settings["min.insync.replicas"],
    )
    code, left, _ = _topics("plan", bootstrap_servers, jobcenter)
    assert (0, [], [], []) == (code, left["create"], left["alter"], left["wrong_partitions"])


def test_another_number_of_partitions_is_refused_and_nothing_changed(bootstrap_servers: str) -> None:
    jobcenter = f"t{secrets.token_hex(4)}"
    name = f"jobhub.receipts.{jobcenter}.v1"
    admin = AdminClient({"bootstrap.servers": bootstrap_servers})
    for created in admin.create_topics([NewTopic(name, 2, 1)]).values():
        created.result()

    code, planned, _ = _topics("plan", bootstrap_servers, jobcenter)
    assert (3, [{"topic": name, "partitions": 2, "wanted": 4}]) == (code, planned["wrong_partitions"])
    code, _, told = _topics("apply", bootstrap_servers, jobcenter)

    assert 3 == code
    assert f"{name} has 2 partitions, the manifest says 4" in told
    assert f"jobhub.raw.{jobcenter}.vacancy.v1" not in admin.list_topics(timeout=10).topics


def test_a_broker_that_does_not_answer_is_five() -> None:
    code, _, told = _topics("plan", "127.0.0.1:1", "borken")

    assert 5 == code
    assert "E401" in told
