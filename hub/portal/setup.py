"""The portal as it is set up: secrets by variable or file only, and off until everything it needs is there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool
from pydantic import ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from hub.mail import Folder, MailServer, SendMail, Tls, read_login
from hub.portal.acts import Acts
from hub.portal.care import Care
from hub.portal.letters import Letters
from hub.portal.links import Links
from hub.portal.routing import Routes
from hub.portal.staff import Staff, Throttle
from schemas.jobcenter import ConfigurationError, Jobcenter
from schemas.secret import read_secret

SECRET = "JOBHUB_PORTAL_SECRET"  # noqa: S105 - the name of a variable
_PASSWORD = "JOBHUB_PORTAL_SMTP_PASSWORD"  # noqa: S105
_SECRET_LENGTH = 32

SESSION = "SET statement_timeout = '10s'; SET idle_in_transaction_session_timeout = '90s'; SET TIME ZONE 'UTC'"


class PortalSettings(BaseSettings):
    """JOBHUB_PORTAL_* variables that are no secrets."""

    model_config = SettingsConfigDict(env_prefix="JOBHUB_PORTAL_", extra="ignore")

    sender: str = "jobboerse@localhost"
    """Address that letters come from."""
    smtp_host: str | None = None
    smtp_port: int = 587
    smtp_tls: Tls = "starttls"
    smtp_user: str | None = None
    outbox: Path | None = None
    """Folder that gets letters as .eml files in place of a mail server; for demo and trial."""


@dataclass
class Portal:
    """A portal that is switched on."""

    pool: AsyncConnectionPool[AsyncConnection[Any]]
    acts: Acts
    routes: Routes
    links: Links
    staff: Mapping[str, Staff]
    tokens: Mapping[str, str]
    throttle: Throttle
    care: Care


@dataclass(frozen=True, slots=True)
class Setup:
    """All that a portal needs but the database: made by `read_setup`."""

    links: Links
    letters: Letters
    routes: Routes
    send_mail: SendMail
    staff: Mapping[str, Staff]
    tokens: Mapping[str, str]

    def open(self, database_url: str, today: Callable[[], date]) -> Portal:
        """The portal with a small pool of its own: that of the search is read only. It connects when it is opened."""
        pool = AsyncConnectionPool[AsyncConnection[Any]](
            database_url, min_size=0, max_size=4, timeout=5, open=False, configure=_configure,
            check=AsyncConnectionPool.check_connection, kwargs={"autocommit": True},
        )  # fmt: skip
        acts = Acts(self.letters, today)
        care = Care(pool, acts, self.send_mail, asyncio.Event())
        return Portal(pool, acts, self.routes, self.links, self.staff, self.tokens, Throttle(), care)


async def _configure(connection: AsyncConnection[Any]) -> None:
    await connection.execute(SESSION)


def read_setup(jobcenters: Sequence[Jobcenter], public_url: str | None, environment: Mapping[str, str]) -> Setup | None:
    """The setup from the environment; None if there is no secret for the links: then the portal is off.

    Raises:
        ConfigurationError: it is meant to be on, but something is missing or faulty.
    """
    if not _is_set(SECRET, environment):
        return None
    secret = read_secret(SECRET, environment=environment).value
    if len(secret) < _SECRET_LENGTH:
        raise ConfigurationError(
            SECRET,
            f"is shorter than {_SECRET_LENGTH} characters",
            de=f"hat weniger als {_SECRET_LENGTH} Zeichen",
        )
    if not public_url:
        # Links must not follow the Host header of whoever fills in the form.
        raise ConfigurationError(
            "--public-url", "the portal needs it for its links", de="braucht das Portal für seine Links"
        )
    try:
        settings = PortalSettings()
    except ValidationError as error:
        wrong = ", ".join(sorted({f"JOBHUB_PORTAL_{str(one['loc'][0]).upper()}" for one in error.errors()}))
        raise ConfigurationError(wrong, "has no valid value", de="hat keinen gültigen Wert") from None
    links = Links(secret, public_url)
    names = {one.id: one.name for one in jobcenters}
    return Setup(
        links,
        Letters(links, names),
        Routes(jobcenters),
        _mail(settings, environment),
        {one: staff for one in names if (staff := _staff(one, environment))},
        {one: token for one in names if (token := _token(one, environment))},
    )


def _mail(settings: PortalSettings, environment: Mapping[str, str]) -> SendMail:
    if settings.smtp_host:
        login = read_login(settings.smtp_user, _PASSWORD, environment)
        return MailServer(settings.smtp_host, settings.smtp_port, settings.smtp_tls, settings.sender, login).send
    if settings.outbox:
        return Folder(settings.outbox, settings.sender).send
    raise ConfigurationError(
        "JOBHUB_PORTAL_SMTP_HOST",
        "is missing (or JOBHUB_PORTAL_OUTBOX, a folder for trials)",
        de="fehlt (oder JOBHUB_PORTAL_OUTBOX, ein Ordner zum Ausprobieren)",
    )


def _staff(jobcenter: str, environment: Mapping[str, str]) -> Staff | None:
    variable = staff_variable(jobcenter)
    if not _is_set(variable, environment):
        return None
    try:
        return Staff.of(jobcenter, read_secret(variable, environment=environment).value)
    except ValueError:
        raise ConfigurationError(
            variable,
            "is not what `jobhub portal password` printed",
            de="ist nicht das, was `jobhub portal password` ausgegeben hat",
        ) from None


def _token(jobcenter: str, environment: Mapping[str, str]) -> str | None:
    variable = token_variable(jobcenter)
    if not _is_set(variable, environment):
        return None
    token = read_secret(variable, environment=environment).value
    if len(token) < _SECRET_LENGTH:
        raise ConfigurationError(
            variable,
            f"is shorter than {_SECRET_LENGTH} characters",
            de=f"hat weniger als {_SECRET_LENGTH} Zeichen",
        )
    return token


def staff_variable(jobcenter: str) -> str:
    """Variable that holds a Jobcenter's staff, or whose _FILE names the file."""
    return f"JOBHUB_PORTAL_STAFF_{jobcenter.upper()}"


def token_variable(jobcenter: str) -> str:
    """Variable with the token that a Jobcenter's connector shows, or whose _FILE names the file."""
    return f"JOBHUB_PORTAL_TOKEN_{jobcenter.upper()}"


def _is_set(variable: str, environment: Mapping[str, str]) -> bool:
    return any(environment.get(variable + suffix) for suffix in ("", "_FILE", "_KEYRING"))
