"""What the state of a delivery is called for people; programs read the names of the delivery schema."""

from __future__ import annotations

from hub.cli.output import t
from schemas.expect import STOPPED

_STATES = {
    "BEGUN": ("läuft", "running"),
    "READ": ("gelesen", "read"),
    "COMPLETED": ("vollständig", "complete"),
    "HELD": ("wartet auf Freigabe", "waits for approval"),
    "REFUSED": ("zurückgewiesen", "refused"),
}


def state_words(state: str, reason: str | None) -> str:
    """The state in words, and the code that says why: "wartet auf Freigabe (E501)"."""
    words = _STATES.get(state, (state, state))
    if state == "REFUSED" and reason in STOPPED:
        words = ("gestoppt", "stopped")
    because = f" ({reason})" if reason and state in ("HELD", "REFUSED") else ""
    return t(*words) + because
