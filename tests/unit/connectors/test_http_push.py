"""Handing in over HTTP: a receipt only for what is kept, findings per item, and nothing for strangers."""

from __future__ import annotations

import json
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from connectors import http_inbox
from connectors.errors import Stop
from connectors.sources import http_push
from schemas.jobcenter import ConfigurationError
from tests.support.deliveries import GOOD, VACANCY_COLUMNS, counts, small_jobcenter
from tests.support.sources import FetchingConnector, fetching
from tests.support.spoken import next_line

TOKEN = "Kanarienvogel-Token-0123456789"


def config(**options: Any) -> dict[str, Any]:
    made = {"port": 0, "token_env": "TEST_PUSH_TOKEN", "megabytes_max": 1, **options}
    return {"type": "http_push", "load": "delta", "files": None, "options": made, "columns": VACANCY_COLUMNS}


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_PUSH_TOKEN", TOKEN)


@pytest.fixture
def one(tmp_path: Path) -> Iterator[FetchingConnector]:
    with fetching(tmp_path, small_jobcenter(**config(items_max=5))) as opened:
        yield opened


def port(one: FetchingConnector) -> int:
    assert isinstance(one.source, http_push.Source)
    return one.source.port


def post(
    one: FetchingConnector, body: Any, path: str = "/events", method: str = "POST", **headers: str
) -> httpx2.Response:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json", **headers}
    sent = {name.replace("_", "-"): value for name, value in sent.items()}
    return httpx2.request(method, f"http://127.0.0.1:{port(one)}{path}", content=data, headers=sent, trust_env=False)


def vacancy(number: str = "1", **cells: str) -> dict[str, str]:
    return {**GOOD, "Nr": number, **cells}


@pytest.mark.parametrize(
    "body, kind",
    [
        (vacancy(), "application/json"),
        ([vacancy()], "application/json; charset=utf-8"),
        (json.dumps(vacancy()).encode() + b"\n\n", "application/x-ndjson"),
    ],
    ids=["single", "list", "lines"],
)
def test_what_is_handed_in_gets_a_receipt_and_is_taken(one: FetchingConnector, body: Any, kind: str) -> None:
    answer = post(one, body, Content_Type=kind)
    receipt = answer.json()

    assert (202, 1, 1, [], "waiting") == (
        answer.status_code, receipt["items"], receipt["accepted"], receipt["findings"], receipt["state"]
    )  # fmt: skip
    assert [{"rows_read": 1, "sent_new": 1}] == [counts(report) for report in one.fetch()]
    assert "taken" == post(one, b"", f"/receipts/{receipt['receipt']}", "GET").json()["state"]
    assert [] == one.fetch()


def test_each_item_is_told_what_is_wrong_with_it_and_the_others_arrive(one: FetchingConnector) -> None:
    body = b'[%s, %s, {"Nr": "3", "Nr": "4"}, 7, %s]' % tuple(
        json.dumps(item).encode()
        for item in (vacancy("1"), vacancy("2", PLZ="4814", Text="Kanarienvogel"), vacancy("5", Text="317B678114"))
    )
    answer = post(one, body)
    told = [(found["item"], found["code"], found["column"]) for found in answer.json()["findings"]]
    (report,) = one.fetch()

    assert [(2, "E112", "PLZ"), (3, "E215", "Nr"), (4, "E215", None), (5, "E511", "Text")] == told
    assert told == [(found["line"], found["code"], found["column"]) for found in report["findings"]]
    assert (1, ["1"]) == (answer.json()["accepted"], [sent[0] for sent in one.sent()])
    assert [] == [word for word in ("Kanarienvogel", "317B678114", "4814") if word in answer.text]
    assert all(found["de"] and found["next_de"].endswith(".") for found in answer.json()["findings"])


def test_a_receipt_survives_the_end_of_the_process(one: FetchingConnector) -> None:
    post(one, vacancy())
    one.restart()

    assert [1] == [report["sent_new"] for report in one.fetch()]


_CHILD = """
import sys, time
from pathlib import Path
from connectors.contract.source import Wanted
from connectors.contract.workplace import Workplace
from connectors.sources.http_push import Source
source = Source("s", {"port": 0, "token_env": "TEST_PUSH_TOKEN"}, Wanted(("Nr",), ("Nr",)), None, "delta")
source.open(Workplace(Path(sys.argv[1]), lambda rows: [None for _ in rows]))
print(source.port, flush=True)
time.sleep(600)
"""


def test_what_was_acknowledged_is_there_after_a_kill(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", _CHILD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    try:
        address = f"http://127.0.0.1:{next_line(child).strip()}/events"
        headers = {"Authorization": f"Bearer {TOKEN}"}
        answers = [httpx2.post(address, json={"Nr": str(n)}, headers=headers, trust_env=False) for n in range(3)]
    finally:
        child.kill()
        child.communicate()
    inbox = http_inbox.Inbox(tmp_path)
    kept = [one.id for one in inbox.waiting(10)]
    inbox.close()

    assert [answer.json()["receipt"] for answer in answers] == kept


def test_after_a_crash_before_the_inbox_was_told_nothing_is_taken_twice(one: FetchingConnector) -> None:
    post(one, vacancy())
    one.fetch(settle=False)
    one.restart()

    assert ([], [1]) == (one.fetch(), [sent[1] for sent in one.sent()])


def test_nothing_is_acknowledged_that_is_not_kept(one: FetchingConnector, monkeypatch: pytest.MonkeyPatch) -> None:
    def disk_full(*_: Any) -> Any:
        raise sqlite3.OperationalError("disk full")

    monkeypatch.setattr(http_inbox.Inbox, "add", disk_full)

    assert 500 == post(one, vacancy()).status_code
    assert [] == one.source.deliveries(one.folder, None)


def test_the_same_key_gives_the_same_receipt(one: FetchingConnector) -> None:
    first = post(one, vacancy(), Idempotency_Key="a-1")
    one.fetch()
    again = post(one, vacancy(), Idempotency_Key="a-1")
    other = post(one, vacancy(Titel="Koch"), Idempotency_Key="a-1")

    assert (202, 202, 409) == (first.status_code, again.status_code, other.status_code)
    assert first.json()["receipt"] == again.json()["receipt"] == other.json()["receipt"]
    assert ([], [1]) == (one.fetch(), [sent[1] for sent in one.sent()])


def test_many_at_once_with_one_key_are_one(one: FetchingConnector) -> None:
    receipts: list[str] = []
    threads = [
        threading.Thread(target=lambda: receipts.append(post(one, vacancy(), Idempotency_Key="b").json()["receipt"]))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (8, 1) == (len(receipts), len(set(receipts)))
    assert 1 == len(one.fetch())


def test_receipts_are_taken_in_their_order(one: FetchingConnector) -> None:
    for title in ("A", "B", "C"):
        post(one, vacancy(Titel=title))
    one.fetch()

    assert [(1, "A"), (2, "B"), (3, "C")] == [(sent[1], sent[3]) for sent in one.sent()]


@pytest.mark.parametrize(
    "change, status",
    [
        ({"Authorization": "Bearer falsch"}, 401),
        ({"Authorization": TOKEN}, 401),
        ({"Authorization": f"Bearer {TOKEN}x"}, 401),
        ({"path": "/other"}, 404),
        ({"path": "/receipts/unknown", "method": "GET"}, 404),
        ({"path": "/receipts/unknown", "method": "GET", "Authorization": ""}, 401),
        ({"method": "GET"}, 405),
        ({"Content_Type": "text/csv"}, 415),
        ({"Idempotency_Key": "x" * 201}, 400),
        ({"body": b"[{"}, 400),
        ({"body": b"[]"}, 400),
        ({"body": "ü".encode("cp1252")}, 400),
        ({"body": [vacancy()] * 6}, 413),
        ({"body": b" " * (2 << 20)}, 413),
    ],
)
def test_what_is_not_right_is_answered_and_not_kept(
    one: FetchingConnector, change: dict[str, Any], status: int
) -> None:
    body = change.pop("body", vacancy())
    answer = post(one, body, **change)

    assert status == answer.status_code
    assert [] == one.source.deliveries(one.folder, None)


def raw(one: FetchingConnector, data: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port(one)), timeout=10) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        found = b""
        while block := connection.recv(65536):
            found += block
    return found


HEAD = (
    f"POST /events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\n".encode()
)


@pytest.mark.parametrize(
    "data, status",
    [
        (b"\x16\x03\x01\x02\x00\x01", b"400"),
        (b"POST /events HTTP/1.1\r\n\r\n", b"400"),  # no Host
        (HEAD + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b""),
        (HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n7", b"400"),
        (HEAD + b"X: " + b"a" * 400_000 + b"\r\n\r\n", b" 4"),
        (HEAD + b"Authorization: Bearer x\r\nContent-Length: 1\r\n\r\n7", b"401"),
        (HEAD + b"Content-Length: 100\r\n\r\n[", b""),
        (b"", b""),
    ],
    ids=["TLS", "no host", "two lengths", "contradicting lengths", "long header", "two tokens", "cut off", "nothing"],
)
def test_what_is_no_sound_request_is_not_kept(one: FetchingConnector, data: bytes, status: bytes) -> None:
    answer = raw(one, data)

    assert status in answer.split(b"\r\n")[0]
    assert b" 202 " not in answer
    assert [] == one.source.deliveries(one.folder, None)


def test_who_asks_may_send_in_pieces_and_wait_for_a_word(one: FetchingConnector) -> None:
    body = json.dumps(vacancy()).encode()
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:10], body[10:])) + b"0\r\n\r\n"

    assert b" 202 " in raw(one, HEAD + b"Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks)


def test_whoever_is_too_slow_is_let_go(tmp_path: Path) -> None:
    with fetching(tmp_path, small_jobcenter(**config(seconds_max=0.2))) as one:
        with socket.create_connection(("127.0.0.1", port(one)), timeout=10) as connection:
            connection.sendall(HEAD)

            assert b"" == connection.recv(100)
        assert 202 == post(one, vacancy()).status_code


def test_when_too_much_waits_nothing_more_is_taken(one: FetchingConnector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_push, "_WAITING_MAX", 1)

    assert [202, 503] == [post(one, vacancy()).status_code for _ in range(2)]


def test_of_what_nobody_mapped_nothing_is_kept(one: FetchingConnector, tmp_path: Path) -> None:
    post(one, {**vacancy(), "Kundennummer": "Kanarienvogelgeheim"})
    kept = b"".join(path.read_bytes() for path in (tmp_path / "state").rglob("*") if path.is_file())
    (report,) = one.fetch()

    assert (b"Kanarienvogelgeheim" in kept, b"48143" in kept) == (False, True)
    assert ["Kundennummer"] == report["unmapped_columns"]


def test_it_listens_on_this_machine_only(one: FetchingConnector) -> None:
    server = one.source._server  # type: ignore[attr-defined]

    assert "127.0.0.1" == server._address


@pytest.mark.parametrize(
    "options, load",
    [
        ({"address": "0.0.0.0"}, "delta"),
        ({"address": "10.0.0.1", "certificate_file": "x"}, "delta"),
        ({"token_env": None}, "delta"),
        ({}, "full"),
    ],
)
def test_what_would_be_open_to_others_is_refused(tmp_path: Path, options: dict[str, Any], load: str) -> None:
    with pytest.raises(ConfigurationError), fetching(tmp_path, small_jobcenter(**{**config(**options), "load": load})):
        pass


def test_a_short_token_and_a_taken_port_are_said_at_the_start(
    one: FetchingConnector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Stop, match="E701"), fetching(tmp_path / "b", small_jobcenter(**config(port=port(one)))):
        pass
    monkeypatch.setenv("TEST_PUSH_TOKEN", "kurz")
    with pytest.raises(Stop, match="E402"), fetching(tmp_path / "c", small_jobcenter(**config())):
        pass
