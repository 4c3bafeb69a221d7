"""The allow-list of a source: every column its mapping names, and no other."""

from __future__ import annotations

from connectors.contract.source import Wanted
from connectors.mapping.key import key_columns
from connectors.names import heading
from schemas.jobcenter import SourceConfig


def wanted_columns(config: SourceConfig) -> Wanted:
    """The allow-list of a source: every column its mapping names, and no other."""
    parts = [*config.columns.values(), *(part for part in (config.modified,) if part)]
    names = [*key_columns(config), *([config.version] if config.version else [])]
    if config.action:
        names.append(config.action.column)
        parts += [config.action.reason] if config.action.reason else []
    names += [name for part in parts for name in part.names]
    return Wanted(
        columns=tuple(dict.fromkeys(heading(name) for name in names)),
        key=tuple(key_columns(config)),
        ignore=tuple(heading(name) for name in config.ignore),
    )
