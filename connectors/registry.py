"""Finds source types: the file name in sources/ is the name of the type, its class is called `Source`."""

from __future__ import annotations

import importlib
import pkgutil

from pydantic import ValidationError

import connectors.sources
from connectors.contract.source import Source, SourceOptions
from connectors.mapping.wanted import wanted_columns
from schemas.faults import faults_of
from schemas.jobcenter import ConfigurationError, Jobcenter


def source_types() -> list[str]:
    """Names of all source types."""
    return sorted(module.name for module in pkgutil.iter_modules(connectors.sources.__path__))


def build_source(jobcenter: Jobcenter, name: str) -> Source:
    """The source of that name, ready to list deliveries.

    Raises:
        ConfigurationError: unknown source or type, or an option it does not know.
    """
    where = f"{jobcenter.id}.yaml: sources.{name}"
    try:
        config = jobcenter.sources[name]
    except KeyError:
        raise ConfigurationError(
            where,
            f"no such source; known: {', '.join(jobcenter.sources)}",
            "E703",
            de=f"diese Quelle gibt es nicht; es gibt: {', '.join(jobcenter.sources)}",
        ) from None
    if config.type not in source_types():
        raise ConfigurationError(
            where,
            f"unknown type {config.type!r}; known: {', '.join(source_types())}",
            de=f"die Quellenart {config.type!r} gibt es nicht; möglich: {', '.join(source_types())}",
        )
    module = importlib.import_module(f"connectors.sources.{config.type}")
    try:
        made: Source = module.Source(name, config.options, wanted_columns(config), config.files, config.load)
    except ValidationError as error:
        first, *_ = faults_of(error, getattr(module, "Options", SourceOptions), shows_values=False)
        raise ConfigurationError(f"{where}.options.{first.path}", first.en, de=first.de) from error
    return made
