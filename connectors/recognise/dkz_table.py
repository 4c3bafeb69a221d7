"""The table beside HR-BA-XML files that makes KldB codes of the Bundesagentur's occupation numbers (DKZ)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from connectors.errors import Stop
from connectors.recognise.header import folded
from connectors.recognise.look import samples_of

DKZ_TABLE = "dkz_kldb"
"""Name of the table in the Jobcenter's file."""


def dkz_tables(folder: Path) -> dict[str, Any]:
    """The first table of a folder that has a column of DKZ numbers and one of KldB codes."""
    for path in sorted(folder.glob("*.csv")):
        try:
            sample = samples_of(path)[0]
        except (Stop, OSError):
            continue
        if sample.type != "csv_file":
            continue
        names = {folded(name): name for name in sample.header}
        dkz = next((name for plain, name in names.items() if plain.startswith("dkz")), None)
        kldb = next((name for plain, name in names.items() if plain.startswith("kldb")), None)
        if dkz and kldb and len(names) <= 5:
            layout = {name: sample.options[name] for name in ("encoding", "delimiter")}
            return {DKZ_TABLE: {"file": path.name, "key": dkz, "value": kldb, **layout}}
    return {}
