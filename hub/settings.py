"""Settings from the environment; every option of the command line wins over them. Secrets only by variable or file."""

from __future__ import annotations

import importlib.resources
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic_settings import BaseSettings, SettingsConfigDict

BERLIN = ZoneInfo("Europe/Berlin")


class Settings(BaseSettings):
    """JOBHUB_* variables."""

    model_config = SettingsConfigDict(env_prefix="JOBHUB_", extra="ignore")

    bootstrap_servers: str | None = None
    database_url: str | None = None
    registry_url: str | None = None
    """The hub's schema registry (https://…/registry); there `jobhub doctor` compares schemas and clocks."""
    data: Path = Path("jobhub-data")
    """Folder where everything that runs keeps its data and logs."""
    deploy: Path | None = None
    """Folder with jobcenters/, topics.yaml and demo/; by default ./deploy, otherwise the copy in the package."""
    today: date | None = None
    """Day the board lives on; by default the real one, in Europe/Berlin. The demo sets the day of its deliveries."""

    @property
    def deploy_folder(self) -> Path:
        """Folder with the participants' files and the topic manifest."""
        if self.deploy is not None:
            return self.deploy
        here = Path(__file__).parent.parent / "deploy"
        return here if here.is_dir() else Path(str(importlib.resources.files("hub") / "_deploy"))

    @property
    def day(self) -> date:
        """Today, as the board sees it."""
        return self.today or datetime.now(BERLIN).date()
