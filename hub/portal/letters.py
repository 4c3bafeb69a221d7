"""Letters to employers: their words, filled in. What somebody typed stands only where the address is proved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

import yaml

from hub.portal.lifecycle import Content
from hub.portal.links import Links, Ticket
from hub.portal.listing import source_id

Kind = Literal["confirm", "confirmed", "accepted", "refused", "change_refused", "ended", "reminder"]

REASONS: dict[str, tuple[str, str]] = {
    "DUPLICATE": ("Die Stelle ist schon gemeldet", "the job has been reported before"),
    "INCOMPLETE": ("Es fehlen Angaben, ohne die niemand sich bewerben kann", "details are missing"),
    "NOT_A_JOB": ("Es ist kein Arbeits- oder Ausbildungsplatz", "it is no job or apprenticeship"),
    "DISCRIMINATING": ("Der Text benachteiligt Gruppen (§ 11 AGG)", "the text discriminates (section 11 AGG)"),
    "MINIMUM_WAGE": ("Der Lohn liegt unter dem Mindestlohn", "the pay is below the minimum wage"),
    "NOT_SERIOUS": ("Es bestehen Zweifel an dem Angebot", "there are doubts about the offer"),
    "WRONG_PLACE": ("Der Arbeitsort liegt nicht in unserem Kreis", "the workplace is not in our district"),
}
"""Why a Jobcenter refuses a job: the closed list, German and English."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter without its address."""

    kind: Kind
    subject: str
    body: str


class Letters:
    """Writes letters. `names` are the Jobcenters' names by id."""

    def __init__(self, links: Links, names: Mapping[str, str]) -> None:
        self.links, self._names = links, names

    def confirm(self, ticket: Ticket) -> Letter:
        """Asks whether the address wants what was reported with it."""
        return _fill("confirm", {"confirm": self.links.confirm(ticket)})

    def about(
        self, kind: Kind, ticket: Ticket, content: Content, jobcenter: str, reason: str = "", text: str = ""
    ) -> Letter:
        """Any other letter: about one job, to an address that was proved."""
        german, english = REASONS.get(reason, ("", ""))
        until = content.get("published_until")
        values = {
            "number": source_id(ticket.number),
            "title": content["title"],
            "jobcenter": self._names.get(jobcenter, jobcenter),
            "manage": self.links.manage(ticket),
            "until": f"{date.fromisoformat(until):%d.%m.%Y}" if until else "",
            "reason": german,
            "reason_en": english,
            "text": text,
        }
        return _fill(kind, values)


def _fill(kind: Kind, values: Mapping[str, str]) -> Letter:
    words = _words()[kind]
    return Letter(kind, words["subject"].format_map(values), words["body"].format_map(values))


@cache
def _words() -> dict[str, dict[str, str]]:
    loaded: dict[str, dict[str, str]] = yaml.safe_load(Path(__file__).with_name("letters.yaml").read_text("utf-8"))
    return loaded
