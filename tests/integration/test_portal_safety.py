"""Rules of the employer portal that protect somebody, each with a mutant that shows the check can fail."""

from __future__ import annotations

import base64
import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from itsdangerous import TimestampSigner

from hub.mail import Letter
from hub.portal import lifecycle, staff, store
from hub.portal.lifecycle import Action, State
from hub.portal.links import Links
from hub.store.migrate import upgrade
from tests.support.portal import PASSWORD, STAFF, Office, office
from tests.support.web import TODAY

pytestmark = pytest.mark.integration

HOURS = 3600


@pytest.fixture
def desk(fresh_database: str, tmp_path: Path) -> Iterator[Office]:
    upgrade(fresh_database)
    with office(fresh_database, tmp_path / "outbox") as opened:
        yield opened


def _state(desk: Office) -> list[str]:
    with psycopg.connect(desk.database_url) as connection:
        return [row[0] for row in connection.execute("SELECT state FROM portal.job ORDER BY id")]


def _later(monkeypatch: pytest.MonkeyPatch, hours: float) -> None:
    real = TimestampSigner.get_timestamp
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda self: real(self) + int(hours * HOURS))


# ------------------------------------------------------------------------------------------------------ signed links


def _after_its_time(desk: Office, monkeypatch: pytest.MonkeyPatch) -> tuple[int, list[str]]:
    path = desk.reported()
    _later(monkeypatch, 48.1)
    return desk.post(path, {}).status_code, _state(desk)


def test_a_link_confirms_nothing_after_48_hours(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (410, ["UNCONFIRMED"]) == _after_its_time(desk, monkeypatch)


def test_without_the_limit_an_old_link_would_confirm(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Links._read
    monkeypatch.setattr(
        Links, "_read", lambda self, purpose, token, _: real(self, purpose, token, datetime.timedelta(9))
    )

    assert (303, ["WAITING"]) == _after_its_time(desk, monkeypatch)


def test_a_link_still_confirms_after_47_hours(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    path = desk.reported()
    _later(monkeypatch, 47.9)

    assert desk.post(path, {}).status_code == 303


def _merely_looked_at(desk: Office) -> list[str]:
    path = desk.reported()
    desk.client.get(path)
    desk.client.head(path)
    return _state(desk)


def test_looking_at_the_link_confirms_nothing(desk: Office) -> None:
    assert _merely_looked_at(desk) == ["UNCONFIRMED"]


def test_if_looking_did_confirm_it_would_be_noticed(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    real = store.find

    async def confirming(connection: Any, ticket: Any) -> Any:
        monkeypatch.setattr(store, "find", real)
        return await desk.portal.acts.confirm(connection, ticket)

    monkeypatch.setattr(store, "find", confirming)

    assert _merely_looked_at(desk) == ["WAITING"]


def _used_twice(desk: Office) -> tuple[int, int]:
    path = desk.reported()
    return desk.post(path, {}).status_code, desk.post(path, {}).status_code


def test_a_link_confirms_once(desk: Office) -> None:
    assert _used_twice(desk) == (303, 409)
    assert "liegt beim Jobcenter" in desk.letters()[-1]["subject"]
    assert len(desk.letters()) == 2


def test_without_the_state_a_link_would_confirm_again(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(lifecycle._NEXT[State.WAITING], Action.CONFIRM, State.WAITING)

    assert _used_twice(desk) == (303, 303)


def test_a_link_for_one_purpose_serves_no_other(desk: Office) -> None:
    confirm = desk.reported()
    manage = desk.post(confirm, {}).headers["location"]
    token, other = confirm.rpartition("/")[2], manage.rpartition("/")[2]

    answers = [
        desk.client.get(f"/arbeitgeber/stelle/{token}"),
        desk.client.get(f"/arbeitgeber/bestaetigen/{other}"),
        desk.client.get(f"/arbeitgeber/stelle/{other[:-2]}xx"),
        desk.client.get("/arbeitgeber/stelle/x"),
    ]
    assert [404] * 4 == [one.status_code for one in answers]
    assert ["no-store"] * 4 == [one.headers["cache-control"] for one in answers]


def test_a_button_pressed_twice_acts_once(desk: Office) -> None:
    manage = desk.accepted(published_until="10.12.2026")
    fields = {"aktion": ["verlaengern"], "stand": ["2"]}

    assert (303, 409) == (desk.post(manage, fields).status_code, desk.post(manage, fields).status_code)
    assert [2] == [one["version"] for one in desk.listing("borken").json()["stellen"]]


# -------------------------------------------------------------------------------------------------------- the work list


def _by_others(desk: Office) -> tuple[int, list[str]]:
    desk.confirmed()
    (path,) = desk.waiting("borken")
    number = path.rpartition("/")[2]
    seal = desk.portal.links.form_token("coesfeld", "eva", int(number), 1)
    fields = {"siegel": [seal], "stand": ["1"], "entscheidung": ["annehmen"]}
    return desk.post(f"/mitarbeitende/coesfeld/stellen/{number}", fields, STAFF).status_code, _state(desk)


def test_staff_of_another_jobcenter_cannot_accept(desk: Office) -> None:
    assert (404, ["WAITING"]) == _by_others(desk)


def test_without_the_rule_they_could(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    async def of_anybody(connection: Any, jobcenter: str, number: int) -> Any:
        return await store._row(connection, "SELECT * FROM portal.job WHERE id = %s", (number,))

    monkeypatch.setattr(store, "at_desk", of_anybody)

    assert (303, ["ACCEPTED"]) == _by_others(desk)


def test_a_form_of_another_site_decides_nothing(desk: Office) -> None:
    desk.confirmed()
    (path,) = desk.waiting("borken")
    fields = {"stand": ["1"], "entscheidung": ["annehmen"]}
    seals = {
        "none": [],
        "of a colleague": [desk.portal.links.form_token("borken", "udo", int(path.rpartition("/")[2]), 1)],
        "of another state": [desk.portal.links.form_token("borken", "eva", int(path.rpartition("/")[2]), 0)],
        "of another job": [desk.portal.links.form_token("borken", "eva", 999, 1)],
    }
    said = {name: desk.post(path, {**fields, "siegel": seal}, STAFF).status_code for name, seal in seals.items()}

    assert dict.fromkeys(seals, 403) == said
    assert _state(desk) == ["WAITING"]


def test_without_the_seal_a_form_of_another_site_would_decide(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Links, "form_is_ours", lambda *_: True)
    desk.confirmed()
    (path,) = desk.waiting("borken")

    assert desk.post(path, {"stand": ["1"], "entscheidung": ["annehmen"]}, STAFF).status_code == 303


def _basic(name: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


def test_nobody_gets_in_without_the_password_and_nothing_may_be_kept(desk: Office) -> None:
    path = "/mitarbeitende/borken/stellen"
    wrong = [{}, _basic("eva", "falsch"), _basic("niemand", PASSWORD), {"Authorization": "Basic !"}]
    said = [desk.client.get(path, headers=headers) for headers in wrong]
    right = desk.client.get(path, headers=STAFF)

    assert [401] * 4 == [one.status_code for one in said]
    assert all(one.headers["www-authenticate"].startswith("Basic realm=") for one in said)
    assert {"no-store"} == {one.headers["cache-control"] for one in [*said, right]}
    assert "set-cookie" not in right.headers
    assert right.status_code == 200


def _guessed(desk: Office) -> list[int]:
    path = "/mitarbeitende/borken/stellen"
    return [desk.client.get(path, headers=_basic("eva", f"falsch {n}")).status_code for n in range(12)]


def test_who_guesses_is_stopped_and_who_is_known_is_not(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staff, "_scrypt", lambda password, salt, n, r, p: password.encode().ljust(32)[:32])
    known = desk.portal.staff["borken"].known
    known["eva"] = staff._Known((1, 1, 1), b"", PASSWORD.encode().ljust(32)[:32])
    assert desk.waiting("borken") == []

    assert [401] * 10 + [429] * 2 == _guessed(desk)
    assert desk.waiting("borken") == []


def test_without_the_throttle_guessing_would_go_on(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staff, "_scrypt", lambda *_: b"")
    monkeypatch.setattr(staff.Throttle, "ask", lambda *_: None)

    assert [401] * 12 == _guessed(desk)


# ------------------------------------------------------------------------------------------------- steps and the post


def test_of_two_who_act_at_once_one_succeeds(desk: Office) -> None:
    manage = desk.confirmed()
    (path,) = desk.waiting("borken")
    desk.press(manage, "zurueckziehen")
    number = int(path.rpartition("/")[2])
    seal = desk.portal.links.form_token("borken", "eva", number, 1)
    late = desk.post(path, {"siegel": [seal], "stand": ["1"], "entscheidung": ["annehmen"]}, STAFF)

    assert (409, ["WITHDRAWN"]) == (late.status_code, _state(desk))


def test_a_step_without_its_letter_does_not_happen(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    path = desk.reported()
    with psycopg.connect(desk.database_url, autocommit=True) as connection:
        connection.execute("ALTER TABLE portal.mail ADD CONSTRAINT no_room CHECK (kind <> 'confirmed')")
        with pytest.raises(psycopg.errors.CheckViolation):
            desk.post(path, {})
        assert _state(desk) == ["UNCONFIRMED"]
        connection.execute("ALTER TABLE portal.mail DROP CONSTRAINT no_room")

    assert desk.post(path, {}).status_code == 303


def test_a_letter_that_was_not_taken_stays_and_goes_later(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = list[int | None]()
    real = desk.portal.care.send_mail

    def away(letter: Letter) -> None:
        tried.append(letter.number)
        raise OSError("away")

    monkeypatch.setattr(desk.portal.care, "send_mail", away)
    desk.report()
    desk.care()
    assert tried
    assert list(desk.outbox.glob("*.eml")) == []
    monkeypatch.setattr(desk.portal.care, "send_mail", real)
    with psycopg.connect(desk.database_url) as connection:
        connection.execute("UPDATE portal.mail SET next_at = now() - interval '1 minute'")
    desk.care()

    assert len(desk.letters()) == 1


def test_what_has_been_sent_is_not_kept(desk: Office) -> None:
    desk.reported()
    with psycopg.connect(desk.database_url) as connection:
        kept = connection.execute("SELECT recipient, subject, body FROM portal.mail").fetchall()

    assert [(None, None, None)] == kept


# ------------------------------------------------------------------------------------------------------- the calendar


def _on(desk: Office, day: datetime.date) -> None:
    """From here on the board lives on another day, and so does the clock."""
    acts = desk.portal.acts
    object.__setattr__(acts, "today", lambda: day)
    object.__setattr__(acts, "now", lambda: datetime.datetime.combine(day, datetime.time(12), datetime.UTC))


def test_the_employer_is_reminded_once_and_again_after_an_extension(desk: Office) -> None:
    manage = desk.accepted(published_until="10.12.2026")
    for day in (2, 3, 4, 5):
        _on(desk, datetime.date(2026, 12, day))
        desk.care()
    reminders = [one for one in desk.letters() if "endet am 10.12.2026" in one["subject"]]
    assert desk.press(manage, "verlaengern").status_code == 303
    _on(desk, datetime.date(2027, 1, 30))
    desk.care()

    assert len(reminders) == 1
    assert "endet am 03.02.2027" in desk.letters()[-1]["subject"]


def test_a_job_ends_after_its_last_day(desk: Office) -> None:
    desk.accepted(published_until="10.12.2026")
    desk.confirmed(published_until="10.12.2026")
    _on(desk, datetime.date(2026, 12, 10))
    desk.care()
    before = _state(desk)
    _on(desk, datetime.date(2026, 12, 11))
    desk.care()

    assert (["ACCEPTED", "WAITING"], ["EXPIRED", "EXPIRED"]) == (before, _state(desk))
    assert ["EXPIRED"] == [one["end_reason"] for one in desk.listing("borken").json()["stellen"]]


def test_what_is_no_longer_needed_goes(desk: Office) -> None:
    def kept() -> list[tuple[str, bool, bool]]:
        with psycopg.connect(desk.database_url) as connection:
            return connection.execute(
                "SELECT state, sender IS NOT NULL, coalesce(accepted, proposed) IS NOT NULL FROM portal.job ORDER BY id"
            ).fetchall()

    _on(desk, TODAY)
    desk.report()
    ended = desk.accepted()
    desk.press(ended, "besetzt")
    desk.confirmed()
    desk.decide("borken", desk.waiting("borken")[0], entscheidung="ablehnen", grund="DUPLICATE", text="")
    found = [kept()]
    for days in (3, 16, 32, 190):
        _on(desk, TODAY + datetime.timedelta(days))
        desk.care()
        found.append(kept())

    assert [
        [("UNCONFIRMED", True, True), ("FILLED", True, True), ("REFUSED", True, True)],
        [("FILLED", True, True), ("REFUSED", True, True)],
        [("FILLED", False, True), ("REFUSED", False, True)],
        [("FILLED", False, True)],
        [("FILLED", False, False)],
    ] == found
    assert ["FILLED"] == [one["end_reason"] for one in desk.listing("borken").json()["stellen"]]
