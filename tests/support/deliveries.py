"""Jobcenters, deliveries and a connector's state for tests: the demo's files, or a few rows written on the spot."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from connectors.intake import Progress, Taken, finish, take
from connectors.registry import build_source
from connectors.state import State
from hub.settings import Settings
from schemas.codec import Record, codec
from schemas.jobcenter import Jobcenter, load_jobcenter
from tests.support.outbox import rows_waiting

DEPLOY = Settings().deploy_folder
DELIVERIES = DEPLOY / "demo" / "deliveries"
TODAY = date(2026, 11, 25)

VACANCY_COLUMNS: dict[str, Any] = {
    "title": "Titel",
    "description": "Text",
    "kldb2010": "KldB",
    "visibility": {"column": "Sicht", "codes": {"1": "PUBLIC", "2": "ANONYMOUS", "3": "INTERNAL"}},
    "workplace.plz": "PLZ",
    "workplace.place": "Ort",
    "openings": "Anzahl",
    "start_on": {"column": "Beginn", "parse": "date_de", "empty": ["31.12.9999"]},
    "published_from": {"column": "Ab", "parse": "date_de"},
}
HEADER = ["Nr", "Titel", "Text", "KldB", "Sicht", "PLZ", "Ort", "Anzahl", "Beginn", "Ab"]
GOOD = {
    "Nr": "1",
    "Titel": "Bäcker (m/w/d)",
    "Text": "Brot und Brötchen.",
    "KldB": "29222",
    "Sicht": "1",
    "PLZ": "48143",
    "Ort": "Münster",
    "Anzahl": "1",
    "Beginn": "01.12.2026",
    "Ab": "20.11.2026",
}

DELTA: dict[str, Any] = {
    "load": "delta",
    "version": "Version",
    "action": {
        "column": "Aktion",
        "upsert": ["N", "A"],
        "end": ["L"],
        "reason": {"column": "Grund", "codes": {"besetzt": "FILLED", "*": "UNKNOWN"}},
    },
}
"""What makes the source of a small Jobcenter one of changes."""
DELTA_HEADER = [*HEADER, "Version", "Aktion", "Grund"]


def jobcenter_of(name: str) -> Jobcenter:
    """One of the five, as deploy/jobcenters has it."""
    return load_jobcenter(DEPLOY / "jobcenters" / f"{name}.yaml")


def small_jobcenter(name: str = "testa", **source: Any) -> Jobcenter:
    """A Jobcenter with one source `stellen`: CSV, UTF-8, semicolons, full, unless `source` says otherwise."""
    return Jobcenter.model_validate(
        {
            "id": name,
            "name": "Test",
            "kreis": "05515",
            "epoch": source.pop("epoch", 0),
            "lookups": source.pop("lookups", {}),
            "sources": {
                "stellen": {
                    "event": "vacancy",
                    "type": "csv_file",
                    "load": "full",
                    "files": "stellen_*.csv",
                    "options": {"encoding": "utf-8", "delimiter": ";"},
                    "key": "{Nr}",
                    "columns": VACANCY_COLUMNS,
                    **source,
                }
            },
        }
    )


def row(**values: str) -> dict[str, str]:
    """A sound row with some cells changed."""
    return {**GOOD, **values}


def csv_text(rows: Iterable[Mapping[str, str] | str], header: list[str] = HEADER) -> str:
    """A CSV file; a row given as text stands as it is."""
    lines = [";".join(header)]
    lines += [one if isinstance(one, str) else ";".join(one.get(name, "") for name in header) for one in rows]
    return "\r\n".join(lines) + "\r\n"


class Connector:
    """A Jobcenter's connector without Kafka: deliveries go in, and what waits in the outbox can be looked at."""

    def __init__(self, jobcenter: Jobcenter, folder: Path, state: State) -> None:
        self.jobcenter, self.folder, self.state = jobcenter, folder, state

    def write(self, name: str, content: str | bytes) -> None:
        """Put a file into the folder."""
        data = content.encode() if isinstance(content, str) else content
        (self.folder / name).write_bytes(data)

    def take(
        self, source: str = "stellen", until: date | None = None, progress: Progress | None = None
    ) -> list[dict[str, Any]]:
        """Take all deliveries of a source not done yet, and act as if Kafka had acknowledged everything."""
        reports = []
        built = build_source(self.jobcenter, source)
        for delivery in built.deliveries(self.folder, until):
            known = self.state.deliveries.by_id(delivery.id)
            if known is not None and known.state != "BEGUN":
                continue
            taken: Taken = take(
                self.state, self.jobcenter, built, delivery, folder=self.folder, today=TODAY, progress=progress
            )
            for entry in self.state.deliveries.in_state("READ"):
                finish(self.state, entry)
            reports.append(taken.report)
        return reports

    def take_file(self, name: str, content: str | bytes) -> dict[str, Any]:
        """Write a file and take it."""
        self.write(name, content)
        (report,) = self.take()
        return report

    def outbox(self, event: str = "vacancy") -> list[Record]:
        """Records of one kind of event that wait, oldest first."""
        topic = f"jobhub.raw.{self.jobcenter.id}.{event}.v1"
        return [codec(event).decode(one.value) for one in rows_waiting(self.state) if one.topic == topic]

    def acknowledge(self) -> None:
        """Mark all that waits as published."""
        self.state.mark_published([(0, one.numbers[0], one.numbers) for one in self.state.unpublished(1_000_000)])

    def bytes_on_disk(self) -> bytes:
        """Every byte of the state file and of what lies beside it."""
        return b"".join(path.read_bytes() for path in self.state.path.parent.glob(f"{self.state.path.name}*"))


@contextmanager
def connector(tmp_path: Path, jobcenter: Jobcenter, files: Path | None = None) -> Iterator[Connector]:
    """A connector with an empty state; `files` is copied into its folder."""
    folder = tmp_path / "in" / jobcenter.id
    if files is not None:
        shutil.copytree(files, folder)
    else:
        folder.mkdir(parents=True)
    state = State(tmp_path / "state" / f"{jobcenter.id}.sqlite")
    try:
        yield Connector(jobcenter, folder, state)
    finally:
        state.close()


def counts(report: Mapping[str, Any]) -> dict[str, int]:
    """The counts of a report that are not zero."""
    names = (
        "rows_read",
        "sent_new",
        "sent_changed",
        "sent_ended",
        "sent_other",
        "unchanged",
        "duplicate",
        "rejected",
        "held",
    )
    return {name: report[name] for name in names if report[name]}


def codes(report: Mapping[str, Any]) -> dict[str, int]:
    """Refused rows by code."""
    return {entry["code"]: entry["count"] for entry in report["rejected_by_code"]}
