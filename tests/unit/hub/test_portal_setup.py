"""The portal is off until it is set up, and says what is missing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hub.mail import Folder
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
        (
            {"SECRET": SECRET, "SMTP_HOST": "mail.example", "SMTP_USER": "eva"},
            PUBLIC,
            "JOBHUB_PORTAL_SMTP_PASSWORD_FILE",
        ),
        (
            {"SECRET": SECRET, "SMTP_HOST": "mail.example", "SMTP_PASSWORD": "geheim"},
            PUBLIC,
            "JOBHUB_PORTAL_SMTP_PASSWORD",
        ),
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
    assert isinstance(getattr(setup.send_mail, "__self__", None), Folder)
