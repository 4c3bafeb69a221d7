"""What a fixture is: bad input, where it comes in, and what must become of it and of its neighbours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from schemas.jobcenter import Jobcenter
from schemas.topics import Event

Outcome = Literal["F", "R", "D", "W", "C", "OK"]
"""F repaired, R row or record rejected, D file refused, W waits, C refused at the start, OK taken as it is."""

BEFORE, BAD, AFTER = "2026-11-21", "2026-11-22", "2026-11-23"
CANARY = "Kanarienvogelgeheim"
"""Planted into bad and sound values alike; it must be in no log."""


@dataclass(frozen=True, slots=True)
class FileFixture:
    """Files of one source. Their rows have the numbers 1, 2, …; the fixture's id is put before them."""

    number: int
    what: str
    outcome: Outcome
    files: Mapping[str, bytes]
    """Name after the fixture's id ("2026-11-22.csv") → content. The bad one is of the day BAD."""
    type: str = "csv_file"
    code: str | None = None
    line: int | None = None
    column: str | None = None
    says: str = ""
    """What the refusal of a file must say."""
    arrive: tuple[str, ...] = ("1", "3")
    """Numbers that must be on offer in the end."""
    absent: tuple[str, ...] = ()
    shown: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Number → path of a field → its value in the last event."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """Counts in the report on the bad file."""
    hub_code: str | None = None
    """Code the hub gives where the connector leaves the judgement to it."""
    source: Mapping[str, Any] = field(default_factory=dict)
    """What is different in the description of the source."""
    place: Callable[[Path, bytes], None] | None = None
    """How the bad file gets into the folder, if it is no ordinary one."""
    bad: str | None = None
    """Name of the bad file where several are of its day, or none is."""
    again: Mapping[str, bytes] = field(default_factory=dict)
    """Files of a second run; then the bad one is among them."""
    id: str = ""

    @property
    def security(self) -> bool:
        """Whether it is a security event as well."""
        return self.number in (38, 39, 40, 41, 50) and self.code is not None

    @property
    def bad_file(self) -> str:
        """Name of the file the outcome speaks of."""
        names = {**self.files, **self.again}
        return f"{self.id}_" + (self.bad or next(name for name in names if name.startswith(BAD)))

    def write(self, folder: Path, *, again: bool = False) -> None:
        """Put the files into the folder."""
        for name, content in (self.again if again else self.files).items():
            path = folder / f"{self.id}_{name}"
            if self.place is not None and path.name == self.bad_file:
                self.place(path, content)
            else:
                path.write_bytes(content)

    def key(self, number: str) -> str:
        """Identifier of a row's entity."""
        return f"{self.id}-{number}"


@dataclass(frozen=True, slots=True)
class RecordFixture:
    """A record on a raw topic, as somebody else's program may write it."""

    number: int
    what: str
    outcome: Outcome
    make: Callable[[str, str], Raw]
    """From Jobcenter and source_id."""
    code: str | None = None
    id: str = ""


@dataclass(frozen=True, slots=True)
class Raw:
    """A record to be produced."""

    event: Event
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]] = field(default_factory=list)
    timestamp_ms: int | None = None


@dataclass(frozen=True, slots=True)
class CheckFixture:
    """Bad input to something that is no pipeline: a schema, a registration, a page. `check` tells what was said."""

    number: int
    what: str
    outcome: Outcome
    check: Callable[[], object]
    expected: object
    where: str = "schema"
    code: str | None = None
    id: str = ""


Fixture = FileFixture | RecordFixture | CheckFixture


def jobcenter_for(name: str, sources: Mapping[str, Mapping[str, Any]]) -> Jobcenter:
    """A Jobcenter with these sources."""
    return Jobcenter.model_validate({"id": name, "name": "Test", "kreis": "05515", "sources": dict(sources)})
