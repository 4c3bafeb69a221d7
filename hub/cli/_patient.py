"""Which Jobcenter's connector is examined, and where its parts lie. Says nothing and ends nothing: the checks do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hub.cli._jobcenters import deliveries_folder, state_path
from hub.settings import Settings
from schemas.jobcenter import ConfigurationError, Jobcenter, known_jobcenters, load_jobcenter
from schemas.kafka_access import KafkaAccess

if TYPE_CHECKING:
    from connectors.doctor.examination import Patient


def which_jobcenter(named: str | None, settings: Settings, access: KafkaAccess) -> str | None:
    """The Jobcenter named; otherwise that of the Kafka account; otherwise the only one there is."""
    known = known_jobcenters(settings.deploy_folder / "jobcenters")
    if named is not None:
        return named
    if access.username in known:
        return access.username
    return known[0] if len(known) == 1 else None


def patient_of(
    named: str | None,
    *,
    settings: Settings,
    bootstrap_servers: str | None = None,
    data: Path | None = None,
    deliveries: Path | None = None,
    seconds: float = 5.0,
    warn_days: int = 30,
) -> Patient:
    """What `jobhub doctor` examines."""
    from connectors.doctor.examination import Patient

    access = KafkaAccess()
    name = which_jobcenter(named, settings, access)
    root = (data or settings.data).absolute()
    yaml = settings.deploy_folder / "jobcenters" / f"{name or '<id>'}.yaml"
    return Patient(
        name=name,
        jobcenter=_loaded(name, yaml),
        yaml=yaml,
        servers=bootstrap_servers or settings.bootstrap_servers,
        access=access,
        registry_url=settings.registry_url,
        state=state_path(root, name or "unknown"),
        deliveries=deliveries_folder((deliveries or root / "deliveries").absolute(), name or "", alone=True),
        seconds=seconds,
        warn_days=warn_days,
    )


def _loaded(name: str | None, yaml: Path) -> Jobcenter | ConfigurationError | None:
    if name is None:
        return None
    try:
        return load_jobcenter(yaml)
    except ConfigurationError as error:
        return error
