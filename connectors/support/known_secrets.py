"""The secrets this process can see, so that they can be looked for where none may be."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import unquote, urlsplit

from schemas.jobcenter import ConfigurationError, Jobcenter
from schemas.kafka_access import KafkaAccess
from schemas.secret import read_secret

_SOUNDS_SECRET = re.compile(r"PASSWORD|PASSWD|SECRET|TOKEN|CREDENTIAL|API_?KEY", re.I)
_PATHS = ("_FILE", "_KEYRING")


def known_secrets(
    access: KafkaAccess, jobcenter: Jobcenter | ConfigurationError | None, environment: Mapping[str, str] | None = None
) -> set[str]:
    """Passwords of Kafka, of the sources, in addresses, and whatever a variable's name calls a secret."""
    known = os.environ if environment is None else environment
    found = {
        value for name, value in known.items() if _SOUNDS_SECRET.search(name) and not name.upper().endswith(_PATHS)
    }
    for value in known.values():
        found |= _in_address(value)
    with suppress(ConfigurationError):  # there is none, or it cannot be read; then it is nowhere
        found.add(access.secret().value)
    if isinstance(jobcenter, Jobcenter):
        for source in jobcenter.sources.values():
            for option, variable in source.options.items():
                if option.endswith("_env") and isinstance(variable, str):
                    found |= _of_source(variable, known)
    return found - {""}


def _of_source(variable: str, known: Mapping[str, str]) -> set[str]:
    try:
        value = read_secret(variable, environment=known).value
    except ConfigurationError:
        return set()
    return {value, *_in_address(value)}


def _in_address(value: str) -> set[str]:
    """The password in `scheme://account:password@host`, as it is written and as it is meant."""
    if "@" not in value or "://" not in value:
        return set()
    try:
        password = urlsplit(value).password
    except ValueError:
        return set()
    return {password, unquote(password)} if password else set()
