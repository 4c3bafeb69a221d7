"""Whether a connector's state file is whole, seen without changing a byte of it, while the connector runs or not."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

from connectors.doctor.verdict import Text

_STEPS_BETWEEN_LOOKS = 10_000
_HARMLESS = {
    sqlite3.SQLITE_BUSY: Text(
        "Zustand gerade belegt: jobhub run übernimmt einen ersten großen Bestand, oder ein anderes Programm hält ihn",
        "state in use just now: jobhub run is taking a large first load, or another program holds it",
    ),
    # What is left of a first load that was killed; only who may write can put the pages of before back.
    sqlite3.SQLITE_READONLY_ROLLBACK: Text(
        "eine erste Übernahme wurde abgebrochen, der nächste Lauf beginnt sie von vorn",
        "a first load was cut off, the next run begins it anew",
    ),
}


def state_of(path: Path, seconds: float) -> tuple[bool, Text]:
    """Whether nothing is wrong with a state file, and what there is to say of it; looked at for so long at most."""
    if not path.exists():
        return True, Text("noch kein Zustand, er entsteht mit dem ersten Lauf", "no state yet, the first run makes it")
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=seconds)) as sql:
            return _read(sql, time.monotonic() + seconds)
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", None) or 0
        if (harmless := _HARMLESS.get(code) or _HARMLESS.get(code & 0xFF)) is not None:
            return True, harmless
        reason = type(error).__name__
        return False, Text(f"nicht lesbar ({reason}).", f"cannot be read ({reason}).")


def _read(sql: sqlite3.Connection, until: float) -> tuple[bool, Text]:
    sql.set_progress_handler(lambda: int(time.monotonic() > until), _STEPS_BETWEEN_LOOKS)
    waiting = sql.execute("SELECT coalesce(sum(waiting), 0) FROM parcel WHERE waiting > 0").fetchone()[0]
    queue = Text(f"{waiting} Datensätze warten auf das Senden", f"{waiting} records wait to be sent")
    try:
        found = sql.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.OperationalError as error:
        if "interrupted" not in str(error):
            raise
        whole = Text("Zustand lesbar (groß, nicht ganz geprüft)", "state readable (large, not wholly checked)")
        return True, Text(f"{whole.de}, {queue.de}", f"{whole.en}, {queue.en}")
    if found != "ok":
        return False, Text("beschädigt (SQLite quick_check).", "damaged (SQLite quick_check).")
    return True, Text(f"Zustand unversehrt, {queue.de}", f"state intact, {queue.en}")
