"""Which Jobcenter decides on a job: that of the workplace, and within it the body the work is handed to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from schemas.codelists import ags_of, municipalities, postcodes


class Participant(Protocol):
    """What routing needs of a Jobcenter's file (`schemas/jobcenter.py`)."""

    @property
    def id(self) -> str: ...
    @property
    def kreis(self) -> str: ...
    @property
    def delegated(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Route:
    """Where a job goes. `organisational_unit` is the municipality's AGS where work is delegated to municipalities."""

    jobcenter: str
    organisational_unit: str | None


class Routes:
    """The way from a municipality to its Jobcenter."""

    def __init__(self, participants: Iterable[Participant]) -> None:
        self._by_kreis = {one.kreis: one for one in participants}

    def of(self, ags: str) -> Route | None:
        """Where a job in this municipality goes; None if none of the participants is there."""
        found = self._by_kreis.get(ags[:5])
        return Route(found.id, ags if found.delegated else None) if found else None


def workplace(plz: str, town: str) -> tuple[str, str] | None:
    """AGS and name of a municipality of the region by postcode and name together; a name alone is ambiguous.

    A postcode with one municipality needs no name.
    """
    fitting = towns_of(plz)
    if not town and len(fitting) == 1:
        town = fitting[0]
    ags = ags_of(plz, town)
    return (ags, municipalities()[ags]) if ags else None


def towns_of(plz: str) -> list[str]:
    """Municipalities a postcode belongs to."""
    if plz not in postcodes():
        return []
    return [name for name in municipalities().values() if ags_of(plz, name)]
