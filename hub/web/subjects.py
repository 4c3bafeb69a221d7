"""Which subjects there are, and which schema each has: they follow from the names of the topics."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from typing import Any

from fastavro.schema import to_parsing_canonical_form

from schemas import topics
from schemas.codec import avsc, locked_ids

_SUFFIX = "-value"


def topics_of(jobcenter: str) -> list[str]:
    """The topics one participant has."""
    raw = [topics.raw(jobcenter, event) for event in topics.EVENTS]
    return [
        *raw,
        topics.delivery(jobcenter),
        topics.rejected(jobcenter),
        topics.receipts(jobcenter),
        topics.remark(jobcenter),
    ]


def _shared() -> list[str]:
    return [*(topics.curated(event) for event in topics.EVENTS), topics.INTERNAL_VACANCY]


def subjects(jobcenters: Iterable[str]) -> list[str]:
    """Every subject, in order."""
    names = _shared() + [topic for jobcenter in jobcenters for topic in topics_of(jobcenter)]
    return sorted(topics.subject(name) for name in names)


def name_of_subject(subject: str) -> str | None:
    """Name of a subject's schema; None if there is no such subject. A participant need not be listed."""
    topic = subject.removesuffix(_SUFFIX)
    if not subject.endswith(_SUFFIX):
        return None
    parts = topic.split(".")
    participant = parts[2] if len(parts) > 2 and topics.JOBCENTER_ID.match(parts[2]) else None
    if topic in _shared() or (participant and topic in topics_of(participant)):
        return topics.schema_of(topic)
    return None


def subjects_of_schema(name: str, jobcenters: Iterable[str]) -> list[str]:
    """Subjects whose values are written with a schema."""
    return [subject for subject in subjects(jobcenters) if name_of_subject(subject) == name]


def schema_id(name: str) -> int:
    """Id of a schema on the wire."""
    return int(locked_ids()[name]["id"])


@cache
def schema_text(name: str) -> str:
    """The schema as clients get it."""
    return json.dumps(avsc(name), ensure_ascii=False, separators=(",", ":"))


def canonical(schema: Any) -> str:
    """Parsing canonical form: with other white space or other documentation it is the same schema.

    Raises:
        Exception: it is no Avro schema; fastavro raises many kinds.
    """
    return str(to_parsing_canonical_form(schema))


@cache
def canonical_of(name: str) -> str:
    """Canonical form of a schema of ours."""
    return canonical(avsc(name))
