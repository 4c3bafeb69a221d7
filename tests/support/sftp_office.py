"""An SFTP server on the loopback address whose root is a folder of the test, in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncssh

PASSWORD = "Kanarienvogel-Kennwort"


class SftpOffice:
    """The running server and what a client needs to know of it."""

    def __init__(self, root: Path) -> None:
        self.root, self.folder = root, root / "files" / "aus"
        self.folder.mkdir(parents=True)
        self.port = 0
        self.may_move = True
        self.logins = 0
        self.known_hosts, self.key_file = root / "known_hosts", root / "key"
        self._host_key = asyncssh.generate_private_key("ssh-ed25519")
        client_key = asyncssh.generate_private_key("ssh-ed25519")
        client_key.write_private_key(self.key_file)
        self._allowed = asyncssh.import_authorized_keys(client_key.export_public_key().decode())
        self._stop = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def trust(self, key: Any = None) -> None:
        """Write the server's key, or another one, into known_hosts."""
        public = (key or self._host_key).export_public_key().decode().strip()
        self.known_hosts.write_text(f"[127.0.0.1]:{self.port} {public}\n", "utf-8")

    async def serve(self, ready: threading.Event) -> None:
        """Until stopped."""
        office = self

        class Server(asyncssh.SSHServer):
            def begin_auth(self, username: str) -> bool:
                office.logins += 1
                return True

            def password_auth_supported(self) -> bool:
                return True

            def validate_password(self, username: str, password: str) -> bool:
                return (username, password) == ("jobhub", PASSWORD)

        class Files(asyncssh.SFTPServer):
            def __init__(self, channel: Any) -> None:
                super().__init__(channel, chroot=str(office.root / "files").encode())

            def rename(self, oldpath: bytes, newpath: bytes) -> None:
                if not office.may_move:
                    raise asyncssh.SFTPPermissionDenied("no")
                super().rename(oldpath, newpath)

            def mkdir(self, path: bytes, attrs: Any) -> None:
                if not office.may_move:
                    raise asyncssh.SFTPPermissionDenied("no")
                super().mkdir(path, attrs)

        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        async with await asyncssh.create_server(
            Server,
            "127.0.0.1",
            0,
            server_host_keys=[self._host_key],
            authorized_client_keys=self._allowed,
            sftp_factory=Files,
        ) as server:
            self.port = server.get_port()
            ready.set()
            await self._stop.wait()

    def stop(self) -> None:
        """End it."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)


@contextmanager
def sftp_office(root: Path) -> Iterator[SftpOffice]:
    """A server that runs as long as the block, with its key in known_hosts."""
    office, ready = SftpOffice(root), threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(office.serve(ready)), daemon=True)
    thread.start()
    assert ready.wait(20)
    office.trust()
    try:
        yield office
    finally:
        office.stop()
        thread.join(10)
