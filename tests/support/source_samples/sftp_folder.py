"""A folder on an SFTP server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncssh

from connectors.conformance import Sample
from connectors.sources import sftp_folder
from tests.support.sftp_office import sftp_office
from tests.support.source_samples.content import CANARY, COLUMNS, FULL_ROWS, ROWS, WANTED


@contextmanager
def sample(tmp_path: Path) -> Iterator[Sample]:
    """A CSV file; then a longer one without its end, and a server with another key."""
    for name in ("in", "server"):
        (tmp_path / name).mkdir()
    lines = [";".join(FULL_ROWS[0]), *(";".join(row.values()) for row in FULL_ROWS)]
    with sftp_office(tmp_path / "server") as office:
        path = office.folder / "a.csv"
        path.write_text("\n".join(lines) + "\n", "utf-8")
        options = {
            "host": "127.0.0.1", "port": office.port, "user": "jobhub", "folder": "/aus", "stable_seconds": 0.01,
            "known_hosts_file": str(office.known_hosts), "key_file": str(office.key_file), "every_minutes": 1e-6,
            "type": "csv_file", "type_options": {"encoding": "utf-8"}, "done_folder": None,
        }  # fmt: skip

        def cut() -> None:
            path.write_text("\n".join([*lines, "x"]), "utf-8")

        yield Sample(
            lambda: sftp_folder.Source("s", options, WANTED, "*.csv", "full"),
            tmp_path / "in", COLUMNS, ROWS, CANARY,
            spoil=(cut, lambda: office.trust(asyncssh.generate_private_key("ssh-ed25519"))),
        )  # fmt: skip
