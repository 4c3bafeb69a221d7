"""The post: makes a message of a letter and hands it to a mail server, or to a folder where nobody sends mail."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Literal, Protocol

_TIMEOUT_SECS = 20

Tls = Literal["starttls", "tls", "none"]


class Post(Protocol):
    """Takes messages away. Called in a thread."""

    def send(self, number: int, message: EmailMessage) -> None:
        """Hand over one message. The same number may come twice after a crash.

        Raises:
            OSError, smtplib.SMTPException: not taken; it will be tried again.
        """


def message(sender: str, recipient: str, subject: str, body: str, number: int) -> EmailMessage:
    """A message. Its number makes its id, so that a mailbox can tell a repetition.

    Raises:
        ValueError: a header would hold a line end; nothing may be smuggled in.
    """
    made = EmailMessage(policy=SMTP)
    made["From"] = sender
    made["To"] = recipient
    made["Subject"] = subject
    made["Message-ID"] = f"<jobhub-portal-{number}@{sender.rpartition('@')[2].rstrip('>')}>"
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(body)
    return made


@dataclass(frozen=True, slots=True)
class MailServer:
    """SMTP. `tls` is none only for a server on this very machine or a trusted wire."""

    host: str
    port: int
    tls: Tls
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    def send(self, number: int, message: EmailMessage) -> None:
        """One connection for each message: there are few."""
        context = ssl.create_default_context()
        if self.tls == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=_TIMEOUT_SECS, context=context)
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=_TIMEOUT_SECS)
        with server:
            if self.tls == "starttls":
                server.starttls(context=context)
            if self.user and self.password:
                server.login(self.user, self.password)
            server.send_message(message)


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of .eml files, for demo and tests. The same number is the same file."""

    path: Path

    def send(self, number: int, message: EmailMessage) -> None:
        """Write the file, then move it in place."""
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = self.path / f".{number:08d}.new"
        fresh.write_bytes(message.as_bytes())
        fresh.replace(self.path / f"{number:08d}.eml")
