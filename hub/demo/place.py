"""Where the demo keeps its things, and where others find it while it runs."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Place:
    """The folders below JOBHUB_DATA."""

    root: Path

    @property
    def services(self) -> Path:
        """Data of the embedded Kafka and PostgreSQL."""
        return self.root / "services"

    @property
    def connectors(self) -> Path:
        """State of the connectors, one SQLite file for each Jobcenter."""
        return self.root / "connectors"

    @property
    def keys(self) -> Path:
        """Key pairs of the Jobcenters. In real life the private half never leaves its Jobcenter."""
        return self.root / "keys"

    @property
    def logs(self) -> Path:
        """A log for each role."""
        return self.root / "logs"

    @property
    def addresses(self) -> Path:
        """File that tells where the running, or the last, demo is to be found."""
        return self.root / "demo.json"

    @property
    def portal(self) -> Path:
        """Secrets and letters of the employer portal."""
        return self.root / "portal"

    def make(self) -> None:
        """Create what is missing."""
        for folder in (self.root, self.services, self.connectors, self.keys, self.logs):
            folder.mkdir(parents=True, exist_ok=True)
        self.keys.chmod(0o700)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the parts of a demo answer."""

    kafka: str
    web: str

    def save(self, path: Path) -> None:
        """Write for others to find. Holds no password: the database is found through the embedded services' folder."""
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(self)), encoding="utf-8")
        fresh.replace(path)

    @classmethod
    def load(cls, path: Path) -> Addresses | None:
        """The addresses, None if there was no demo or the file is damaged."""
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None
