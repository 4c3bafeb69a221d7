"""What a source promises of its deliveries: how many rows, how few refused ones, on which days and by when."""

from __future__ import annotations

from datetime import date, time
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from schemas.faults import Wrong

Weekday = Literal["mo", "di", "mi", "do", "fr", "sa", "so"]
WEEKDAYS: tuple[Weekday, ...] = ("mo", "di", "mi", "do", "fr", "sa", "so")
"""Days as they are written in German calendars, in the order of `date.weekday`."""

STORM, TOO_MANY, NOT_OURS, OLD_BYTES = "E503", "E505", "E506", "E507"
STOPPED = frozenset({STORM, TOO_MANY, NOT_OURS, OLD_BYTES})
"""Reasons for which a delivery is stopped until an operator, another file or another description says more."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Rows(_Part):
    """Rows of a delivery. Fewer end nothing; more are not sent before somebody has looked."""

    min: int = Field(default=1, ge=0)
    max: int | None = Field(default=None, ge=1)
    change: float | None = Field(
        default=None, gt=0, description="0.5: at most half as many again, or half as few, as the median delivery"
    )

    @model_validator(mode="after")
    def _hold_together(self) -> Self:
        if self.max is not None and self.max < self.min:
            raise Wrong("max is smaller than min", de="max ist kleiner als min")
        return self

    def too_few(self, rows: int, usual: float | None) -> bool:
        """Whether there are fewer than expected. `usual` is the median of the last deliveries, if there are enough."""
        return rows < self.min or (self.change is not None and usual is not None and rows < usual * (1 - self.change))

    def ceiling(self, usual: float | None) -> int | None:
        """The most rows that are expected; None: any number is right."""
        ceilings = [self.max] if self.max is not None else []
        if self.change is not None and usual is not None:
            ceilings.append(int(usual * (1 + self.change)))
        return min(ceilings, default=None)


class Refused(_Part):
    """So much refused for one cause is a storm: over this share of the rows, and over this number."""

    share: float = Field(default=0.20, ge=0, le=1)
    rows: int = Field(default=50, ge=0)

    def is_storm(self, refused: int, rows: int) -> bool:
        """Whether so many of the rows refused for one cause are hardly the data's fault."""
        return refused > self.rows and refused > self.share * rows


class Calendar(_Part):
    """Days on which a delivery is due, and until when. Times are those of Münster."""

    days: tuple[Weekday, ...] = Field(default=("mo", "di", "mi", "do", "fr"), min_length=1)
    by: str = Field(default="07:00", pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")
    holidays: Literal["NRW"] | None = "NRW"
    except_: tuple[date, ...] = Field(default=(), alias="except", description="further days without a delivery")

    @property
    def time(self) -> time:
        """Until when."""
        return time.fromisoformat(self.by)


class Expect(_Part):
    """All of it. Without a calendar a source is due `every_hours` after its last delivery."""

    rows: Rows = Rows()
    refused: Refused = Refused()
    calendar: Calendar | None = None
