"""Names of all topics, in one place. Dots only, broad to narrow, version last."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, get_args

Event = Literal["vacancy", "measure", "placement"]
EVENTS: tuple[Event, ...] = get_args(Event)

STATE = "jobhub.state.v1"
PROBE = "jobhub.probe.v1"
INTERNAL_VACANCY = "jobhub.internal.vacancy.v1"
MATCH = "jobhub.match.v1"

# \Z, not $: the latter lets a line feed pass at the end.
JOBCENTER_ID = re.compile(r"^[a-z][a-z0-9]{1,30}\Z")
_RAW = re.compile(r"^jobhub\.raw\.([a-z][a-z0-9]{1,30})\.(vacancy|measure|placement|delivery)\.v1\Z")
_OF_JOBCENTER = re.compile(r"^jobhub\.(rejected|receipts|remark)\.[a-z][a-z0-9]{1,30}\.v1\Z")


@dataclass(frozen=True, slots=True)
class RawTopic:
    """What the name of a raw topic tells: the trusted Jobcenter (rule V1) and the kind of event, or "delivery"."""

    jobcenter: str
    event: str


def raw(jobcenter: str, event: Event) -> str:
    """Topic a Jobcenter's connector writes its events of one kind to."""
    return f"jobhub.raw.{jobcenter}.{event}.v1"


def delivery(jobcenter: str) -> str:
    """Topic a connector reports its deliveries to."""
    return f"jobhub.raw.{jobcenter}.delivery.v1"


def curated(event: Event) -> str:
    """Public contract: validated, deduplicated events of all Jobcenters."""
    return f"jobhub.{event}.v1"


def rejected(jobcenter: str) -> str:
    """Records of one Jobcenter that the hub refused."""
    return f"jobhub.rejected.{jobcenter}.v1"


def receipts(jobcenter: str) -> str:
    """Outcome of every raw offset of one Jobcenter."""
    return f"jobhub.receipts.{jobcenter}.v1"


def remark(jobcenter: str) -> str:
    """What readers of the board say is wrong with vacancies of one Jobcenter."""
    return f"jobhub.remark.{jobcenter}.v1"


def pair_key(one: str, other: str) -> str:
    """Key of a decision on two vacancies: both keys in order, "A|B". A bar inside one of them is written %7C."""
    return "|".join(part.replace("%", "%25").replace("|", "%7C") for part in sorted((one, other)))


def parse_raw(topic: str) -> RawTopic:
    """The Jobcenter and the event of a raw topic's name.

    Raises:
        ValueError: the name is not that of a raw topic.
    """
    found = _RAW.match(topic)
    if found is None:
        raise ValueError(f"not a raw topic: {topic!r}; expected jobhub.raw.<jobcenter>.<event>.v1")
    return RawTopic(found[1], found[2])


def subject(topic: str) -> str:
    """Subject of a topic's value schema in the registry (TopicNameStrategy)."""
    return f"{topic}-value"


def schema_of(topic: str) -> str | None:
    """Name of the schema a topic's values are written with; None for topics without one (state, probe)."""
    if topic == INTERNAL_VACANCY:
        return "vacancy"
    if topic == MATCH:
        return "match"
    if (event := next((event for event in EVENTS if topic == curated(event)), None)) is not None:
        return event
    if (found := _RAW.match(topic)) is not None:
        return found[2]
    if (found := _OF_JOBCENTER.match(topic)) is not None:
        return found[1].removesuffix("s")
    return None
