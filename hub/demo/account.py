"""What a demo is asked for, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from hub.demo import summary
from hub.demo.place import Addresses
from hub.demo.portal import DemoPortal
from hub.demo.summary import DeliveryLine


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be shown.

    Args:
        deliveries: folder with a folder for each Jobcenter.
        until: last day whose deliveries are taken; None: all.
        bootstrap_servers, database_url: services to use in place of the embedded ones.
        security: sign-in to a Kafka given; the embedded one asks for none.
    """

    deliveries: Path
    until: date | None = None
    bootstrap_servers: str | None = None
    database_url: str | None = None
    security: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Account:
    """What came of it."""

    seconds: float
    deliveries: list[DeliveryLine]
    jobcenters: dict[str, dict[str, summary.Line]]
    unaccounted: int
    vacancies: int
    cards: int | None
    """Entries of the board's list; None: the matcher still looks for what is the same."""
    addresses: Addresses
    portal: DemoPortal
    new_deliveries: int = 0
    """How many of the deliveries were taken in this time; the others an earlier demo in this folder had taken."""
    failed: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Every connector did its work, and every record has an outcome."""
        return self.unaccounted == 0 and not self.failed

    def as_json(self) -> dict[str, Any]:
        """The object programs read."""
        return {
            "ok": self.ok,
            "seconds": round(self.seconds, 1),
            "new_deliveries": self.new_deliveries,
            "jobcenters": {
                jobcenter: {event: line.as_json() for event, line in events.items()}
                for jobcenter, events in self.jobcenters.items()
            },
            "unaccounted": self.unaccounted,
            "board": {"vacancies": self.vacancies, "cards": self.cards},
            "kafka": self.addresses.kafka,
            "web": self.addresses.web,
        }
