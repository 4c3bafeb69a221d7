"""One refused record: found by where it came from, and its original opened with the Jobcenter's private key."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hub.cli._cluster import Broker
from hub.cli.output import Exit, Failure, t
from schemas import topics
from schemas.codec import codec, schema_names_by_id
from schemas.codes import Refused
from schemas.envelope import Coordinates

# As `jobhub rejected list` prints a place, or with hyphens. No topic's name holds one.
_PLACE = re.compile(r"(?P<topic>[a-z0-9.]+)(?:\[(?P<p>[0-9]{1,9})\]@|-(?P<p2>[0-9]{1,9})-)(?P<offset>[0-9]{1,18})\Z")


@dataclass(frozen=True, slots=True)
class Original:
    """What was sealed. `record` is None if it cannot be decoded."""

    value: bytes
    schema: str | None
    record: dict[str, Any] | None


def place_of(text: str) -> Coordinates:
    """The place a text names: topic[2]@4711 or topic-2-4711."""
    found = _PLACE.match(text)
    if found is None:
        what = t(f"{text!r} nennt keine Nachricht.", f"{text!r} does not name a record.")
        example = "jobhub.raw.borken.vacancy.v1-2-4711"
        why = t("Gebraucht werden Topic, Partition und Offset.", "Topic, partition and offset are needed.")
        raise Failure(Exit.USAGE, "E109", what, why, t("So schreiben: ", "Write it like this: ") + example)
    return Coordinates(found["topic"], int(found["p"] or found["p2"]), int(found["offset"]))


async def find(broker: Broker, jobcenter: str, place: Coordinates) -> dict[str, Any] | None:
    """The refusal of a raw record, or the one that lies at a place of the rejected topic itself.

    It lies in the partition of its raw record, so one partition is read, from its beginning to the end it has now.
    """
    from aiokafka import AIOKafkaConsumer, TopicPartition

    part = TopicPartition(topics.rejected(jobcenter), place.partition)
    if part.partition not in await _partitions(broker, part.topic):
        return None
    reader = AIOKafkaConsumer(
        bootstrap_servers=broker.address,
        isolation_level="read_committed",
        enable_auto_commit=False,
        **broker.security,
    )
    await reader.start()
    try:
        reader.assign([part])
        end = (await reader.end_offsets([part]))[part]
        reader.seek(part, (await reader.beginning_offsets([part]))[part])
        while await reader.position(part) < end:
            for records in (await reader.getmany(part, timeout_ms=200, max_records=10_000)).values():
                for record in records:
                    if (refusal := _decoded(record.value)) and _is_at(refusal, record, place):
                        return refusal
        return None
    finally:
        await reader.stop()


async def _partitions(broker: Broker, topic: str) -> set[int]:
    from hub.topics import admin_client

    async with admin_client(broker.address, **broker.security) as admin:
        [described] = await admin.describe_topics([topic])
    found = {part["partition"] for part in described["partitions"]}
    if not found:
        what = t(f"Das Topic {topic} gibt es nicht.", f"There is no topic {topic}.")
        raise Failure(Exit.CONFIGURATION, "E701", what, todo="jobhub topics apply")
    return found


def _decoded(value: bytes | None) -> dict[str, Any] | None:
    try:
        return codec("rejected").decode(value)
    except Refused:
        return None  # not by our worker; the receipts sink reports it


def _is_at(refusal: dict[str, Any], record: Any, place: Coordinates) -> bool:
    if place.topic == record.topic:
        return bool(record.offset == place.offset)
    origin = (refusal["origin_topic"], refusal["origin_partition"], refusal["origin_offset"])
    return origin == (place.topic, place.partition, place.offset)


def open_original(refusal: dict[str, Any], key_file: Path) -> Original | None:
    """The original of a refusal; None if none was kept."""
    from schemas.sealed import NotOpened, fingerprint, open_sealed, public_of, read_key

    try:
        private = read_key(key_file)
    except (OSError, ValueError) as error:
        what = t(f"{key_file} ist kein privater Schlüssel.", f"{key_file} is not a private key.")
        raise Failure(Exit.CONFIGURATION, "E701", what, why=str(error), todo="jobhub keys create") from error
    sealed = refusal["sealed"]
    if sealed is None:
        return None
    try:
        value = open_sealed(private, sealed["box"])
    except NotOpened as error:
        raise _not_opened(key_file, sealed["recipient"], fingerprint(public_of(private))) from error
    return _read(value)


def _not_opened(file: Path, recipient: str, own: str) -> Failure:
    what = t(f"{file} öffnet dieses Original nicht.", f"{file} does not open this original.")
    if recipient == own:
        why = t("Der Schlüssel ist der richtige, das Original ist beschädigt.", "The original is damaged.")
        todo = t("Die Zeile noch einmal liefern.", "Deliver the row once more.")
    else:
        why = t(
            f"Versiegelt ist es für den Schlüssel {recipient}; dieser ist {own}.",
            f"It is sealed for the key {recipient}; this one is {own}.",
        )
        todo = t(f"Den privaten Schlüssel {recipient} angeben.", f"Give the private key {recipient}.")
    return Failure(Exit.SIGN_IN, "E403", what, why, todo)


def _read(value: bytes) -> Original:
    """Decoded by the schema it names, whatever topic it was on; a refused record may be of another event."""
    name = schema_names_by_id().get(int.from_bytes(value[1:5], "big")) if value[:1] == b"\0" else None
    if name is None:
        return Original(value, None, None)
    try:
        return Original(value, name, codec(name).decode(value))
    except Refused:
        return Original(value, name, None)


def printable(text: str) -> str:
    """The text without anything a terminal would obey: it comes from a record that was refused."""
    return "".join(c if c.isprintable() or c == "\n" else f"\\u{ord(c):04x}" for c in text)


def as_json_text(record: dict[str, Any]) -> str:
    """A record for people."""
    return printable(json.dumps(record, ensure_ascii=False, indent=2, default=str))
