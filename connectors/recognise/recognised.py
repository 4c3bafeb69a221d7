"""A file recognised: how it is written, what its columns mean, and a Jobcenter's description made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from connectors.errors import Stop
from connectors.names import plain
from connectors.recognise.dkz_table import DKZ_TABLE, dkz_tables
from connectors.recognise.kinds import Profile, profile
from connectors.recognise.known import known_source
from connectors.recognise.look import samples_of
from connectors.recognise.placements import paired
from connectors.recognise.proposal import Proposal, propose
from connectors.recognise.sample import Sample
from connectors.stand_ins import stand_in
from schemas.jobcenter import Jobcenter
from schemas.topics import Event

SOURCE = "datei"
"""Name of the source in a description made for a check alone."""
_FIELDS_MIN = 3
"""With fewer fields recognised a file is no delivery, whatever it is."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a file is taken for."""

    sample: Sample
    profiles: tuple[Profile, ...]
    proposal: Proposal
    lookups: dict[str, Any] = field(default_factory=dict)
    """Tables beside the file that its mapping needs."""

    def source(self, files: str | None, load: str = "full") -> dict[str, Any]:
        """The source as a Jobcenter's file describes it; mandatory fields nobody has are not in it.

        Args:
            files: pattern of the files' names, None for what is no file.
            load: full or delta.
        """
        made = self.proposal
        told: dict[str, Any] = {
            "event": made.event,
            "type": self.sample.type,
            "load": load,
            "files": files,
            "options": self.sample.options,
            "key": made.key,
            "version": made.version,
            "action": made.action,
            "columns": paired(made.columns),
            "ignore": made.ignore,
        }
        return {name: value for name, value in told.items() if value not in (None, {}, [])}

    def jobcenter(self) -> Jobcenter:
        """A Jobcenter with this one source. What is missing has a stand-in, so that the other columns are checked."""
        source = self.source("*")
        columns = dict(source["columns"])
        for path in self.proposal.missing:
            if path == "key":
                source["key"] = f"{{{self.sample.header[0]}}}"
            else:
                columns[path] = {"constant": stand_in(path)}
        return Jobcenter.model_validate(
            {
                "id": "pruefung",
                "name": "Prüfung",
                "kreis": "05515",
                "lookups": self.lookups,
                "sources": {SOURCE: {**source, "columns": columns}},
            }
        )


def recognise(path: Path, event: Event | None = None) -> Recognised:
    """Look at a file and propose how it is read.

    Raises:
        Stop: the file cannot be taken for anything.
    """
    samples = samples_of(path)
    if samples[0].type == "hr_ba_xml":
        lookups = dkz_tables(path.parent)
        return Recognised(samples[0], (), _hr_ba_xml(bool(lookups)), lookups)
    return best(samples, event, plain(path.name))


def best(samples: Sequence[Sample], event: Event | None, name: str) -> Recognised:
    """Of what a file may be taken for, that with the most fields.

    Raises:
        Stop: E320 it has hardly a field.
    """
    found = max((_mapped(sample, event) for sample in samples), key=lambda one: len(one.proposal.column_of()))
    if len(found.proposal.column_of()) < _FIELDS_MIN:
        header = found.sample.header
        there = ", ".join(plain(name) for name in header[:8]) + (" …" if len(header) > 8 else "")
        raise Stop("E320", f"{name}: no header is known; there are: {there}")
    return found


def _mapped(sample: Sample, event: Event | None) -> Recognised:
    profiles = tuple(profile(header, place, sample.column(place)) for place, header in enumerate(sample.header))
    return Recognised(sample, profiles, propose(profiles, spreadsheet=sample.type == "excel_file", event=event))


def _hr_ba_xml(has_table: bool) -> Proposal:
    entry = known_source("hr_ba_xml")
    made = Proposal("vacancy", key=entry["key"], action=entry["action"], columns=dict(entry["columns"]))
    made.ignore = entry["ignore"]
    # The format has occupation numbers of the Bundesagentur (DKZ); only a table beside it makes KldB codes of them.
    if has_table:
        made.columns["kldb2010"] = {"column": made.columns["ba_dkz_id"], "lookup": DKZ_TABLE}
    else:
        made.missing, made.needs_dkz_table = ["kldb2010"], True
    return made
