"""A search as a value: what, where, how far, and the filters of BA Jobsuche."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from hub.search.places import Place

Sort = Literal["relevanz", "datum", "entfernung"]

# Codes of BA Jobsuche -> values of our events.
WORKING_TIME = {
    "vz": "VOLLZEIT",
    "tz": "TEILZEIT",
    "snw": "SCHICHT_NACHT_WOCHENENDE",
    "ho": "HEIM_TELEARBEIT",
    "mj": "MINIJOB",
}
CONTRACT_TERM = {"1": ("BEFRISTET", "BEIDES"), "2": ("UNBEFRISTET", "BEIDES")}
OFFER_TYPE = {"1": "ARBEIT", "2": "SELBSTAENDIGKEIT", "4": "AUSBILDUNG", "34": "PRAKTIKUM"}

RADII = (0, 5, 10, 15, 25, 50, 100)
DEFAULT_RADIUS_KM = 25


@dataclass(frozen=True, slots=True)
class JobQuery:
    """What somebody looks for. Codes are those of BA Jobsuche; `berufsfeld` are beginnings of the KldB 2010."""

    was: str = ""
    place: Place | None = None
    radius_km: int = DEFAULT_RADIUS_KM
    arbeitszeit: tuple[str, ...] = ()
    befristung: tuple[str, ...] = ()
    angebotsart: tuple[str, ...] = ()
    jobcenter: tuple[str, ...] = ()
    veroeffentlichtseit: int | None = None
    zeitarbeit: bool | None = None
    arbeitgeber: str = ""
    berufsfeld: tuple[str, ...] = ()
    quereinstieg: bool = False
    beschreibung: bool = False
    sort: Sort | None = None
    page: int = 1
    size: int = 25

    @property
    def order(self) -> Sort:
        """Order of the hits: best match if a word was given, otherwise newest. Distance needs a place."""
        if self.sort == "entfernung" and self.place is None:
            return "datum"
        if self.sort == "relevanz" and not self.was:
            return "datum"
        return self.sort or ("relevanz" if self.was else "datum")

    @property
    def base(self) -> JobQuery:
        """What stays of it without filters, order and pages: the jobs that filters are counted of."""
        return JobQuery(
            was=self.was,
            place=self.place,
            radius_km=self.radius_km,
            veroeffentlichtseit=self.veroeffentlichtseit,
            arbeitgeber=self.arbeitgeber,
            beschreibung=self.beschreibung,
        )

    def but(self, **changes: Any) -> JobQuery:
        """The same search with something else, from its first page."""
        return replace(self, **{"page": 1, **changes})
