"""Mail is handed over as mail servers want it, and a sign-in that cannot be right is refused before anybody waits."""

from __future__ import annotations

import base64
import socketserver
import threading
from collections.abc import Iterator

import pytest

from hub.cli.output import Failure
from hub.cli.web import _mail
from hub.mail import Letter, Login, MailServer, read_login
from hub.settings import Settings
from hub.web import board_file
from hub.web.board_file import load_operator
from schemas.jobcenter import ConfigurationError

ENVIRONMENT = {"MAIL_USER": "eva", "MAIL_PASSWORD": "geheim"}


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
            if line.upper().startswith(b"AUTH"):
                self.taken.append(line)
                self.wfile.write(b"235 welcome\r\n")
                continue
            if line.upper().startswith(b"EHLO"):
                self.wfile.write(b"250-mail.example\r\n250 AUTH PLAIN\r\n")
                continue
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
    letter = Letter("b@c.example", "Bitte bestätigen", "Grüße\n.\nEnde", "eva@c.example", 7)
    MailServer("127.0.0.1", port, "none", "a@hub.example").send(letter)

    (text,) = taken
    assert b"To: b@c.example\r\n" in text
    assert b"Reply-To: eva@c.example\r\n" in text
    assert b"Message-ID: <jobhub-portal-7@hub.example>\r\n" in text


def test_a_server_without_tls_gets_no_letter_that_needs_it(mail_server: tuple[int, list[bytes]]) -> None:
    port, taken = mail_server
    with pytest.raises(Exception, match="STARTTLS"):
        MailServer("127.0.0.1", port, "starttls", "a@hub.example").send(Letter("b@c.example", "s", "t"))

    assert [] == taken


def test_who_has_a_login_signs_in(mail_server: tuple[int, list[bytes]]) -> None:
    port, taken = mail_server
    server = MailServer("127.0.0.1", port, "none", "a@hub.example", Login("eva", "geheim"))
    server.send(Letter("b@c.example", "s", "t"))

    assert base64.b64encode(b"\0eva\0geheim") in taken[0]


@pytest.mark.parametrize("user", [None, ""])
def test_neither_user_nor_password_is_no_login(user: str | None) -> None:
    assert read_login(user, "MAIL_PASSWORD", {"MAIL_PASSWORD": ""}) is None


@pytest.mark.parametrize("user, environment", [("eva", {}), ("eva", {"MAIL_PASSWORD": ""}), ("", ENVIRONMENT)])
def test_one_without_the_other_is_refused_and_not_told(user: str, environment: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError) as raised:
        read_login(user, "MAIL_PASSWORD", environment)

    assert raised.value.where.startswith("MAIL_PASSWORD")
    assert "geheim" not in f"{raised.value} {raised.value.de}"


def _operator(**mail: str) -> board_file.Operator:
    server = board_file.MailServer.model_validate({"host": "mail.example", "sender": "a@hub.example", **mail})
    return load_operator(Settings().deploy_folder / "board.yaml").model_copy(update={"mail": server})


def test_the_forms_mail_is_the_same_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    send = _mail(_operator(user_env="MAIL_USER", password_env="MAIL_PASSWORD", tls="tls"))

    expected = MailServer("mail.example", 587, "tls", "a@hub.example", Login("eva", "geheim"))
    assert expected == getattr(send, "__self__", None)
    assert _mail(_operator()) is not None
    assert _mail(None) is None


@pytest.mark.parametrize("missing", [("MAIL_USER",), ("MAIL_PASSWORD",), ("MAIL_USER", "MAIL_PASSWORD")])
def test_what_the_file_names_must_be_there(monkeypatch: pytest.MonkeyPatch, missing: tuple[str, ...]) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, "" if name in missing else value)
    with pytest.raises(Failure, match=missing[0] if len(missing) > 1 else "MAIL_PASSWORD"):
        _mail(_operator(user_env="MAIL_USER", password_env="MAIL_PASSWORD"))


def test_a_user_without_a_password_is_refused_in_the_file() -> None:
    with pytest.raises(ValueError, match="both or neither"):
        _operator(user_env="MAIL_USER")
