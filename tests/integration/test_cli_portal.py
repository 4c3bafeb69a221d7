"""The work list on the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from hub.cli.main import build
from hub.cli.output import Failure
from hub.portal.staff import Staff
from hub.store.migrate import upgrade
from tests.support.portal import PUBLIC, SECRET, Office, office

pytestmark = pytest.mark.integration


@pytest.fixture
def desk(fresh_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    monkeypatch.setenv("JOBHUB_DATABASE_URL", fresh_database)
    monkeypatch.setenv("JOBHUB_PORTAL_SECRET", SECRET)
    monkeypatch.setenv("JOBHUB_PORTAL_OUTBOX", str(tmp_path / "outbox"))
    monkeypatch.setenv("JOBHUB_TODAY", "2026-11-24")
    upgrade(fresh_database)
    with office(fresh_database, tmp_path / "outbox") as opened:
        yield opened


def _said(*arguments: str) -> dict[str, Any]:
    result = CliRunner().invoke(build(), ["portal", *arguments, "--json"], catch_exceptions=False)
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_listed_shown_and_accepted(desk: Office) -> None:
    desk.confirmed()
    (waiting,) = _said("list", "borken")["jobs"]
    shown = _said("show", "borken", str(waiting["number"]))
    accepted = _said("accept", "borken", str(waiting["number"]), "--public-url", PUBLIC)

    assert ("WAITING", "Fachkraft für Lagerlogistik (m/w/d)") == (waiting["state"], shown["content"]["title"])
    assert ("ACCEPTED", 1) == (accepted["state"], accepted["version"])
    assert [waiting["id"]] == [one["id"] for one in desk.listing("borken").json()["stellen"]]
    desk.care()
    assert "angenommen" in desk.letters()[-1]["subject"]


def test_refused_with_a_reason(desk: Office) -> None:
    desk.confirmed()
    (waiting,) = _said("list", "borken")["jobs"]
    number = str(waiting["number"])
    with pytest.raises(Failure, match="E703"):
        _said("refuse", "borken", number, "--reason", "DARUM", "--public-url", PUBLIC)
    with pytest.raises(Failure, match="E703"):
        _said("accept", "coesfeld", number, "--public-url", PUBLIC)
    refused = _said(
        "refuse", "borken", number, "--reason", "DUPLICATE", "--text", "Ist schon da.", "--public-url", PUBLIC
    )

    assert "REFUSED" == refused["state"]
    desk.care()
    assert "Ist schon da." in desk.letters()[-1].get_content()


def test_without_a_secret_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JOBHUB_PORTAL_SECRET", raising=False)
    with pytest.raises(Failure, match="E701"):
        _said("accept", "borken", "1", "--public-url", PUBLIC)


def test_a_password_becomes_a_line_of_the_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getpass", lambda _: "ein langes Kennwort")
    result = CliRunner().invoke(build(), ["portal", "password", "eva"], catch_exceptions=False)

    assert ["eva"] == list(Staff.of("borken", result.stdout).known)
