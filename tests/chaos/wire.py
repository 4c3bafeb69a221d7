"""What crosses a boundary, read and written a second time: topic names, and Avro by the schema files alone."""

from __future__ import annotations

import io
import json
from functools import cache
from pathlib import Path
from typing import Any

import fastavro

import schemas

EVENTS = ("vacancy", "measure", "placement")
PARTITIONS = range(4)
STATE = "jobhub.state.v1"
INTERNAL = "jobhub.internal.vacancy.v1"
_FOLDER = Path(schemas.__file__).parent


def raw(jobcenter: str, event: str) -> str:
    """Topic a Jobcenter writes its events to."""
    return f"jobhub.raw.{jobcenter}.{event}.v1"


def receipts(jobcenter: str) -> str:
    """Topic with the outcome of every raw offset of a Jobcenter."""
    return f"jobhub.receipts.{jobcenter}.v1"


def rejected(jobcenter: str) -> str:
    """Topic with what was refused of a Jobcenter."""
    return f"jobhub.rejected.{jobcenter}.v1"


def curated(event: str) -> str:
    """The public topic of an event."""
    return f"jobhub.{event}.v1"


def whose(raw_topic: str) -> tuple[str, str]:
    """Jobcenter and event of a raw topic's name."""
    _, _, jobcenter, event, _ = raw_topic.split(".")
    return jobcenter, event


@cache
def _schema(name: str) -> Any:
    return fastavro.parse_schema(json.loads((_FOLDER / name / "v1.avsc").read_text(encoding="utf-8")))


@cache
def _header(name: str) -> bytes:
    number = json.loads((_FOLDER / "ids.lock").read_text(encoding="utf-8"))[name]["id"]
    return b"\0" + int(number).to_bytes(4, "big")


def encode(name: str, record: dict[str, Any]) -> bytes:
    """A value in wire format."""
    out = io.BytesIO()
    fastavro.schemaless_writer(out, _schema(name), record, strict=True)
    return _header(name) + out.getvalue()


def decode(name: str, value: bytes) -> dict[str, Any]:
    """The record in a value."""
    assert value[:5] == _header(name), f"not a {name}: {value[:5]!r}"
    record: Any = fastavro.schemaless_reader(io.BytesIO(value[5:]), _schema(name), None)
    found: dict[str, Any] = record
    return found
