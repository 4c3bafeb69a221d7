"""The portal is off until it is set up, says what is missing, and speaks to a mail server as mail servers do."""

from __future__ import annotations

import os
import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.portal.post import Folder, MailServer, message
from hub.portal.setup import Setup, read_setup
from hub.portal.staff import hashed
from schemas.jobcenter import ConfigurationError
from tests.support.portal import PASSWORD, PUBLIC, SECRET, STAFF, TOKEN, participants


def _read(monkeypatch: pytest.MonkeyPatch, url: str | None = PUBLIC, **variables: str) -> Setup | None:
    for name, value in variables.items():
        monkeypatch.setenv(f"JOBHUB_PORTAL_{name}", value)
    return read_setup(participants(), url, os.environ)


def test_without_a_secret_it_is_off(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _read(monkeypatch, OUTBOX="/nowhere") is None


@pytest.mark.parametrize(
    "variables, url, where",
    [
        ({"SECRET": "zu-kurz", "OUTBOX": "x"}, PUBLIC, "JOBHUB_PORTAL_SECRET"),
        ({"SECRET": SECRET, "OUTBOX": "x"}, None, "--public-url"),
        ({"SECRET": SECRET}, PUBLIC, "JOBHUB_PORTAL_SMTP_HOST"),
        ({"SECRET": SECRET, "SMTP_HOST": "mail.example", "SMTP_PORT": "viele"}, PUBLIC, "JOBHUB_PORTAL_SMTP_PORT"),
        ({"SECRET": SECRET, "OUTBOX": "x", "TOKEN_BORKEN": "zu-kurz"}, PUBLIC, "JOBHUB_PORTAL_TOKEN_BORKEN"),
        ({"SECRET": SECRET, "OUTBOX": "x", "STAFF_BORKEN": "eva:geheim"}, PUBLIC, "JOBHUB_PORTAL_STAFF_BORKEN"),
    ],
)
def test_what_is_missing_is_named_and_no_secret_with_it(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], url: str | None, where: str
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        _read(monkeypatch, url, **variables)

    assert where == raised.value.where
    told = f"{raised.value} {raised.value.de}"
    assert [value for value in ("zu-kurz", "geheim", SECRET) if value in told] == []


def test_secrets_come_from_files_and_each_jobcenter_has_its_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, text in {"secret": SECRET, "staff": hashed("eva", PASSWORD), "token": TOKEN}.items():
        (tmp_path / name).write_text(text + "\n")
        (tmp_path / name).chmod(0o600)
    setup = _read(
        monkeypatch, SECRET_FILE=str(tmp_path / "secret"), STAFF_BORKEN_FILE=str(tmp_path / "staff"),
        TOKEN_BORKEN_FILE=str(tmp_path / "token"), OUTBOX=str(tmp_path),
    )  # fmt: skip

    assert setup is not None
    assert (["borken"], {"borken": TOKEN}) == (list(setup.staff), setup.tokens)
    assert "eva" == setup.staff["borken"].check(STAFF["Authorization"])
    assert isinstance(setup.post, Folder)


class _MailServer(socketserver.StreamRequestHandler):
    """Takes one message."""

    taken: list[bytes]

    def handle(self) -> None:
        self.wfile.write(b"220 mail.example\r\n")
        while line := self.rfile.readline():
            if line.upper().startswith(b"DATA"):
                self.wfile.write(b"354 go on\r\n")
                lines = []
                while (part := self.rfile.readline()) != b".\r\n":
                    lines.append(part)
                self.taken.append(b"".join(lines))
            self.wfile.write(b"221 bye\r\n" if line.upper().startswith(b"QUIT") else b"250 ok\r\n")


@pytest.fixture
def mail_server() -> Iterator[tuple[int, list[bytes]]]:
    taken: list[bytes] = []
    handler = type("Handler", (_MailServer,), {"taken": taken})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield server.server_address[1], taken
        server.shutdown()
        thread.join(5)


def test_a_letter_goes_to_the_mail_server(mail_server: tuple[int, list[bytes]]) -> None:
    port, taken = mail_server
    made = message("a@hub.example", "b@c.example", "Bitte bestätigen", "Grüße\n.\nEnde", 7)
    MailServer("127.0.0.1", port, "none").send(7, made)

    (text,) = taken
    assert b"To: b@c.example\r\n" in text
    assert b"Message-ID: <jobhub-portal-7@hub.example>\r\n" in text


def test_a_server_without_tls_gets_no_letter_that_needs_it(mail_server: tuple[int, list[bytes]]) -> None:
    port, taken = mail_server
    with pytest.raises(Exception, match="STARTTLS"):
        MailServer("127.0.0.1", port, "starttls").send(7, message("a@hub.example", "b@c.example", "s", "t", 7))

    assert [] == taken
