"""When the pages were last checked for barriers by machine; `make browser` notes it after a run without findings."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

NOTED = Path(__file__).with_name("checked.yaml")


class Check(BaseModel):
    """A run of axe over the pages that found nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    day: date
    axe: str
    pages: int
    modes: int


@cache
def last_check() -> Check:
    """The last run without findings."""
    return Check.model_validate(yaml.safe_load(NOTED.read_text(encoding="utf-8")))
