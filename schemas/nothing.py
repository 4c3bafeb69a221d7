"""What back offices and people write where they mean nothing: connectors and the employer portal read it alike."""

from __future__ import annotations

NOTHING = frozenset({"", "-", "--", "k.A.", "k. A.", "k.a.", "NULL", "null", "#NV", "#N/A"})
