"""All checks in order. What cannot be checked because an earlier step failed says so; nothing is tried in vain."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connectors.doctor.admission import (
    check_brokers,
    check_permission,
    check_sign_in,
    is_loopback,
    not_talked,
    origin,
)
from connectors.doctor.broker import Talk, talk
from connectors.doctor.encryption import check_tls
from connectors.doctor.house import check_configuration, check_deliveries, check_disk, check_proxy
from connectors.doctor.hub_http import ask_registry, check_clock, check_schemas
from connectors.doctor.letters import Sender
from connectors.doctor.reach import Server, check_names, check_ports, servers_of
from connectors.doctor.verdict import Check, Text, failure, ok, skipped, warning
from schemas import topics
from schemas.jobcenter import ConfigurationError, Jobcenter
from schemas.kafka_access import KafkaAccess
from schemas.secret import Secret


@dataclass(frozen=True, slots=True)
class Patient:
    """What is examined."""

    name: str | None
    """Id of the Jobcenter; None if it is not known which."""
    jobcenter: Jobcenter | ConfigurationError | None
    yaml: Path
    servers: str | None
    access: KafkaAccess
    registry_url: str | None
    state: Path
    deliveries: Path
    seconds: float = 5.0
    """How long each step may take."""
    warn_days: int = 30
    """From how many days before its end on a certificate is worth a warning."""


def examine(patient: Patient) -> Iterator[Check]:
    """One check after the other, as soon as it is done."""
    sender = Sender(patient.name, platform.node() or "?", patient.servers or "–", patient.access.username)
    settings, servers, options, secret = _settings(patient)
    yield settings
    if servers:
        found_names, addresses = check_names(servers, patient.seconds, sender)
        yield found_names
        found_ports, reachable = check_ports(addresses, patient.seconds, sender)
        yield found_ports
    else:
        reachable = []
        yield skipped("name_resolution", "keine Adresse", "no address")
        yield skipped("port", "keine Adresse", "no address")
    tls = _tls(patient, servers, reachable, options, sender)
    yield tls
    talked = None
    if reachable and options is not None and tls.status != "failure":
        talked = talk(reachable, options, _topics(patient), patient.seconds)
    yield from _talked(patient, talked, secret, servers, sender)
    answers = ask_registry(patient.registry_url, _schemas(patient), patient.seconds)
    yield check_clock(answers, talked)
    yield check_schemas(answers, sender)
    yield check_disk(patient.state, patient.seconds)
    yield check_configuration(patient.jobcenter, patient.yaml, patient.state)
    yield check_deliveries(patient.jobcenter, patient.deliveries)
    yield check_proxy(patient.registry_url)


def _settings(patient: Patient) -> tuple[Check, list[Server], dict[str, Any] | None, Secret | None]:
    """Whether the variables make sense; then servers, options of the Kafka client and the password's origin."""
    try:
        servers = servers_of(patient.servers or "")
    except ValueError:
        what = "JOBHUB_BOOTSTRAP_SERVERS"
        if patient.servers:
            made = failure(
                "settings", "E701", f"{what} ist keine Adresse wie kafka.example.de:9093.",
                f"{what} is no address like kafka.example.de:9093.",
            )  # fmt: skip
        else:
            todo = Text(
                f"Die Adresse nennt der Betrieb des Hubs: {what}=kafka.example.de:9093",
                f"The operators of the hub give out the address: {what}=kafka.example.de:9093",
            )
            made = failure("settings", "E406", f"{what} ist nicht gesetzt.", f"{what} is not set.", todo=todo)
        return made, [], None, None
    try:
        options = patient.access.options()
        secret = patient.access.secret() if "sasl_plain_password" in options else None
    except ConfigurationError as error:
        todo = Text(
            "Die Variable berichtigen, für den Dienst und für diesen Aufruf.",
            "Correct the variable, for the service and for this call.",
        )
        de, en = f"{error.where}: {error.de}.", f"{error.where}: {error.what}."
        made = failure("settings", error.code, de, en, todo=todo)
        return made, servers, None, None
    protocol = patient.access.security_protocol
    de, en = f"{patient.servers}, {protocol}", f"{patient.servers}, {protocol}"
    if secret is not None:
        told = origin(secret)
        de, en = f"{de}, {told.de}", f"{en}, {told.en}"
    return ok("settings", de, en, servers=[str(one) for one in servers], protocol=protocol), servers, options, secret


def _tls(
    patient: Patient, servers: list[Server], reachable: list[Server], options: dict[str, Any] | None, sender: Sender
) -> Check:
    if options is None:
        return skipped("tls", "die Einstellungen sind fehlerhaft", "the settings are faulty")
    context = options.get("ssl_context")
    if context is None:
        if all(is_loopback(server.host) for server in servers):
            return ok(
                "tls",
                "nicht verschlüsselt; auf demselben Rechner in Ordnung",
                "not encrypted; all right on the same machine",
            )
        return warning("tls", "W414", "Die Verbindung ist nicht verschlüsselt.", "The connection is not encrypted.")
    if not reachable:
        return skipped("tls", "der Port ist nicht erreichbar", "the port cannot be reached")
    made = [check_tls(server, context, patient.seconds, patient.warn_days, sender) for server in reachable]
    order = ("failure", "warning", "ok")
    return min(made, key=lambda check: order.index(check.status))


def _talked(
    patient: Patient, talked: Talk | None, secret: Secret | None, servers: list[Server], sender: Sender
) -> Iterator[Check]:
    if talked is None:
        for name in ("sign_in", "brokers", "permission"):
            yield skipped(name, "keine Verbindung", "no connection")
        return
    yield check_sign_in(talked, patient.access, secret, sender)
    if (silent := not_talked(talked)) is not None:
        yield skipped("brokers", "keine Anmeldung", "not signed in")
        yield silent
        return
    yield check_brokers(talked, servers, patient.seconds, sender)
    if patient.name is None:
        yield skipped("permission", "kein Jobcenter genannt", "no Jobcenter was named")
        return
    yield check_permission(talked, patient.name, patient.access, sender)


def _topics(patient: Patient) -> list[str]:
    """Topics the connector writes to."""
    if patient.name is None:
        return []
    return [*(topics.raw(patient.name, event) for event in _events(patient)), topics.delivery(patient.name)]


def _schemas(patient: Patient) -> list[str]:
    return [*_events(patient), "delivery"]


def _events(patient: Patient) -> list[topics.Event]:
    if isinstance(patient.jobcenter, Jobcenter):
        used = {source.event for source in patient.jobcenter.sources.values()}
        return [event for event in topics.EVENTS if event in used]
    return list(topics.EVENTS)
