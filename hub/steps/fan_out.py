"""Who gets to see what of an applied record: public and internal views, small counts left out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from hub.steps.batch import Batch, Letterhead, Part, RawRecord, Row
from hub.steps.headers import letterhead_of_good
from schemas import topics
from schemas.codec import codec
from schemas.envelope import Coordinates, Headers, curated_headers
from schemas.topics import Event

Record = Mapping[str, Any]
PLACEHOLDER = "[Arbeitgeber]"
SMALL_COUNTS = (1, 2)


class Views(NamedTuple):
    """Rows by topic, whether there is a public view from now on, and whether this very record gave one."""

    rows: list[tuple[str, Row]]
    public_view: bool
    public: bool


def fan_out(batch: Batch, part: Part, raw: RawRecord, record: Record, had_public_view: bool) -> Views:
    """The rows an applied record brings about."""
    head = letterhead_of_good(raw.headers)
    timestamp, headers = _timestamp(batch, raw), _headers(part, raw, head)

    def row(view: Record | None) -> Row:
        same = view is record or view == record
        value = raw.value if same else codec(batch.event).encode(dict(view)) if view is not None else None
        return Row(raw.key, value, timestamp, headers)

    if batch.event == "vacancy":
        rows = [(topics.INTERNAL_VACANCY, row(internal_view(record)))]
        public, public_view = public_vacancy(record, had_public_view), had_public_view
        if public is not None:
            rows.append((topics.curated("vacancy"), row(public)))
            public_view = True
        elif had_public_view:
            # It was public and is not any more: a tombstone takes the old view away.
            rows.append((topics.curated("vacancy"), row(None)))
            public_view = False
        return Views(rows, public_view, public is not None)
    view = without_small_counts(record) if batch.event == "measure" else record
    return Views([(topics.curated(batch.event), row(view))], True, True)


def public_vacancy(record: Record, had_public_view: bool) -> Record | None:
    """The view of everybody; None if there is none.

    An end is told only to those who saw the offer, as a skeleton.
    """
    ended = record["status"] == "ENDED"
    if record["visibility"] == "INTERNAL" or (ended and not had_public_view):
        return None
    view = anonymous_view(record) if record["visibility"] == "ANONYMOUS" else record
    return {**view, "description": None, "employer": None, "contact": None} if ended else view


def internal_view(record: Record) -> Record:
    """The view of the Jobcenters: everything, but text and contact person only while the offer stands."""
    return {**record, "description": None, "contact": None} if record["status"] == "ENDED" else record


def anonymous_view(record: Record) -> Record:
    """The offer without whatever names the employer."""
    employer = record["employer"]
    name = employer["name"] if employer is not None else None
    return {
        **record,
        "employer": None,
        "contact": None,
        "workplace": {**record["workplace"], "street": None},
        "organisational_unit": None,
        "external_references": [],
        "title": without_name(record["title"], name)[:300],
        "description": without_name(record["description"], name)[:20_000] if record["description"] else None,
    }


def without_small_counts(record: Record) -> Record:
    """A measure whose counts of one or two are left out: behind them may be a person somebody recognises."""
    outcomes = record["outcomes"]
    if outcomes is None or not any(count in SMALL_COUNTS for count in outcomes.values()):
        return record
    return {**record, "outcomes": {name: None if n in SMALL_COUNTS else n for name, n in outcomes.items()}}


def _timestamp(batch: Batch, raw: RawRecord) -> int:
    # A clock that runs ahead at a connector must not make the broker refuse our batch.
    return raw.timestamp if 0 <= raw.timestamp <= batch.now_ms else batch.now_ms


def _headers(part: Part, raw: RawRecord, head: Letterhead) -> Headers:
    topic, partition, (offset, _) = coordinates(part.topic, part.partition)
    return [*head.passed_on(raw.headers), topic, partition, (offset, b"%d" % raw.offset)]


@lru_cache(maxsize=4096)
def coordinates(topic: str, partition: int) -> Headers:
    return curated_headers((), Coordinates(topic, partition, 0))


SHOWN_ON: dict[Event, tuple[str, ...]] = {event: (topics.curated(event),) for event in topics.EVENTS}
SHOWN_ON["vacancy"] = (topics.INTERNAL_VACANCY, topics.curated("vacancy"))


# ------------------------------------------------------------------------------------------- the name of an employer

_LEGAL_FORM = re.compile(
    r"[\s,]+(?:g?gmbh|mbh|ug|ag|kg|ohg|kgaa|gbr|se|eg|e\.?\s?g\.?|e\.?\s?k\.?|e\.?\s?kfm\.?|e\.?\s?kfr\.?|e\.?\s?v\.?|partg|mbb|ltd\.?"
    r"|b\.?v\.?|inc\.?|co\.?|und\s+co\.?|&|\+|\(haftungsbeschränkt\)|gemeinnützige|gesellschaft|stiftung)\s*$",
    re.IGNORECASE,
)
_CORE_LETTERS_MIN = 4


def without_name(text: str, name: str | None) -> str:
    """The text with the employer's name replaced, whole or without its legal form, whatever its case and spacing."""
    pattern = _name_pattern(name) if name else None
    return pattern.sub(PLACEHOLDER, text) if pattern else text


def core_of(name: str) -> str:
    """A company's name without its legal form: "Kortmann Bau GmbH & Co. KG" -> "Kortmann Bau"."""
    core = name.strip()
    while (shorter := _LEGAL_FORM.sub("", core).rstrip(" ,")) != core:
        core = shorter
    return core


@lru_cache(maxsize=4096)
def _name_pattern(name: str) -> re.Pattern[str] | None:
    core = core_of(name)
    wanted = [name.strip()]
    if sum(letter.isalpha() for letter in core) >= _CORE_LETTERS_MIN:
        wanted.append(core)
    parts = [r"\s+".join(re.escape(word) for word in text.split()) for text in wanted if text.split()]
    # The longer first; a genitive s belongs to the name ("Kortmanns").
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?:s|'s|’s)?(?!\w)", re.IGNORECASE) if parts else None
