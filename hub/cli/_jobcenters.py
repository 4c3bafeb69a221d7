"""Which Jobcenters there are, and where a connector keeps its state and finds its deliveries."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hub.cli.output import Exit, Failure, t
from hub.settings import Settings
from schemas.jobcenter import ConfigurationError, Jobcenter, known_jobcenters, load_jobcenter, load_jobcenters


@contextmanager
def configuration() -> Iterator[None]:
    """A faulty file ends the verb with 3."""
    try:
        yield
    except ConfigurationError as error:
        raise Failure(Exit.CONFIGURATION, error.code, f"{error.where}: {t(error.de, error.what)}") from error


def load_all() -> dict[str, Jobcenter]:
    """All Jobcenters set up here."""
    with configuration():
        return load_jobcenters(Settings().deploy_folder / "jobcenters")


def load_one(name: str) -> Jobcenter:
    """One Jobcenter; an unknown one ends the verb with the names of those there are."""
    folder = Settings().deploy_folder / "jobcenters"
    if not (folder / f"{name}.yaml").exists():
        known = ", ".join(known_jobcenters(folder))
        what = t(f"{name!r} ist nicht eingerichtet.", f"{name!r} is not set up.")
        raise Failure(Exit.USAGE, "E702", f"{what} {t('Bekannt', 'Known')}: {known}")
    with configuration():
        return load_jobcenter(folder / f"{name}.yaml")


def load_file(path: Path) -> Jobcenter:
    """The Jobcenter a file describes, wherever it lies."""
    with configuration():
        return load_jobcenter(path)


def state_path(data: Path, jobcenter: str) -> Path:
    """State file of a Jobcenter's connector."""
    return data / "connectors" / f"{jobcenter}.sqlite"


def deliveries_folder(root: Path, jobcenter: str, *, alone: bool) -> Path:
    """Folder of a Jobcenter's deliveries: ROOT/<id>, or ROOT itself where there is only one Jobcenter."""
    own = root / jobcenter
    if own.is_dir() or not alone:
        return own
    return root
