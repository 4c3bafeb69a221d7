"""Whether a record may pass: whose it is, which entity it is, and the rules of schemas/rules.py. Trusts nobody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hub.steps.batch import Good, Part
from hub.steps.headers import letterhead_of_good
from schemas.codes import Finding
from schemas.identity import entity_key
from schemas.rules import check_batch
from schemas.topics import Event

Record = Mapping[str, Any]


def validate(event: Event, parts: Sequence[Part], decoded: Sequence[Record | Finding]) -> list[Record | Finding]:
    """For each raw record of the parts: the record if it may pass, otherwise the rule it breaks."""
    readable = [entry for entry in decoded if not isinstance(entry, Finding)]
    findings = iter(check_batch(event, readable))
    raws = ((part.jobcenter, raw.key) for part in parts for raw in part.records)
    verdicts: list[Record | Finding] = []
    for (jobcenter, key), entry in zip(raws, decoded, strict=True):
        if isinstance(entry, Finding):
            verdicts.append(entry)
        else:
            broken = next(findings)
            verdicts.append(_whose(jobcenter, key, entry) or _gravest(broken) or entry)
    return verdicts


def good_ones(parts: Sequence[Part], verdicts: Sequence[Record | Finding]) -> Iterator[Good | Finding]:
    """The verdicts once more, with what the flow must know of each record that may pass."""
    raws = (raw for part in parts for raw in part.records)
    for raw, verdict in zip(raws, verdicts, strict=True):
        if isinstance(verdict, Finding):
            yield verdict
        else:
            head = letterhead_of_good(raw.headers)
            yield Good(verdict["epoch"], verdict["version"], verdict["status"] == "ENDED", head, verdict)


def _whose(jobcenter: str, key: bytes | None, record: Record) -> Finding | None:
    """The Jobcenter of the topic's name is the trusted one, and the Kafka key must be the entity (rule V1).

    With another key, one entity would live in two partitions with two states.
    """
    if record["jobcenter"] != jobcenter:
        return Finding("E520", "jobcenter")
    if key != entity_key(jobcenter, record["source_id"]).encode():
        return Finding("E521", "source_id")
    return None


def _gravest(findings: Sequence[Finding]) -> Finding | None:
    """A rejected record names one rule. Client data in a text outweighs a wrong date."""
    return next((finding for finding in findings if finding.code.startswith("E5")), findings[0] if findings else None)
