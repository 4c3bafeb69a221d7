"""What all samples hold: a few rows whose every cell has the canary in it."""

from __future__ import annotations

from connectors.contract.source import Wanted

CANARY = "Kanarienvogel"
COLUMNS = ("Nr", "Titel", "Ort")
WANTED = Wanted(columns=COLUMNS, key=("Nr",))
ROWS = [{name: f"{CANARY}-{name}-{number}" for name in COLUMNS} for number in range(1, 6)]
"""Five rows of the wanted columns."""
FULL_ROWS = [{**row, "Geheim": f"{CANARY} {place}"} for place, row in enumerate(ROWS)]
"""The same with a column nobody mapped."""
