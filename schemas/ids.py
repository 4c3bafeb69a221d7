"""Keeps ids.lock: which id each schema has on the wire. An id, once given, never changes its schema."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from schemas.codec import SCHEMAS, AvroSchema, avsc

LOCK = Path(__file__).with_name("ids.lock")

_DOCUMENTATION = frozenset({"doc", "class", "example"})


def fingerprint(schema: AvroSchema) -> str:
    """SHA-256 of a schema without its documentation, in one spelling.

    Avro's own canonical form also leaves out defaults and logical types, so a decimal that lost its scale would go
    unnoticed: same bytes, other amount.
    """
    text = json.dumps(_undocumented(schema), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _undocumented(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _undocumented(value) for key, value in node.items() if key not in _DOCUMENTATION}
    return [_undocumented(inner) for inner in node] if isinstance(node, list) else node


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
        if name in known and known[name]["sha256"] != fingerprint(avsc(name))
    ]
    ids = [int(str(entry["id"])) for entry in known.values()]
    if len(set(ids)) != len(ids):
        found.append("ids.lock gives one id to two schemas")
    if any(number < 1 for number in ids):
        found.append("ids.lock gives an id below 1; stock clients take 0 for none")
    return found


def pin() -> None:
    """Give every schema without an id the next free one. Changed schemas keep failing `problems`."""
    known = locked()
    for name in SCHEMAS:
        if name not in known:
            taken = [int(str(entry["id"])) for entry in known.values()]
            known[name] = {"id": max(taken, default=0) + 1, "sha256": fingerprint(avsc(name))}
    LOCK.write_text(json.dumps(known, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    pin()
    sys.exit("\n".join(problems()) or 0)
