"""The topic manifest (deploy/topics.yaml) and what a cluster lacks of it: plan, then apply. Nothing is ever deleted."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code
from pydantic import BaseModel, ConfigDict, ValidationError

from schemas.jobcenter import ConfigurationError, known_jobcenters
from schemas.topics import EVENTS, JOBCENTER_ID

_SET_ON_TOPIC = 1  # DescribeConfigs: the value was set on the topic itself (DYNAMIC_TOPIC_CONFIG)


class _Family(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    topic: str
    writer: str
    config: dict[str, str | int | float]


class Manifest(BaseModel):
    """deploy/topics.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    version: int
    partitions: int
    defaults: dict[str, str | int | float]
    families: list[_Family]

    def topics(self, jobcenters: Iterable[str]) -> list[TopicSpec]:
        """Every topic for these Jobcenters, by name."""
        found: dict[str, TopicSpec] = {}
        for family in self.families:
            settings = {name: str(value) for name, value in {**self.defaults, **family.config}.items()}
            for jobcenter in jobcenters if "{jobcenter}" in family.topic else [""]:
                for event in EVENTS if "{event}" in family.topic else [""]:
                    name = family.topic.format(jobcenter=jobcenter, event=event)
                    found[name] = TopicSpec(name, self.partitions, settings)
        return [found[name] for name in sorted(found)]


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """A topic as it should be."""

    name: str
    partitions: int
    settings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """A setting that is not as it should be; `before` None: not known."""

    topic: str
    setting: str
    before: str | None
    after: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done, and what cannot be."""

    create: Sequence[TopicSpec] = ()
    alter: Sequence[Difference] = ()
    wrong_partitions: Sequence[tuple[TopicSpec, int]] = ()
    """Topics with another number of partitions. Refused: a key would move to another partition, and with it lose its
    order and its state."""
    kept: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """What an operator set on a topic beside the manifest; it stays."""

    @property
    def empty(self) -> bool:
        """Whether the cluster is as the manifest says."""
        return not (self.create or self.alter or self.wrong_partitions)


class WrongPartitions(Exception):
    """A topic has another number of partitions than the manifest says."""


def load_manifest(file: Path) -> Manifest:
    """Read the manifest.

    Raises:
        ConfigurationError: it is missing or faulty.
    """
    try:
        return Manifest.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise ConfigurationError(str(file), "no such file") from None
    except (yaml.YAMLError, ValidationError) as error:
        raise ConfigurationError(str(file), str(error).splitlines()[0]) from error


def jobcenter_ids(deploy: Path) -> list[str]:
    """Ids of the participants: the stems of their files. A fault inside a file does not stop the hub for the others.

    Raises:
        ConfigurationError: there is none, or a file's name is no id.
    """
    folder = deploy / "jobcenters"
    ids = known_jobcenters(folder)
    for name in ids:
        if not JOBCENTER_ID.match(name):
            raise ConfigurationError(
                str(folder / f"{name}.yaml"), "the file's name must be lower-case letters and digits"
            )
    if not ids:
        raise ConfigurationError(str(folder), "no Jobcenter files", "E702")
    return ids


async def plan(admin: AIOKafkaAdminClient, specs: Sequence[TopicSpec]) -> Plan:
    """Compare a cluster with the manifest."""
    existing = {topic["topic"]: len(topic["partitions"]) for topic in await admin.describe_topics()}
    create = [spec for spec in specs if spec.name not in existing]
    there = [spec for spec in specs if spec.name in existing]
    found = await _settings(admin, [spec.name for spec in there])
    alter = [
        Difference(spec.name, setting, found[spec.name].value.get(setting), value)
        for spec in there
        for setting, value in spec.settings.items()
        if found[spec.name].value.get(setting) != value
    ]
    wrong = [(spec, existing[spec.name]) for spec in there if existing[spec.name] != spec.partitions]
    return Plan(create, alter, wrong, {name: settings.own for name, settings in found.items()})


async def apply(admin: AIOKafkaAdminClient, planned: Plan, replication: int) -> None:
    """Create what is missing and alter what differs.

    Raises:
        WrongPartitions: before anything is changed.
        KafkaError: the cluster refused.
    """
    if planned.wrong_partitions:
        spec, actual = planned.wrong_partitions[0]
        raise WrongPartitions(f"{spec.name} has {actual} partitions, the manifest says {spec.partitions}")
    if planned.create:
        await _create(admin, planned.create, replication)
    changed: dict[str, dict[str, str]] = {}
    for difference in planned.alter:
        changed.setdefault(difference.topic, dict(planned.kept[difference.topic]))[difference.setting] = (
            difference.after
        )
    if changed:
        # This request replaces all settings of a topic, hence the ones that are kept.
        wanted = [ConfigResource(ConfigResourceType.TOPIC, name, settings) for name, settings in changed.items()]
        for response in await admin.alter_configs(wanted):
            for code, _message, _type, name in response.resources:
                _raise_for(code, f"settings of {name}")


async def ensure_topics(
    bootstrap_servers: str,
    manifest: Manifest,
    jobcenters: Iterable[str],
    replication: int | None = None,
    **security: Any,
) -> Plan:
    """Bring a cluster in line with the manifest; what was done."""
    async with admin_client(bootstrap_servers, **security) as admin:
        planned = await plan(admin, manifest.topics(jobcenters))
        await apply(admin, planned, replication or await default_replication(admin))
        return planned


async def missing_topics(bootstrap_servers: str, names: Iterable[str], **security: Any) -> tuple[list[str], set[int]]:
    """Which of these topics a cluster lacks, and the numbers of partitions of those it has."""
    async with admin_client(bootstrap_servers, **security) as admin:
        existing = {topic["topic"]: len(topic["partitions"]) for topic in await admin.describe_topics()}
    wanted = list(names)
    return sorted(set(wanted) - existing.keys()), {existing[name] for name in wanted if name in existing}


async def default_replication(admin: AIOKafkaAdminClient) -> int:
    """Three copies where there are three brokers; as many as there are brokers otherwise."""
    return min(3, len((await admin.describe_cluster())["brokers"]))


@asynccontextmanager
async def admin_client(bootstrap_servers: str, **security: Any) -> AsyncIterator[AIOKafkaAdminClient]:
    """A connected administration client."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers, request_timeout_ms=20_000, **security)
    try:
        await admin.start()
        yield admin
    finally:
        await admin.close()


async def _create(admin: AIOKafkaAdminClient, specs: Sequence[TopicSpec], replication: int) -> None:
    # A copy may be away without stopping the hub, two may not.
    common = {"min.insync.replicas": str(max(1, replication - 1))}
    new = [
        NewTopic(spec.name, spec.partitions, replication, topic_configs={**spec.settings, **common}) for spec in specs
    ]
    response = await admin.create_topics(new)
    for name, code, *_message in response.topic_errors:
        if for_code(code) is not TopicAlreadyExistsError:
            _raise_for(code, f"topic {name}")


@dataclass(frozen=True, slots=True)
class _Settings:
    value: Mapping[str, str]
    own: Mapping[str, str]


async def _settings(admin: AIOKafkaAdminClient, names: Sequence[str]) -> dict[str, _Settings]:
    if not names:
        return {}
    found: dict[str, _Settings] = {}
    for response in await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in names]):
        for code, _message, _type, name, entries in response.resources:
            _raise_for(code, f"settings of {name}")
            value = {entry[0]: entry[1] for entry in entries}
            own = {entry[0]: entry[1] for entry in entries if entry[3] == _SET_ON_TOPIC}
            found[name] = _Settings(value, own)
    return found


def _raise_for(code: int, what: str) -> None:
    error: type[KafkaError] = for_code(code)
    if code != 0:
        raise error(what)
