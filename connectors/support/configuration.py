"""The configuration without secrets, by allow-list: what is not named here is only said to be there."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from schemas.jobcenter import Column, ConfigurationError, Jobcenter, SourceConfig
from schemas.secret import is_variable

REMOVED = "<removed>"

_PREFIX = "JOBHUB_"
# Variables whose value helps and is no secret.
_SHOWN = frozenset(
    _PREFIX + name
    for name in (
        "BOOTSTRAP_SERVERS",
        "DATA",
        "DEPLOY",
        "LANG",
        "METRICS_ADDRESS",
        "TODAY",
        "KAFKA_SECURITY_PROTOCOL",
        "KAFKA_SASL_MECHANISM",
        "KAFKA_USERNAME",
        "KAFKA_PASSWORD_FILE",
        "KAFKA_CA_FILE",
        "KAFKA_CERT_FILE",
        "KAFKA_KEY_FILE",
    )
)
# Addresses: host and port, without an account in front of them or a query behind.
_ADDRESSES = frozenset({"JOBHUB_REGISTRY_URL", "JOBHUB_DATABASE_URL", "HTTP_PROXY", "HTTPS_PROXY"})
# Options of sources that say how a file is written; all others may hold an address, an account or worse.
_OPTIONS = frozenset(
    {
        "decimal",
        "delimiter",
        "encoding",
        "every_minutes",
        "footer",
        "header_row",
        "megabytes_max",
        "quote",
        "schema",
        "sheet",
        "view",
    }
)
_PACKAGES = (
    "muensterland-jobhub",
    "aiokafka",
    "cryptography",
    "fastavro",
    "keyring",
    "lxml",
    "pydantic",
    "python-calamine",
    "sqlalchemy",
    "typer",
    "tzdata",
)


def versions() -> dict[str, Any]:
    """What runs here."""
    return {
        "python": sys.version.split()[0],
        "system": f"{platform.system()} {platform.release()}",
        "machine": platform.machine(),
        "encoding": sys.stdout.encoding if sys.stdout else None,
        "packages": {name: _version(name) for name in _PACKAGES},
    }


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def variables(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """Our variables: those of the list with their value, the others as removed. Nobody else's are looked at."""
    known = os.environ if environment is None else environment
    found = {}
    for name, value in sorted(known.items()):
        plain = name.upper()
        if plain in _ADDRESSES:
            found[name] = _host(value)
        elif plain.startswith(_PREFIX):
            found[name] = value if _may_be_shown(plain, value) else REMOVED
    return found


def _may_be_shown(name: str, value: str) -> bool:
    # An account before a host, or a word where a path should stand: perhaps a secret in the wrong place.
    in_place = not name.endswith("_FILE") or Path(value).is_file()
    return name in _SHOWN and "@" not in value and in_place


def _host(address: str) -> str:
    try:
        found = urlsplit(address if "//" in address else f"//{address}")
        port = found.port
    except ValueError:
        return REMOVED
    return f"{found.hostname or '?'}{f':{port}' if port else ''}"


def jobcenter(known: Jobcenter | ConfigurationError | None) -> dict[str, Any]:
    """The Jobcenter's file: sources, patterns, fields and columns by name. No constant and no code value."""
    if known is None:
        return {"error": "no Jobcenter was named"}
    if isinstance(known, ConfigurationError):
        return {"error": known.code, "where": known.where}
    return {
        "id": known.id,
        "kreis": known.kreis,
        "epoch": known.epoch,
        "lookups": sorted(known.lookups),
        "sources": {name: _source(source) for name, source in known.sources.items()},
    }


def _source(source: SourceConfig) -> dict[str, Any]:
    return {
        "event": source.event,
        "type": source.type,
        "load": source.load,
        "files": source.files,
        "key": source.key,
        "version": source.version,
        "every_hours": source.every_hours,
        "expect": source.expect.model_dump(mode="json", by_alias=True),
        "options": {name: value if _harmless(name, value) else REMOVED for name, value in source.options.items()},
        "columns": {field: _column(column) for field, column in source.columns.items()},
        "ignore": source.ignore,
    }


def _harmless(option: str, value: Any) -> bool:
    if option.endswith("_env"):
        return isinstance(value, str) and is_variable(value)
    return option in _OPTIONS


def _column(column: Column) -> dict[str, Any]:
    return {
        "columns": column.names,
        "parse": column.parse,
        "lookup": column.lookup,
        "constant": column.constant is not None,
        "codes": len(column.codes or {}),
    }
