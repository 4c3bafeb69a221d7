"""Files fetched from a folder on an SFTP server and read by the file type named under `type`.

A file is fetched when it is whole: its size stays the same, or its marker lies beside it. After it was taken it is
moved to another folder on the server, or remembered where that is not permitted. The server's key must be in a
known_hosts file; what is met for the first time is not trusted.
"""

from __future__ import annotations

import asyncio
import importlib
import stat
import time
from collections.abc import Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar

from pydantic import Field, model_validator

from connectors.contract.delivery import Delivery, Load
from connectors.contract.reading import Reading
from connectors.contract.source import Source as AnySource
from connectors.contract.source import SourceOptions, Wanted
from connectors.contract.workplace import Workplace
from connectors.errors import Retry, Stop
from connectors.file_hashes import sha256_of
from connectors.file_source import day_of
from connectors.named_secrets import secret
from connectors.names import plain
from connectors.spool import Spool
from connectors.state_away import is_full
from schemas.faults import Wrong
from schemas.jobcenter import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_T = TypeVar("_T")
_AGAIN_SECONDS = 60.0
_BLOCK_BYTES = 1 << 20


class Options(SourceOptions):
    """Which server and folder; `type` and `type_options` say how its files are written."""

    host: str
    port: int = Field(default=22, ge=1, le=65535)
    user: str
    folder: str
    known_hosts_file: str = Field(description="the server's key, from its operator: ssh-keyscan alone proves nothing")
    key_file: str | None = None
    key_password_env: str | None = Field(default=None, description="variable with the password of the key file")
    password_env: str | None = Field(default=None, description="variable that holds the password")
    password_file: str | None = Field(default=None, description="file that holds the password")
    type: str
    type_options: dict[str, Any] = Field(default_factory=dict)
    whole: Literal["size_stable", "marker"] = Field(default="size_stable", description="when a file is whole")
    marker: str = Field(default=".done", min_length=1, description="ending of the marker beside a whole file")
    ignore: list[str] = Field(
        default=["*.tmp", "*.part", "*.filepart"], description="names of files still being written"
    )
    stable_seconds: float = Field(default=5.0, gt=0, le=60)
    done_folder: str | None = Field(default="done", description="where taken files are moved; null: not moved")
    every_minutes: float = Field(default=5, gt=0)
    megabytes_max: int = Field(default=2000, ge=1)
    seconds_max: int = Field(default=600, ge=1, description="limit of one look, fetching included")

    @model_validator(mode="after")
    def _signs_in_somehow(self) -> Self:
        if not (self.key_file or self.password_env or self.password_file):
            raise Wrong(
                "give key_file, password_env or password_file", de="key_file, password_env oder password_file angeben"
            )
        if self.type == "sftp_folder":
            raise Wrong("type names the type of the files", de="type nennt die Art der Dateien")
        return self


@dataclass(frozen=True, slots=True)
class Remote:
    """A file as the server lists it."""

    name: str
    size: int
    mtime: int

    @property
    def mark(self) -> str:
        """What tells this file from another of its name."""
        return f"{self.size}/{self.mtime}"


class Source:
    """A folder on an SFTP server."""

    def __init__(self, name: str, options: Mapping[str, Any], wanted: Wanted, files: str | None, load: Load) -> None:
        self.name, self.wanted, self.load, self.files = name, wanted, load, files or "*"
        self.options = Options.model_validate(dict(options))
        try:
            module = importlib.import_module(f"connectors.sources.{self.options.type}")
        except ModuleNotFoundError:
            raise ConfigurationError(
                f"sources.{name}.options.type",
                f"unknown type {self.options.type!r}",
                de=f"die Quellenart {self.options.type!r} gibt es nicht",
            ) from None
        self._inner: AnySource = module.Source(name, self.options.type_options, wanted, self.files, load)
        self._spool: Spool | None = None
        self._looked_at: float | None = None

    def open(self, workplace: Workplace) -> None:
        """See at the start whether library, host key and secrets are there."""
        try:
            importlib.import_module("asyncssh")
        except ModuleNotFoundError:
            raise Stop("E701", "sftp_folder needs a package: pip install asyncssh") from None
        self._spool = Spool(workplace.private)
        for path in (self.options.known_hosts_file, self.options.key_file):
            if path and not Path(path).is_file():
                raise Stop("E701", f"there is no file {path}")
        self._secrets()

    def close(self) -> None:
        """Nothing is held open between two looks."""

    def deliveries(self, folder: Path, until: date | None) -> list[Delivery]:
        """Fetched files that wait, oldest day first; the server is looked at once in each period."""
        if self._spool is None:
            return []
        now = time.monotonic()
        if self._looked_at is None or now - self._looked_at >= self.options.every_minutes * 60:
            _run(self._look(self._spool))
            self._looked_at = time.monotonic()
        found = []
        for name, facts in self._spool.recall().get("waiting", {}).items():
            day = day_of(name)
            if not (until and day and day > until):
                # The time of the file is part of it: the same content may rightly come once more, later.
                moment, sha256 = facts["mark"].replace("/", "-"), facts["sha256"]
                path = self._spool.path(facts["file"]) if facts["file"] else None
                found.append(Delivery(self.name, plain(name), path, sha256, day, self.load, moment))
        return sorted(found, key=lambda delivery: delivery.order)

    def read(self, delivery: Delivery) -> Reading:
        """As the type of the file does."""
        if delivery.path is None:
            raise Stop("E308", f"{delivery.file} was not fetched; the limit is {self._bytes_max:,} bytes")
        return self._inner.read(delivery)

    def settled(self, delivery: Delivery) -> None:
        """The copy here goes; the file on the server is moved at the next look."""
        if self._spool is None or delivery.path is None:
            return
        facts = self._spool.recall()
        for name, entry in dict(facts.get("waiting", {})).items():
            if entry["file"] == delivery.path.name and entry["sha256"] == delivery.sha256:
                del facts["waiting"][name]
                facts.setdefault("done", {})[name] = {"mark": entry["mark"], "sha256": entry["sha256"]}
        self._spool.remember(facts)
        self._spool.keep_only(_files(facts.get("waiting", {})))

    @property
    def _bytes_max(self) -> int:
        return self.options.megabytes_max << 20

    # ----------------------------------------------------------------------------------------------- on the server

    async def _look(self, spool: Spool) -> None:
        async with self._server() as sftp, asyncio.timeout(self.options.seconds_max):
            listed = await self._list(sftp)
            facts = spool.recall()
            done: dict[str, Any] = facts.setdefault("done", {})
            waiting: dict[str, Any] = facts.setdefault("waiting", {})
            await self._move_done(sftp, listed, done)
            # What is no longer on the server need not be remembered, and may come again.
            for name in [name for name in done if name not in listed]:
                del done[name]
            known = {
                **done,
                **{name: entry for name, entry in waiting.items() if entry["file"] or not self._fits(entry)},
            }
            new = [one for one in listed.values() if known.get(one.name, {}).get("mark") != one.mark]
            for one in await self._whole(sftp, new):
                if one.size > self._bytes_max:
                    # Handed out all the same, and refused when it is read: somebody has to hear of it.
                    waiting[one.name] = {"file": None, "sha256": None, "mark": one.mark}
                    continue
                file, sha256 = await self._fetch(sftp, spool, one)
                if file is not None:
                    waiting[one.name] = {"file": file, "sha256": sha256, "mark": one.mark}
                    spool.remember(facts)  # each for itself: what is fetched is not fetched again
            spool.remember(facts)
            spool.keep_only(_files(waiting))

    def _fits(self, entry: Mapping[str, Any]) -> bool:
        """Whether a file that was too large no longer is: the limit was raised."""
        return int(entry["mark"].partition("/")[0]) <= self._bytes_max

    async def _list(self, sftp: Any) -> dict[str, Remote]:
        """Ordinary files of the folder that fit the pattern and are whole by their marker."""
        entries = {str(entry.filename): entry.attrs for entry in await sftp.readdir(self.options.folder)}
        found = {}
        for name, attributes in sorted(entries.items()):
            # Links are not followed, and a name must not lead elsewhere.
            ordinary = attributes.permissions is not None and stat.S_ISREG(attributes.permissions)
            plain_name = name.isprintable() and "/" not in name and "\\" not in name and not name.startswith(".")
            ignored = any(fnmatchcase(name, pattern) for pattern in self.options.ignore)
            marked = self.options.whole != "marker" or name + self.options.marker in entries
            if ordinary and plain_name and marked and not ignored and fnmatchcase(name, self.files):
                found[name] = Remote(name, int(attributes.size or 0), int(attributes.mtime or 0))
        return found

    async def _whole(self, sftp: Any, new: list[Remote]) -> list[Remote]:
        """Files that are not being written any more."""
        if not new or self.options.whole == "marker":
            return new
        await asyncio.sleep(self.options.stable_seconds)
        again = await self._list(sftp)
        return [one for one in new if again.get(one.name) == one]

    async def _fetch(self, sftp: Any, spool: Spool, one: Remote) -> tuple[str | None, str]:
        path = spool.path(f"{one.mtime}-{one.name}")
        part = path.with_name(path.name + ".part")
        spool.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        size = 0
        async with sftp.open(f"{self.options.folder}/{one.name}", "rb") as file:
            with part.open("wb") as copy:
                while block := await file.read(_BLOCK_BYTES):
                    size += len(block)
                    if size > one.size:
                        break  # it grew meanwhile
                    copy.write(block)
        now = await sftp.lstat(f"{self.options.folder}/{one.name}")
        if size != one.size or (int(now.size or 0), int(now.mtime or 0)) != (one.size, one.mtime):
            part.unlink()
            return None, ""  # it was written while it was fetched; the next look gets it
        sha256 = sha256_of(part)
        spool.adopt(part, path)
        return path.name, sha256

    async def _move_done(self, sftp: Any, listed: dict[str, Remote], done: dict[str, Any]) -> None:
        """Move what was taken. Where that is not permitted it stays, and is remembered."""
        import asyncssh

        target = self.options.done_folder
        if target is None:
            return
        for name, entry in list(done.items()):
            if name not in listed or listed[name].mark != entry["mark"]:
                continue  # gone, or another file of that name by now
            folder = self.options.folder
            place = target if target.startswith("/") else f"{folder}/{target}"
            try:
                if not await sftp.isdir(place):
                    await sftp.mkdir(place)
                if await sftp.exists(f"{place}/{name}"):
                    # Never over another one: its time tells the two apart.
                    await sftp.rename(f"{folder}/{name}", f"{place}/{listed[name].mtime}-{entry['sha256'][:8]}-{name}")
                else:
                    await sftp.rename(f"{folder}/{name}", f"{place}/{name}")
                del listed[name]
                if self.options.whole == "marker":
                    await sftp.remove(f"{folder}/{name}{self.options.marker}")
            except asyncssh.SFTPError:
                continue

    @asynccontextmanager
    async def _server(self) -> AsyncIterator[Any]:
        import asyncssh

        password, key_password = self._secrets()
        where = f"{self.options.host}:{self.options.port}"
        try:
            async with (
                asyncssh.connect(
                    self.options.host,
                    self.options.port,
                    username=self.options.user,
                    password=password,
                    client_keys=[self.options.key_file] if self.options.key_file else None,
                    passphrase=key_password,
                    known_hosts=self.options.known_hosts_file,
                    # Nothing of the user's own: no agent, no configuration that could weaken the above.
                    config=None,
                    agent_path=None,
                    preferred_auth=["publickey", "password"],
                    connect_timeout=20,
                    login_timeout=30,
                    keepalive_interval=15,
                ) as connection,
                connection.start_sftp_client() as sftp,
            ):
                yield sftp
        except asyncssh.HostKeyNotVerifiable:
            raise Stop("E408", f"{where}: its key is not in {self.options.known_hosts_file}") from None
        except asyncssh.PermissionDenied:
            raise Stop("E402", f"{where}: {self.options.user} is not let in") from None
        except asyncssh.SFTPNoSuchFile:
            raise Stop("E409", f"{where}: there is no folder {self.options.folder}") from None
        except asyncssh.SFTPPermissionDenied:
            raise Stop("E403", f"{where}: reading {self.options.folder} is not allowed") from None
        except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError) as error:
            raise Stop("E402", f"{where}: the key file cannot be used ({type(error).__name__})") from None
        except (asyncssh.Error, OSError, TimeoutError) as error:
            if isinstance(error, OSError) and is_full(error):
                raise
            raise Retry("E407", f"{where}: {type(error).__name__}", _AGAIN_SECONDS) from None

    def _secrets(self) -> tuple[str | None, str | None]:
        options = self.options
        return (
            secret(options.password_env, options.password_file, "password"),
            secret(options.key_password_env, None, "password of the key"),
        )


def _files(waiting: Mapping[str, Any]) -> list[str]:
    return [entry["file"] for entry in waiting.values() if entry["file"]]


def _run(work: Coroutine[Any, Any, _T]) -> _T:
    """Run to the end. The runner looks for deliveries in a thread that has no loop of its own."""
    return asyncio.run(work)
