"""Files on an SFTP server: only whole ones, each once, from the server whose key is known and from no other."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from connectors import metrics
from connectors.checks import check_file
from connectors.dry_run import dry_run
from connectors.errors import Retry, Stop
from connectors.sources import sftp_folder
from connectors.spool import Spool
from schemas.jobcenter import ConfigurationError
from tests.support.deliveries import VACANCY_COLUMNS, csv_text, row, small_jobcenter
from tests.support.sftp_office import PASSWORD, SftpOffice, sftp_office
from tests.support.sources import FetchingConnector, fetching


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SftpOffice]:
    monkeypatch.setenv("TEST_SFTP_PASSWORD", PASSWORD)
    (tmp_path / "server").mkdir()
    with sftp_office(tmp_path / "server") as one:
        yield one


def config(office: SftpOffice, **options: Any) -> dict[str, Any]:
    made = {
        "host": "127.0.0.1", "port": office.port, "user": "jobhub", "folder": "/aus", "stable_seconds": 0.05,
        "known_hosts_file": str(office.known_hosts), "key_file": str(office.key_file), "every_minutes": 1e-6,
        "type": "csv_file", "type_options": {"encoding": "utf-8"}, **options,
    }  # fmt: skip
    return {"type": "sftp_folder", "files": "stellen_*.csv", "options": made, "columns": VACANCY_COLUMNS}


@contextmanager
def taking(office: SftpOffice, tmp_path: Path, **options: Any) -> Iterator[FetchingConnector]:
    with fetching(tmp_path, small_jobcenter(**config(office, **options))) as one:
        yield one


def put(office: SftpOffice, name: str, *numbers: int, age: float = 100) -> Path:
    path = office.folder / name
    path.write_text(csv_text([row(Nr=str(number)) for number in numbers]), "utf-8")
    os.utime(path, (time.time() - age,) * 2)
    return path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


@pytest.mark.parametrize(
    "options", [{}, {"key_file": None, "password_env": "TEST_SFTP_PASSWORD"}], ids=["key", "password"]
)
def test_files_are_fetched_taken_and_moved(office: SftpOffice, tmp_path: Path, options: dict[str, Any]) -> None:
    put(office, "stellen_2026-11-22.csv", 1, 2)
    put(office, "stellen_2026-11-21.csv", 1)
    put(office, "anderes.csv", 9)
    put(office, "stellen_x.tmp", 9)
    with taking(office, tmp_path, **options) as one:
        reports = one.fetch()

        assert [("stellen_2026-11-21.csv", 1), ("stellen_2026-11-22.csv", 1)] == [
            (report["file"], report["sent_new"]) for report in reports
        ]
        assert [] == one.fetch()
        assert ["anderes.csv", "done", "stellen_x.tmp"] == names(office.folder)
        assert ["stellen_2026-11-21.csv", "stellen_2026-11-22.csv"] == names(office.folder / "done")
        assert ["memory.json"] == names(tmp_path / "state" / "testa" / "stellen")


def test_a_full_disk_here_is_not_the_servers_fault_and_the_file_comes_later(
    office: SftpOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(office, "stellen_1.csv", 1)
    with taking(office, tmp_path) as one:
        with monkeypatch.context() as full:

            def no_room(part: Path, path: Path) -> None:
                raise OSError(errno.ENOSPC, "No space left on device", str(part))

            full.setattr(Spool, "adopt", staticmethod(no_room))
            with pytest.raises(OSError, match="No space left"):
                one.fetch()

        assert [1] == [report["sent_new"] for report in one.fetch()]


def test_where_moving_is_not_permitted_files_are_remembered(office: SftpOffice, tmp_path: Path) -> None:
    office.may_move = False
    put(office, "stellen_1.csv", 1)
    with taking(office, tmp_path) as one:
        assert [1] == [report["sent_new"] for report in one.fetch()]
        one.restart()
        assert ([], ["stellen_1.csv"]) == (one.fetch(), names(office.folder))

        put(office, "stellen_1.csv", 1, 2, age=50)
        assert [1] == [report["sent_new"] for report in one.fetch()]


def test_a_name_used_again_is_another_file_even_with_the_content_of_before(office: SftpOffice, tmp_path: Path) -> None:
    with taking(office, tmp_path, done_folder=None) as one:
        found = []
        for age, numbers in ((90, (1, 2)), (60, (1,)), (30, (1, 2))):
            put(office, "stellen.csv", *numbers, age=age)
            (office.folder / "stellen.csv").replace(office.folder / "stellen_.csv")
            found += one.fetch()

        assert [(2, 0), (0, 1), (1, 0)] == [(report["sent_new"], report["sent_ended"]) for report in found]


def test_nothing_is_moved_before_it_is_taken(office: SftpOffice, tmp_path: Path) -> None:
    put(office, "stellen_1.csv", 1)
    with taking(office, tmp_path) as one:
        one.fetch(settle=False)
        one.source.deliveries(one.folder, None)
        assert ["stellen_1.csv"] == names(office.folder)

        one.restart()
        assert [] == one.fetch()
        one.fetch()
        assert (["done"], [1]) == (names(office.folder), [sent[1] for sent in one.sent()])


def test_a_file_that_grows_is_left_until_it_is_whole(
    office: SftpOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(office, "stellen_1.csv", 1)
    asked = sftp_folder.Source._list
    writes = iter([True, True, False, False, False])

    async def list_while_somebody_writes(self: sftp_folder.Source, sftp: Any) -> Any:
        found = await asked(self, sftp)
        if next(writes):
            path.write_text(path.read_text("utf-8") + "2;", "utf-8")
        return found

    monkeypatch.setattr(sftp_folder.Source, "_list", list_while_somebody_writes)
    with taking(office, tmp_path) as one:
        assert [] == one.source.deliveries(one.folder, None)
        assert 1 == len(one.source.deliveries(one.folder, None))


def test_with_markers_only_what_is_marked_is_fetched(office: SftpOffice, tmp_path: Path) -> None:
    put(office, "stellen_1.csv", 1)
    put(office, "stellen_2.csv", 2)
    (office.folder / "stellen_2.csv.done").touch()
    with taking(office, tmp_path, whole="marker") as one:
        assert ["stellen_2.csv"] == [report["file"] for report in one.fetch()]
        one.fetch()

        assert ["done", "stellen_1.csv"] == names(office.folder)


def test_links_are_not_followed(office: SftpOffice, tmp_path: Path) -> None:
    put(office, "geheim.txt", 1)
    (office.folder / "stellen_1.csv").symlink_to(office.folder / "geheim.txt")
    with taking(office, tmp_path) as one:
        assert [] == one.fetch()


@pytest.mark.parametrize("known", ["other key", "empty"])
def test_a_server_whose_key_is_not_known_is_not_trusted(office: SftpOffice, tmp_path: Path, known: str) -> None:
    put(office, "stellen_1.csv", 1)
    office.trust(
        asyncssh.generate_private_key("ssh-ed25519")
    ) if known == "other key" else office.known_hosts.write_text("")
    with taking(office, tmp_path) as one:
        with pytest.raises(Stop, match="E408"):
            one.fetch()
        assert (0, "") == (office.logins, office.known_hosts.read_text() if known == "empty" else "")


def test_an_unknown_key_is_counted_as_a_security_event(office: SftpOffice, tmp_path: Path) -> None:
    office.trust(asyncssh.generate_private_key("ssh-ed25519"))
    before = metrics.registry.get_sample_value("jobhub_security_events_total", {"jobcenter": "testa", "code": "E408"})
    told: list[dict[str, Any]] = []
    dry_run(small_jobcenter(**config(office)), tmp_path / "none", tmp_path / "s" / "x.sqlite", on_event=told.append)
    after = metrics.registry.get_sample_value("jobhub_security_events_total", {"jobcenter": "testa", "code": "E408"})

    assert (1, ["E408"]) == ((after or 0) - (before or 0), [event["code"] for event in told])


def test_without_known_hosts_anybody_would_be_trusted(
    office: SftpOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(office, "stellen_1.csv", 1)
    office.trust(asyncssh.generate_private_key("ssh-ed25519"))
    connect = asyncssh.connect
    monkeypatch.setattr(asyncssh, "connect", lambda *where, **how: connect(*where, **{**how, "known_hosts": None}))
    with taking(office, tmp_path) as one:
        assert 1 == len(one.fetch())


def test_who_is_not_let_in_stops_and_names_no_password(
    office: SftpOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_SFTP_PASSWORD", "Kanarienvogel-falsch")
    with taking(office, tmp_path, key_file=None, password_env="TEST_SFTP_PASSWORD") as one:
        with pytest.raises(Stop, match="E402") as caught:
            one.fetch()
        assert "Kanarienvogel" not in str(caught.value)


@pytest.mark.parametrize(
    "options, error, code",
    [
        ({"port": 1}, Retry, "E407"),
        ({"folder": "/fehlt"}, Stop, "E409"),
    ],
)
def test_other_troubles_are_named_by_their_reaction(
    office: SftpOffice, tmp_path: Path, options: dict[str, Any], error: type[Exception], code: str
) -> None:
    (office.folder / "stellen_1.csv").write_bytes(b"x" * (2 << 20))
    with taking(office, tmp_path, **options) as one, pytest.raises(error, match=code):
        one.fetch()


def test_a_file_that_is_too_large_is_refused_alone_and_fetched_when_the_limit_is_raised(
    office: SftpOffice, tmp_path: Path
) -> None:
    numbers = range(20_000)
    put(office, "stellen_1.csv", *numbers)
    put(office, "stellen_2.csv", 1)
    with taking(office, tmp_path, megabytes_max=1) as one:
        reports = one.fetch()
        assert [("REFUSED", "E308"), ("COMPLETED", None)] == [(report["state"], report["reason"]) for report in reports]
        assert [] == one.fetch()
        one.jobcenter = small_jobcenter(**config(office, megabytes_max=5))
        one.restart()
        (delivery,) = one.source.deliveries(one.folder, None)
        assert 20_000 == len(list(one.source.read(delivery)))


@pytest.mark.parametrize("options", [{"known_hosts_file": "/nowhere"}, {"key_file": "/nowhere"}])
def test_missing_files_are_said_at_the_start(office: SftpOffice, tmp_path: Path, options: dict[str, Any]) -> None:
    with pytest.raises(Stop, match="E701"), taking(office, tmp_path, **options):
        pass


@pytest.mark.parametrize(
    "options", [{"known_hosts_file": None}, {"type": "sftp_folder"}, {"type": "gibtsnicht"}, {"key_file": None}]
)
def test_what_does_not_hold_together_is_refused(office: SftpOffice, tmp_path: Path, options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError), taking(office, tmp_path, **options):
        pass


def test_a_local_file_can_be_checked_without_the_server(office: SftpOffice, tmp_path: Path) -> None:
    path = put(office, "stellen_1.csv", 1, 2)
    before = office.logins

    found = check_file(small_jobcenter(**config(office)), "stellen", path)

    assert (2, 2, before) == (found.rows, found.valid, office.logins)
