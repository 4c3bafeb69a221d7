"""What the hub's web server tells: which schema an id stands for, and what time it is. Both from the same answers."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit

from connectors.doctor.broker import AHEAD_SECONDS, Talk
from connectors.doctor.letters import Sender, to_hub
from connectors.doctor.verdict import Check, Text, failure, ok, skipped, warning
from schemas.codec import locked_ids
from schemas.ids import fingerprint

_MOST_BYTES = 1 << 20


@dataclass(slots=True)
class Answers:
    """What the registry said."""

    error: str | None = None
    differing: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)
    clock_seconds: float | None = None
    """Our clock minus theirs; their Date header counts whole seconds."""
    within_seconds: float = 0.0
    """How far that may be off: half the way there and back, and half a second."""


def ask_registry(url: str | None, schemas: Iterable[str], seconds: float) -> Answers | None:
    """Ask for each schema by its id; None without an address."""
    if not url:
        return None
    found = Answers()
    if urlsplit(url).scheme not in ("http", "https"):
        found.error = "no http(s) address"
        return found
    for name in schemas:
        entry = locked_ids()[name]
        try:
            text = _get(f"{url.rstrip('/')}/schemas/ids/{entry['id']}", seconds, found)
            theirs = fingerprint(json.loads(json.loads(text)["schema"]))
        except HTTPError as error:
            if error.code != 404:
                found.error = f"HTTP {error.code}"
                return found
            found.unknown.append(name)
        except (OSError, ValueError, KeyError, TypeError) as error:
            found.error = _kind(error)
            return found
        else:
            (found.same if theirs == entry["sha256"] else found.differing).append(name)
    return found


def _get(url: str, seconds: float, found: Answers) -> bytes:
    begun, before = time.monotonic(), time.time()
    request = urllib.request.Request(url, headers={"Accept": "application/json"})  # noqa: S310 - http(s), checked above
    with urllib.request.urlopen(request, timeout=seconds) as answer:  # noqa: S310 - the same
        way = time.monotonic() - begun
        if date := answer.headers.get("Date"):
            # The header names the second it was written in: its middle is the best guess.
            theirs = parsedate_to_datetime(date).timestamp() + 0.5
            found.clock_seconds = before + way / 2 - theirs
            found.within_seconds = way / 2 + 0.5
        return bytes(answer.read(_MOST_BYTES))


def _kind(error: Exception) -> str:
    reason = getattr(error, "reason", None)
    return type(reason if isinstance(reason, Exception) else error).__name__


def check_clock(answers: Answers | None, talk: Talk | None) -> Check:
    """Our clock against that of the hub; says how it was measured, since not every way sees both directions."""
    if answers is not None and answers.clock_seconds is not None:
        off, within = answers.clock_seconds, answers.within_seconds
        facts: dict[str, Any] = {"seconds": round(off, 1), "within_seconds": round(within, 1), "measured": "http_date"}
        de = f"Abweichung {off:+.1f} s (± {within:.1f} s; gemessen an der Uhr des Webservers des Hubs)"
        en = f"off by {off:+.1f} s (± {within:.1f} s; measured against the clock of the hub's web server)"
        if abs(off) > AHEAD_SECONDS + within:
            return warning("clock", "W413", de.replace(".", ","), en, **facts)
        return ok("clock", de.replace(".", ","), en, **facts)
    if talk is not None and talk.ahead_seconds is not None:
        facts = {"ahead_seconds": round(talk.ahead_seconds, 1), "measured": "kafka_timestamps"}
        if talk.ahead_seconds > 0:
            late = f"{talk.ahead_seconds:.0f}"
            return warning(
                "clock",
                "W413",
                f"geht mindestens {late} s nach: So viel später hat Kafka schon Datensätze gestempelt",
                f"at least {late} s slow: Kafka has stamped records that much later already",
                **facts,
            )
        return ok(
            "clock",
            "geht nicht nach (gemessen an den Zeitstempeln von Kafka; ob sie vorgeht, zeigt nur JOBHUB_REGISTRY_URL)",
            "is not slow (measured by Kafka's timestamps; whether it is fast only JOBHUB_REGISTRY_URL would tell)",
            **facts,
        )
    return skipped(
        "clock",
        "weder Kafka noch der Webserver des Hubs (JOBHUB_REGISTRY_URL) nannte eine Zeit",
        "neither Kafka nor the hub's web server (JOBHUB_REGISTRY_URL) told a time",
    )


def check_schemas(answers: Answers | None, sender: Sender) -> Check:
    """Whether the hub means by our schema ids what we mean."""
    if answers is None:
        return skipped("schemas", "JOBHUB_REGISTRY_URL ist nicht gesetzt", "JOBHUB_REGISTRY_URL is not set")
    if answers.error is not None:
        reason = answers.error
        return warning(
            "schemas",
            "W611",
            f"die Registry des Hubs antwortet nicht wie erwartet ({reason})",
            f"the hub's registry does not answer as expected ({reason})",
            reason=reason,
        )
    wrong = [*answers.differing, *answers.unknown]
    if not wrong:
        told = ", ".join(f"{name} = {locked_ids()[name]['id']}" for name in answers.same)
        return ok("schemas", f"gleich beim Hub: {told}", f"the same at the hub: {told}", same=answers.same)
    names = ", ".join(wrong)
    letter = to_hub(
        sender,
        Text("Schemas passen nicht zusammen", "schemas do not match"),
        Text(
            f"unser Connector und Ihre Registry meinen Verschiedenes: anders {answers.differing}, unbekannt "
            f"{answers.unknown}. Welche Version des Connectors sollen wir einspielen?",
            f"our connector and your registry mean different things: other {answers.differing}, unknown "
            f"{answers.unknown}. Which release of the connector shall we install?",
        ),
    )
    return failure(
        "schemas",
        "E611",
        f"Der Hub kennt diese Schemas anders oder nicht: {names}.",
        f"The hub knows these schemas differently or not at all: {names}.",
        letter=letter,
        differing=answers.differing,
        unknown=answers.unknown,
    )
