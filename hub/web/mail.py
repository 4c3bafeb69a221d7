"""Hands a letter over to the operator's mail server. Nothing is kept here."""

from __future__ import annotations

import os
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage

from hub.web.board_file import MailServer

_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail in plain text. `reply_to` is the writer's own address, if one was given."""

    to: str
    subject: str
    text: str
    reply_to: str | None = None


SendMail = Callable[[Letter], None]
"""Sends a letter, or raises OSError; it takes its time, so it is called in a thread."""


def by_smtp(server: MailServer) -> SendMail:
    """Sends through a mail server. User and password are read when a letter is sent, never kept."""

    def send(letter: Letter) -> None:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = server.sender, letter.to, letter.subject
        if letter.reply_to:
            message["Reply-To"] = letter.reply_to
        message.set_content(letter.text)
        with smtplib.SMTP(server.host, server.port, timeout=_SECONDS) as connection:
            if server.starttls:
                connection.starttls(context=ssl.create_default_context())
            if server.user_env and server.password_env:
                connection.login(os.environ[server.user_env], os.environ[server.password_env])
            connection.send_message(message)

    return send
