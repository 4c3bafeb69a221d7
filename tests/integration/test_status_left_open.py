"""`jobhub status` beside a connector's state file: what a removed source left open is what stands there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from hub.store.migrate import upgrade
from tests.integration.test_connectors import _command
from tests.support.deliveries import DEPLOY, connector, csv_text, row, small_jobcenter

pytestmark = pytest.mark.integration


def test_it_counts_in_the_state_file_and_says_so(
    bootstrap_servers: str, fresh_database: str, made_up_jobcenter: str, tmp_path: Path
) -> None:
    upgrade(fresh_database)
    with connector(tmp_path, small_jobcenter(made_up_jobcenter)) as one:
        one.take_file("stellen_2026-11-20.csv", csv_text([row(Nr=str(number)) for number in range(3)]))
    shutil.copytree(tmp_path / "state", tmp_path / "data" / "connectors")
    (tmp_path / "jobcenters").mkdir()
    described = yaml.safe_load((DEPLOY / "jobcenters" / "borken.yaml").read_text(encoding="utf-8"))
    described["sources"] = {"kurse": described["sources"]["massnahmen"]}
    text = yaml.safe_dump(described, allow_unicode=True)
    (tmp_path / "jobcenters" / f"{made_up_jobcenter}.yaml").write_text(text, encoding="utf-8")
    environment = {**os.environ, "JOBHUB_DEPLOY": str(tmp_path), "JOBHUB_DATA": str(tmp_path / "data")}
    place = ("--bootstrap-servers", bootstrap_servers, "--database-url", fresh_database)
    said = [
        subprocess.run(
            _command("status", *place, *more), env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        for more in ((), ("--json",))
    ]

    assert f"{made_up_jobcenter}/stellen steht nicht mehr in der YAML-Datei und hat noch 3 offen" in said[0].stdout
    left = {"jobcenter": made_up_jobcenter, "source": "stellen", "count": 3, "exact": True}
    assert [left] == json.loads(said[1].stdout)["left_open"]
