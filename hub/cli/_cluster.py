"""Which broker and which Jobcenters a verb works with, and what it says when they are not to be found."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from aiokafka.errors import KafkaConnectionError, KafkaError

from hub.cli.output import Exit, Failure, t
from hub.demo.place import Addresses, Place
from hub.settings import Settings
from hub.topics import Manifest, jobcenter_ids, load_manifest
from schemas.jobcenter import ConfigurationError
from schemas.topics import JOBCENTER_ID


def broker(option: str | None, settings: Settings) -> str:
    """Address of the broker, from the option or JOBHUB_BOOTSTRAP_SERVERS."""
    address = option or settings.bootstrap_servers
    if not address:
        raise Failure(Exit.USAGE, "E406", t("Die Adresse von Kafka fehlt.", "The address of Kafka is missing."))
    return address


def broker_or_demo(option: str | None, settings: Settings) -> str:
    """Address of the broker for a verb that only reads: otherwise that of the running, or the last, demo."""
    last = Addresses.load(Place(settings.data.absolute()).addresses)
    return broker(option or settings.bootstrap_servers or (last.kafka if last else None), settings)


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
        raise Failure(Exit.CONFIGURATION, error.code, f"{error.where}: {error.what}") from error


@contextmanager
def reachable(address: str) -> Iterator[None]:
    """A broker that does not answer ends the verb with 5, a refusal with 4."""
    client = logging.getLogger("aiokafka")
    before = client.level
    client.setLevel(logging.CRITICAL)  # what it logs while a broker is away, we say once and in words
    try:
        yield
    except (KafkaConnectionError, TimeoutError, OSError) as error:
        what = t(f"Kafka unter {address} antwortet nicht.", f"Kafka at {address} does not answer.")
        raise Failure(Exit.UNREACHABLE, "E401", what) from error
    except KafkaError as error:
        what = t(f"Kafka unter {address} lehnt ab: {error}", f"Kafka at {address} refuses: {error}")
        raise Failure(Exit.SIGN_IN, "E403", what) from error
    finally:
        client.setLevel(before)
