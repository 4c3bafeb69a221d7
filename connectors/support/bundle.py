"""The zip for those who help: what goes into it, a last look for secrets, and a page that says what it holds."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from connectors.support.configuration import REMOVED

README = "LIESMICH.txt"
_SHORTEST_SECRET = 4

_TEXT = """\
Paket für die Hilfe bei einem Connector des Jobhubs
(English below)

Erstellt am {now} mit „jobhub support-bundle“. Es wurde nichts gesendet: Wer diese Datei bekommt, entscheiden Sie.

Darin ist:
  versions.json    Versionen von Python, System und Paketen
  settings.json    die Variablen JOBHUB_*; was ein Kennwort sein kann, ist entfernt
  jobcenter.json   die YAML-Datei: Quellen, Muster, Felder und Spaltennamen; keine festen Werte
  doctor.json      das Ergebnis von „jobhub doctor“
  deliveries.json  je Lieferung Anzahlen und Codes; keine Dateinamen, keine Zeilen
  state.json       Aufbau der Zustandsdatei und Anzahl der Zeilen je Tabelle
  log.json         die letzten Zeilen des Protokolls: Zeit, Art, Code, Anzahl; fremde Texte sind entfernt

Nicht darin ist: kein Wert aus einer Zeile, kein Kennwort, kein Schlüssel, keine Datei aus dem Ordner der Lieferungen.
Sehen Sie selbst nach: Alles ist lesbarer Text.

---

Bundle for those who help with a connector of the job hub

Made on {now} by "jobhub support-bundle". Nothing was sent: who gets this file is for you to decide.

In it are:
  versions.json    versions of Python, system and packages
  settings.json    the variables JOBHUB_*; whatever may be a password is taken out
  jobcenter.json   the YAML file: sources, patterns, fields and names of columns; no fixed values
  doctor.json      the result of "jobhub doctor"
  deliveries.json  counts and codes of each delivery; no file names, no rows
  state.json       the tables of the state file and how many rows they have
  log.json         the last lines of the log: time, kind, code, count; texts of others are taken out

Not in it are: any value of a row, any password, any key, any file from the folder of deliveries.
See for yourself: all of it is readable text.
"""


def texts_of(parts: Mapping[str, Any], secrets: Iterable[str]) -> dict[str, str]:
    """File → text. A secret that came through all the same is taken out here, as the last net."""
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    found = {README: _TEXT.format(now=now)}
    for name, value in parts.items():
        found[f"{name}.json"] = json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n"
    known = sorted({secret for secret in secrets if len(secret) >= _SHORTEST_SECRET}, key=len, reverse=True)
    return {name: _without(text, known) for name, text in found.items()}


def _without(text: str, secrets: list[str]) -> str:
    for secret in secrets:
        # As JSON writes it, too: a quote or a backslash in a password looks different there.
        for form in {secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}:
            text = text.replace(form, REMOVED)
    return text


def write_bundle(path: Path, texts: Mapping[str, str]) -> None:
    """Write the zip, for its owner's eyes only.

    Raises:
        FileExistsError: there is one already.
        OSError: it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(descriptor, "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, text in texts.items():
            bundle.writestr(name, text)
