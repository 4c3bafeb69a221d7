"""Which broker and which Jobcenters a verb works with, and what it says when they are not to be found."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiokafka.errors import KafkaConnectionError, KafkaError, KafkaTimeoutError

from hub.cli.output import Exit, Failure, t
from hub.demo.place import Addresses, Place
from hub.settings import Settings
from hub.topics import Manifest, jobcenter_ids, load_manifest
from schemas.jobcenter import ConfigurationError
from schemas.kafka_access import AccessRefused, KafkaAccess, refusal, why_refused
from schemas.topics import JOBCENTER_ID


@dataclass(frozen=True, slots=True)
class Broker:
    """Where Kafka is, and what every client needs to be let in."""

    address: str
    security: Mapping[str, Any] = field(default_factory=dict, repr=False)


def broker(option: str | None, settings: Settings) -> Broker:
    """The broker of the option or of JOBHUB_BOOTSTRAP_SERVERS, with the sign-in of JOBHUB_KAFKA_*."""
    address = option or settings.bootstrap_servers
    if not address:
        raise Failure(Exit.USAGE, "E406", t("Die Adresse von Kafka fehlt.", "The address of Kafka is missing."))
    with configuration():
        return Broker(address, KafkaAccess().options())


def broker_or_demo(option: str | None, settings: Settings) -> Broker:
    """The broker for a verb that only reads: otherwise that of the running, or the last, demo."""
    last = Addresses.load(Place(settings.data.absolute()).addresses)
    if last and not option and not settings.bootstrap_servers:
        return Broker(last.kafka)
    return broker(option, settings)


def participants(option: str | None, settings: Settings) -> list[str]:
    """Ids of the Jobcenters, from the option (a, b, c) or from deploy/jobcenters."""
    if option is None:
        with configuration():
            return jobcenter_ids(settings.deploy_folder)
    ids = sorted({name.strip() for name in option.split(",") if name.strip()})
    wrong = [name for name in ids if not JOBCENTER_ID.match(name)]
    if wrong or not ids:
        raise Failure(Exit.USAGE, "E702", t(f"Keine Kennung: {wrong}", f"Not an id: {wrong}"))
    return ids


def manifest(settings: Settings) -> Manifest:
    """deploy/topics.yaml."""
    with configuration():
        return load_manifest(settings.deploy_folder / "topics.yaml")


@contextmanager
def configuration() -> Iterator[None]:
    """A faulty file ends the verb with 3."""
    try:
        yield
    except ConfigurationError as error:
        raise Failure(Exit.CONFIGURATION, error.code, f"{error.where}: {t(error.de, error.what)}") from error


def check_permissions(broker: Broker, *, wait: bool = False, **names: Iterable[str]) -> None:
    """End the verb with 4 if Kafka does not let it in, or not do what it is for.

    Args:
        broker: which Kafka.
        wait: a broker that does not answer is no reason to end; the verb waits for it.
        names: topics, groups and transactional_ids that are needed.
    """
    from hub.permissions import require

    try:
        with reachable(broker):
            asyncio.run(require(broker.address, broker.security, **names))
    except Failure as failure:
        if not wait or failure.exit_code is not Exit.UNREACHABLE:
            raise


@contextmanager
def reachable(broker: Broker) -> Iterator[None]:
    """A broker that does not answer ends the verb with 5, a refusal with 4."""
    client = logging.getLogger("aiokafka")
    before = client.level
    client.setLevel(logging.CRITICAL)  # what it logs while a broker is away, we say once and in words
    try:
        yield
    except AccessRefused as error:
        raise refused(error, broker.address) from error
    except (KafkaConnectionError, KafkaTimeoutError, TimeoutError, OSError) as error:
        if (reason := asyncio.run(why_refused(broker.address, broker.security))) is not None:
            raise refused(reason, broker.address) from error
        what = t(f"Kafka unter {broker.address} antwortet nicht.", f"Kafka at {broker.address} does not answer.")
        raise Failure(Exit.UNREACHABLE, "E401", what) from error
    except KafkaError as error:
        if (reason := refusal(error)) is not None:
            raise refused(reason, broker.address) from error
        what = t(f"Kafka unter {broker.address} lehnt ab: {error}", f"Kafka at {broker.address} refuses: {error}")
        raise Failure(Exit.SIGN_IN, "E403", what) from error
    finally:
        client.setLevel(before)


def refused(error: AccessRefused, address: str) -> Failure:
    """The end of a verb that Kafka does not let in, or not do something."""
    what = {
        "E402": t(f"Kafka unter {address} lässt uns nicht herein", f"Kafka at {address} does not let us in"),
        "E403": t(f"Kafka unter {address} erlaubt nicht", f"Kafka at {address} does not allow"),
    }[error.code]
    return Failure(Exit.SIGN_IN, error.code, f"{what}: {error.what}")
