"""What the demo says at its end: real counts that explain each other, and one result on stdout."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.cli.demo import _show
from hub.cli.output import set_language
from hub.demo.account import Account
from hub.demo.place import Addresses
from hub.demo.portal import DemoPortal


@pytest.fixture(params=["de", "en"])
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    set_language(request.param)
    yield request.param
    set_language("de")


def _account(cards: int | None) -> Account:
    addresses, portal = Addresses("127.0.0.1:9092", "http://127.0.0.1:8080"), DemoPortal(Path("portal"))
    return Account(8.0, [], {}, 0, 2194, cards, addresses, portal)


@pytest.mark.parametrize(
    "cards, de, en",
    [
        (2123, "Jobbörse   2.194 Stellen auf 2.123 Karten", "Job board  2,194 vacancies on 2,123 cards"),
        (None, "Jobbörse   2.194 Stellen (gleiche werden", "Job board  2,194 vacancies (the same ones are still"),
    ],
)
def test_it_says_on_how_many_cards_the_vacancies_stand(
    cards: int | None, de: str, en: str, language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _show(_account(cards), as_json=False, once=True)

    assert {"de": de, "en": en}[language] in capsys.readouterr().err


@pytest.mark.parametrize("as_json", [True, False])
def test_stdout_is_one_object_in_a_pipe_and_the_table_is_for_people(
    as_json: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    _show(_account(2123), as_json=as_json, once=True)
    told = capsys.readouterr()

    assert {"vacancies": 2194, "cards": 2123} == json.loads(told.out)["board"]
    assert bool(told.err) is not as_json


def test_a_terminal_gets_the_table_alone(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    _show(_account(2123), as_json=False, once=True)
    told = capsys.readouterr()

    assert ("{" in told.out, told.err) == (False, "")
    assert "2.123 Karten" in told.out


def test_its_hints_name_a_jobcenter_that_delivered(capsys: pytest.CaptureFixture[str]) -> None:
    account = _account(2123)
    account.jobcenters.update({"hamm": {}})
    _show(account, as_json=False, once=False)
    told = capsys.readouterr().err

    assert "jobhub trace hamm:<Kennung>" in told
    assert "/mitarbeitende/hamm/stellen" in "".join(told.split())
    assert "borken" not in told
