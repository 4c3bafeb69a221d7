"""The manifest: names by the one rule, deadlines of the design, and a plan that says what differs."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from hub.settings import Settings
from hub.topics import Manifest, WrongPartitions, apply, jobcenter_ids, load_manifest, plan
from schemas import topics
from schemas.jobcenter import ConfigurationError

DAY = 86_400_000


@pytest.fixture
def manifest() -> Manifest:
    """The one that is shipped."""
    return load_manifest(Settings().deploy_folder / "topics.yaml")


def test_every_topic_the_code_names_is_in_the_manifest_and_no_other(manifest: Manifest) -> None:
    names = {topics.STATE, topics.PROBE, topics.MATCH, topics.INTERNAL_VACANCY, *map(topics.curated, topics.EVENTS)}
    for jobcenter in ("borken", "hamm"):
        names |= {topics.raw(jobcenter, event) for event in topics.EVENTS}
        names |= {
            topics.delivery(jobcenter),
            topics.rejected(jobcenter),
            topics.receipts(jobcenter),
            topics.remark(jobcenter),
        }

    assert names == {spec.name for spec in manifest.topics(["borken", "hamm"])}


@pytest.mark.parametrize(
    "name, policy, days",
    [
        ("jobhub.raw.borken.vacancy.v1", "delete", 14),
        ("jobhub.raw.borken.delivery.v1", "delete", 14),
        ("jobhub.vacancy.v1", "compact", None),
        ("jobhub.internal.vacancy.v1", "compact", None),
        ("jobhub.measure.v1", "compact", None),
        ("jobhub.placement.v1", "delete", 730),
        ("jobhub.rejected.borken.v1", "delete", 30),
        ("jobhub.receipts.borken.v1", "delete", 90),
        ("jobhub.state.v1", "compact", None),
        ("jobhub.probe.v1", "delete", 1),
    ],
)
def test_deadlines_are_those_of_the_design(manifest: Manifest, name: str, policy: str, days: int | None) -> None:
    [spec] = [spec for spec in manifest.topics(["borken"]) if spec.name == name]

    retention = spec.settings.get("retention.ms")
    assert (policy, str(days * DAY) if days else None, 4) == (
        spec.settings["cleanup.policy"],
        retention,
        spec.partitions,
    )


def test_a_family_that_is_misspelt_is_refused(tmp_path: Path) -> None:
    (tmp_path / "topics.yaml").write_text("version: 1\npartitions: 4\ndefaults: {}\nfamilies: []\nretension: 3\n")

    with pytest.raises(ConfigurationError):
        load_manifest(tmp_path / "topics.yaml")


def test_ids_are_the_stems_of_the_files(tmp_path: Path) -> None:
    folder = tmp_path / "jobcenters"
    folder.mkdir()
    with pytest.raises(ConfigurationError, match="no Jobcenter files"):
        jobcenter_ids(tmp_path)
    for name in ("hamm.yaml", "borken.yaml", "_example.yaml", "notes.txt"):
        (folder / name).write_text("")
    assert ["borken", "hamm"] == jobcenter_ids(tmp_path)
    (folder / "Bad-Name.yaml").write_text("")
    with pytest.raises(ConfigurationError, match="lower-case"):
        jobcenter_ids(tmp_path)


class FakeAdmin:
    """A cluster with some topics: name -> (partitions, settings)."""

    def __init__(self, there: dict[str, tuple[int, dict[str, str]]]) -> None:
        self.there, self.created, self.altered = there, [], {}  # type: ignore[var-annotated]

    async def describe_topics(self) -> list[dict[str, Any]]:
        return [{"topic": name, "partitions": [0] * count} for name, (count, _) in self.there.items()]

    async def describe_configs(self, resources: list[Any]) -> list[Any]:
        entries = [
            (0, "", 2, resource.name, [(name, value, False, 1) for name, value in self.there[resource.name][1].items()])
            for resource in resources
        ]
        return [SimpleNamespace(resources=entries)]

    async def create_topics(self, new: list[Any]) -> Any:
        self.created += new
        return SimpleNamespace(topic_errors=[(topic.name, 0, "") for topic in new])

    async def alter_configs(self, resources: list[Any]) -> list[Any]:
        self.altered = {resource.name: resource.configs for resource in resources}
        return [SimpleNamespace(resources=[(0, "", 2, name) for name in self.altered])]


async def test_a_plan_creates_what_is_missing_and_alters_what_differs(manifest: Manifest) -> None:
    specs = manifest.topics(["borken"])
    there = {spec.name: (4, dict(spec.settings)) for spec in specs if spec.name != topics.STATE}
    there[topics.PROBE][1].update({"retention.ms": "1", "min.insync.replicas": "2"})
    admin: Any = FakeAdmin(there)

    planned = await plan(admin, specs)
    await apply(admin, planned, replication=3)

    [created] = admin.created
    assert (topics.STATE, 4, 3, "2") == (
        created.name,
        created.num_partitions,
        created.replication_factor,
        created.topic_configs["min.insync.replicas"],
    )
    [difference] = planned.alter
    assert (topics.PROBE, "retention.ms", "1", str(DAY)) == (
        difference.topic,
        difference.setting,
        difference.before,
        difference.after,
    )
    # What an operator set beside the manifest stays.
    assert {topics.PROBE: {**there[topics.PROBE][1], "retention.ms": str(DAY)}} == admin.altered


async def test_another_number_of_partitions_is_refused_before_anything_is_changed(manifest: Manifest) -> None:
    specs = manifest.topics(["borken"])
    admin: Any = FakeAdmin({topics.STATE: (8, {}), topics.PROBE: (4, {})})

    planned = await plan(admin, specs)
    with pytest.raises(WrongPartitions, match=r"jobhub\.state\.v1 has 8 partitions, the manifest says 4"):
        await apply(admin, planned, replication=1)

    assert ([], {}) == (admin.created, admin.altered)
