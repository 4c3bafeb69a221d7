"""The employer portal of the demo: secrets made up for it, letters in a folder, and a source in a copy of deploy."""

from __future__ import annotations

import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

import yaml

from hub.portal.setup import SECRET, staff_variable, token_variable
from hub.portal.staff import hashed

STAFF_NAME = "demo"
_SOURCE = "arbeitgeberportal"


@dataclass(frozen=True, slots=True)
class DemoPortal:
    """What the portal of a demo needs. The folder is readable by its owner alone."""

    folder: Path

    @property
    def outbox(self) -> Path:
        """Letters that a real portal would send."""
        return self.folder / "outbox"

    @property
    def password(self) -> Path:
        """File with the password of the work lists; the name is `demo`."""
        return self.folder / "password"

    def environment(self, jobcenters: list[str]) -> dict[str, str]:
        """Variables that switch the portal on; what they name is made once and kept."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        found = {f"{SECRET}_FILE": str(self._kept("secret")), "JOBHUB_PORTAL_OUTBOX": str(self.outbox)}
        staff = self.folder / "staff"
        if not staff.exists():
            password = secrets.token_urlsafe(12)
            self._write(self.password, password)
            self._write(staff, hashed(STAFF_NAME, password))
        for jobcenter in jobcenters:
            found[f"{staff_variable(jobcenter)}_FILE"] = str(staff)
            found[f"{token_variable(jobcenter)}_FILE"] = str(self._kept(f"token-{jobcenter}"))
        return found

    def deploy(self, deploy: Path, web: str) -> Path:
        """A copy of the participants' files in which each has the portal as one more source."""
        copy = self.folder / "deploy"
        shutil.copytree(deploy / "jobcenters", copy / "jobcenters", dirs_exist_ok=True)
        shutil.copy(deploy / "topics.yaml", copy / "topics.yaml")
        example = yaml.safe_load((deploy / "jobcenters" / f"_{_SOURCE}.yaml").read_text("utf-8"))
        source = example["sources"][_SOURCE]
        for path in (copy / "jobcenters").glob("[a-z]*.yaml"):
            participant = yaml.safe_load(path.read_text("utf-8"))
            options = {
                **source["options"],
                "url": f"{web}/arbeitgeber/api/v1/{path.stem}/stellen",
                "token_env": token_variable(path.stem),
                "every_minutes": 1,
            }
            participant["sources"][_SOURCE] = {**source, "options": options}
            path.write_text(yaml.safe_dump(participant, allow_unicode=True, sort_keys=False), encoding="utf-8")
        return copy

    def _kept(self, name: str) -> Path:
        path = self.folder / name
        if not path.exists():
            self._write(path, secrets.token_urlsafe(32))
        return path

    @staticmethod
    def _write(path: Path, text: str) -> None:
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")
