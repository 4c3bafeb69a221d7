"""What only concerns the own house: disk and state, the Jobcenter's file, the folder of deliveries, the web proxy."""

from __future__ import annotations

import os
import shutil
import tempfile
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from connectors.doctor.state_file import state_of
from connectors.doctor.verdict import Check, Text, failure, ok, skipped, warning
from connectors.errors import Stop
from connectors.lookups import read_lookups
from connectors.mapping.row_mapping import RowMapping
from connectors.registry import build_source
from connectors.renamed import left_open_in
from schemas.due import overdue_since
from schemas.jobcenter import ConfigurationError, Jobcenter, known_jobcenters
from schemas.secret import is_variable, read_secret

_LITTLE_MB, _TOO_LITTLE_MB = 1000, 100
_WHICH_FOLDER = Text(
    "Den Ordner anlegen, oder nennen: jobhub doctor <id> --deliveries <ordner>",
    "Create it, or name it: jobhub doctor <id> --deliveries <folder>",
)


def check_disk(state: Path, seconds: float) -> Check:
    """Whether the folder of the state can be written, has room, and the state file is whole. Leaves nothing behind."""
    folder = next((place for place in (state.parent, *state.parents) if place.is_dir()), None)
    if folder is None or not os.access(folder, os.W_OK):
        return failure(
            "disk", "E711", f"In {state.parent} kann nicht geschrieben werden.", f"Cannot write in {state.parent}."
        )
    if folder == state.parent and (problem := _cannot_write(folder)):
        what = Text(f"In {folder} kann nicht geschrieben werden ({problem}).", f"Cannot write in {folder} ({problem}).")
        return failure("disk", "E711", what.de, what.en)
    free = shutil.disk_usage(folder).free // 1_000_000
    room = Text(f"{free / 1000:.1f} GB frei".replace(".", ","), f"{free / 1000:.1f} GB free")
    if free < _TOO_LITTLE_MB:
        return failure("disk", "E711", f"{state.parent}: nur {room.de}.", f"{state.parent}: only {room.en}.", mb=free)
    whole, told = state_of(state, seconds)
    if not whole:
        return failure("disk", "E712", f"{state}: {told.de}", f"{state}: {told.en}", free_mb=free)
    de, en = f"{state.parent}: {room.de}; {told.de}", f"{state.parent}: {room.en}; {told.en}"
    if free < _LITTLE_MB:
        return warning("disk", "W711", de, en, free_mb=free)
    return ok("disk", de, en, free_mb=free)


def _cannot_write(folder: Path) -> str | None:
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"jobhub doctor")
    except OSError as error:
        return error.strerror or type(error).__name__
    return None


def check_configuration(
    jobcenter: Jobcenter | ConfigurationError | None, place: Path, state: Path | None = None
) -> Check:
    """Whether the Jobcenter's file holds together, its sources and mappings included, and its secrets are there."""
    if jobcenter is None:
        known = ", ".join(known_jobcenters(place.parent)) or "–"
        return failure(
            "configuration",
            "E702",
            f"Es ist nicht klar, um welches Jobcenter es geht. Eingerichtet: {known}.",
            f"It is not clear which Jobcenter is meant. Set up: {known}.",
            todo=Text("Die Kennung nennen: jobhub doctor <id>", "Name its id: jobhub doctor <id>"),
        )
    if isinstance(jobcenter, ConfigurationError):
        return _faulty(jobcenter)
    try:
        tables = {name: dict[str, str]() for name in jobcenter.lookups}
        for name, source in jobcenter.sources.items():
            build_source(jobcenter, name)
            RowMapping(jobcenter, name, tables)
            for option, variable in source.options.items():
                if option.endswith("_env") and isinstance(variable, str):
                    _require(f"{place.name}: sources.{name}.options.{option}", variable)
    except ConfigurationError as error:
        return _faulty(error)
    names = ", ".join(jobcenter.sources)
    if left := state and left_open_in(state, jobcenter):
        told = ", ".join(f"{one.source} ({one.count})" for one in left)
        de, en = f"{place}: ohne Eintrag, aber offen: {told}", f"{place}: not in it, but open: {told}"
        return warning("configuration", "W716", de, en, sources=list(jobcenter.sources))
    return ok(
        "configuration", f"{place}: Quellen {names}", f"{place}: sources {names}", sources=list(jobcenter.sources)
    )


def _require(where: str, variable: str) -> None:
    if not is_variable(variable):
        # Perhaps it is the secret itself, so it is not repeated.
        raise ConfigurationError(where, "is no name of a variable", de="ist kein Name einer Variablen")
    read_secret(variable)


def _faulty(error: ConfigurationError) -> Check:
    return failure("configuration", error.code, f"{error.where}: {error.de}", f"{error.where}: {error.what}")


def check_deliveries(jobcenter: Jobcenter | ConfigurationError | None, folder: Path) -> Check:
    """Whether the folder and its files can be read and something of each source lies in it. No row is read."""
    if not isinstance(jobcenter, Jobcenter):
        return skipped("deliveries", "keine gültige YAML-Datei", "no valid YAML file")
    from_files = {name: one for name, one in jobcenter.sources.items() if one.files is not None}
    if not from_files:
        return skipped("deliveries", "keine Quelle liest aus Dateien", "no source reads files")
    if not folder.is_dir():
        what = Text(f"Den Ordner {folder} gibt es nicht.", f"There is no folder {folder}.")
        return failure("deliveries", "E713", what.de, what.en, todo=_WHICH_FOLDER, folder=str(folder))
    if not _can_list(folder):
        what = Text(f"{folder} ist für dieses Konto nicht lesbar.", f"{folder} cannot be read by this account.")
        return failure("deliveries", "E713", what.de, what.en, folder=str(folder))
    quiet: list[Text] = []
    told: list[Text] = []
    for name, source in from_files.items():
        files = [path for path in folder.glob(str(source.files)) if path.is_file()]
        locked = sum(not _can_open(path) for path in files)
        if locked:
            # The names stay here: what the doctor says may be passed on, and a name can be somebody's.
            what = Text(
                f"{folder}: {locked} von {len(files)} Dateien {source.files} nicht lesbar.",
                f"{folder}: {locked} of {len(files)} files {source.files} cannot be read.",
            )
            return failure("deliveries", "E713", what.de, what.en, folder=str(folder))
        if not files:
            quiet.append(Text(f"{name}: keine Datei {source.files}", f"{name}: no file {source.files}"))
            continue
        now = datetime.now(UTC)
        newest = datetime.fromtimestamp(max(path.stat().st_mtime for path in files), UTC)
        hours = (now - newest).total_seconds() / 3600
        number = len(files)
        count = Text(
            f"{name}: {number} {'Datei' if number == 1 else 'Dateien'}, neueste vor {_age(hours).de}",
            f"{name}: {number} {'file' if number == 1 else 'files'}, the newest {_age(hours).en} ago",
        )
        (quiet if overdue_since(source, newest, now) else told).append(count)
    try:
        read_lookups(jobcenter.lookups, folder)
    except Stop as error:
        return failure("deliveries", error.code, error.what, error.what, folder=str(folder))
    whole = [*quiet, *told]
    de = f"{folder}: " + "; ".join(part.de for part in whole)
    en = f"{folder}: " + "; ".join(part.en for part in whole)
    if quiet:
        return warning("deliveries", "W712", de, en, folder=str(folder))
    return ok("deliveries", de, en, folder=str(folder))


def _can_list(folder: Path) -> bool:
    # Tried, not asked: on Windows os.access knows nothing of who may read what.
    try:
        with os.scandir(folder) as entries:
            next(entries, None)
    except OSError:
        return False
    return True


def _can_open(path: Path) -> bool:
    try:
        with path.open("rb"):
            return True
    except OSError:
        return False


def _age(hours: float) -> Text:
    if hours < 1:
        minutes = max(0, int(hours * 60))
        return Text(f"{minutes} min", f"{minutes} min")
    if hours < 48:
        return Text(f"{hours:.0f} h", f"{hours:.0f} h")
    return Text(f"{hours / 24:.0f} Tagen", f"{hours / 24:.0f} days")


def check_proxy(registry_url: str | None) -> Check:
    """Which web proxy this machine uses, if any, and what that means: Kafka never goes through it."""
    proxies = {kind: _without_account(address) for kind, address in urllib.request.getproxies().items() if kind != "no"}
    if not proxies:
        return ok(
            "proxy",
            "kein Web-Proxy eingetragen (Kafka braucht keinen)",
            "no web proxy is set (Kafka needs none)",
            proxies={},
        )
    told = ", ".join(sorted(set(proxies.values())))
    de = f"{told} eingetragen; Kafka benutzt ihn nicht, sein Port muss direkt frei sein"
    en = f"{told} is set; Kafka does not use it, its port must be open directly"
    host = urlsplit(registry_url or "").hostname
    if host:
        around = bool(urllib.request.proxy_bypass(host))
        de += f"; {host} " + ("am Proxy vorbei (no_proxy)" if around else "über den Proxy")
        en += f"; {host} " + ("past the proxy (no_proxy)" if around else "through the proxy")
    return ok("proxy", de, en, proxies=proxies)


def _without_account(address: str) -> str:
    """Host and port of a proxy; account and password that stand before them are left out."""
    found = urlsplit(address if "//" in address else f"//{address}")
    try:
        port = found.port
    except ValueError:
        port = None
    return (found.hostname or "?") + (f":{port}" if port else "")
