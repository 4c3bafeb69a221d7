"""Mail that leaves the hub: a letter becomes a message for a mail server, or a file where nobody sends mail.

One way for all parts. What cannot be right is refused when a part starts: a user without a password, or the other way
round, would send without signing in, and the server's refusal would come when somebody waits for the letter.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Literal

from schemas.jobcenter import ConfigurationError
from schemas.secret import read_secret

NOT_TAKEN = (OSError, smtplib.SMTPException)
"""Raised when a letter was not taken; it can be tried again."""
_TIMEOUT_SECS = 10
"""For each step of the talk. A visitor may be waiting."""

Tls = Literal["starttls", "tls", "none"]


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail in plain text. `reply_to` is the writer's own address, if one was given.

    `number` makes its id, so that a mailbox can tell a repetition: the same number may be sent twice after a crash.
    """

    to: str
    subject: str
    text: str
    reply_to: str | None = None
    number: int | None = None


SendMail = Callable[[Letter], None]
"""Hands a letter over, or raises one of NOT_TAKEN; ValueError: a header would hold a line end. It takes its time, so it
is called in a thread."""


def message(sender: str, letter: Letter) -> EmailMessage:
    """The letter as a message.

    Raises:
        ValueError: a header would hold a line end; nothing may be smuggled in.
    """
    made = EmailMessage(policy=SMTP)
    made["From"] = sender
    made["To"] = letter.to
    made["Subject"] = letter.subject
    if letter.reply_to:
        made["Reply-To"] = letter.reply_to
    if letter.number is not None:
        made["Message-ID"] = f"<jobhub-portal-{letter.number}@{sender.rpartition('@')[2].rstrip('>')}>"
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(letter.text)
    return made


@dataclass(frozen=True, slots=True)
class Login:
    """User and password for a mail server."""

    user: str
    password: str = field(repr=False)


def read_login(user: str | None, variable: str, environment: Mapping[str, str]) -> Login | None:
    """The sign-in, with the password in the variable or where its _FILE or _KEYRING says; None: nobody signs in.

    Raises:
        ConfigurationError: there is a user without a password, or a password without a user.
    """
    has_password = any(environment.get(variable + suffix) for suffix in ("", "_FILE", "_KEYRING"))
    if not user and not has_password:
        return None
    if not user:
        raise ConfigurationError(variable, "is set, but no user", de="ist gesetzt, aber kein Benutzer")
    return Login(user, read_secret(variable, environment=environment).value)


@dataclass(frozen=True, slots=True)
class MailServer:
    """SMTP. `tls` is none only for a server on this very machine or a trusted wire."""

    host: str
    port: int
    tls: Tls
    sender: str
    login: Login | None = None

    def send(self, letter: Letter) -> None:
        """One connection for each letter: there are few."""
        made = message(self.sender, letter)
        context = ssl.create_default_context()
        if self.tls == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=_TIMEOUT_SECS, context=context)
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=_TIMEOUT_SECS)
        with server:
            if self.tls == "starttls":
                server.starttls(context=context)
            if self.login:
                server.login(self.login.user, self.login.password)
            server.send_message(made)


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of .eml files, for demo and tests. The same number is the same file."""

    path: Path
    sender: str

    def send(self, letter: Letter) -> None:
        """Write the file, then move it in place."""
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        number = letter.number or 0
        fresh = self.path / f".{number:08d}.new"
        fresh.write_bytes(message(self.sender, letter).as_bytes())
        fresh.replace(self.path / f"{number:08d}.eml")
