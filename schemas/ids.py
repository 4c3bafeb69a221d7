"""Keeps ids.lock: which id each schema has on the wire. An id, once given, never changes its schema."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

from fastavro.schema import to_parsing_canonical_form

from schemas.codec import SCHEMAS, avsc

LOCK = Path(__file__).with_name("ids.lock")


def fingerprint(name: str) -> str:
    """SHA-256 of the schema's parsing canonical form: documentation may change, the wire may not."""
    return hashlib.sha256(to_parsing_canonical_form(avsc(name)).encode()).hexdigest()


def locked() -> dict[str, dict[str, object]]:
    """Contents of ids.lock."""
    loaded: dict[str, dict[str, object]] = json.loads(LOCK.read_text(encoding="utf-8")) if LOCK.exists() else {}
    return loaded


def problems() -> list[str]:
    """What differs between ids.lock and the schemas; empty when all is well."""
    known = locked()
    found = [f"{name}: no id in ids.lock" for name in SCHEMAS if name not in known]
    found += [
        f"{name}: schema changed on the wire under id {known[name]['id']}"
        for name in SCHEMAS
        if name in known and known[name]["sha256"] != fingerprint(name)
    ]
    ids = [entry["id"] for entry in known.values()]
    if len(set(ids)) != len(ids):
        found.append("ids.lock gives one id to two schemas")
    return found


def pin() -> None:
    """Give every schema without an id the next free one. Changed schemas keep failing `problems`."""
    known = locked()
    for name in SCHEMAS:
        if name not in known:
            taken = [int(str(entry["id"])) for entry in known.values()]
            known[name] = {"id": max(taken, default=0) + 1, "sha256": fingerprint(name)}
    LOCK.write_text(json.dumps(known, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    pin()
    sys.exit("\n".join(problems()) or 0)
