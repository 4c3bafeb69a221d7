"""Whether a delivery is what its source promised. What is not is stopped as a whole, before anything of it is sent.

A mapping that broke refuses thousands of rows for one cause; a wrong filter exports twice the rows. Half of such a
delivery would be worse than none: so nothing of it is sent or ended, its rows stay where they are, and the other
sources go on. A full list that comes later is judged by itself. Changes that come later wait, since the ones that
were stopped would be missing before them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from connectors.errors import Stop
from connectors.report import Tally
from schemas.expect import NOT_OURS, OLD_BYTES, STOPPED, STORM, TOO_MANY, Expect

LAST_DELIVERIES = 7
_ENOUGH_DELIVERIES = 3
_ENOUGH_OFFERS, _LISTED_SHARE = 20, 0.10
_FEW_CHANGES = 20


class Unexpected(Stop):
    """A delivery that is not what was promised. `asked` is the number an operator may allow; `column` the cause's."""

    def __init__(self, code: str, what: str, asked: int, column: str | None = None) -> None:
        super().__init__(code, what)
        self.asked, self.column = asked, column


def usual_rows(last: Sequence[int]) -> float | None:
    """Rows of a usual delivery: the median of the last ones; None while there are too few to tell."""
    return median(last) if len(last) >= _ENOUGH_DELIVERIES else None


def require_expected(expect: Expect, tally: Tally, usual: float | None, allowed: Mapping[str, int], file: str) -> None:
    """Refuse a delivery with more rows than expected, or with a storm of refused ones.

    Args:
        expect: what the source promised.
        tally: what was found.
        usual: rows of a usual delivery.
        allowed: code to the number an operator allowed.
        file: for the message.

    Raises:
        Unexpected: E505 more rows than expected, E503 a storm.
    """
    ceiling = expect.rows.ceiling(usual)
    if ceiling is not None and tally.rows > max(ceiling, allowed.get(TOO_MANY, 0)):
        raise Unexpected(TOO_MANY, f"{file}: {tally.rows} rows; at most {ceiling} are expected", tally.rows)
    if not tally.causes:
        return
    ((code, column), refused), *_ = tally.causes.most_common(1)
    if refused > allowed.get(STORM, 0) and expect.refused.is_storm(refused, tally.rows):
        where = f" in column {column}" if column else ""
        raise Unexpected(STORM, f"{file}: {refused} of {tally.rows} rows with {code}{where}", refused, column)


def require_ours(listed: int, active: int, new: int, allowed: Mapping[str, int], file: str) -> None:
    """Refuse a full delivery that is hardly of this source: its rows would stand beside ours, and ours be missing.

    Args:
        listed: active entities of the source that it lists.
        active: active entities of the source before it.
        new: entities it lists that nobody knew.
        allowed: code to the number an operator allowed.
        file: for the message.

    Raises:
        Unexpected: E506.
    """
    if new <= allowed.get(NOT_OURS, 0) or min(active, new) < _ENOUGH_OFFERS or listed >= _LISTED_SHARE * active:
        return
    raise Unexpected(NOT_OURS, f"{file}: it lists {listed} of {active} offers that are known, and {new} new ones", new)


def require_no_old_bytes(older: str | None, undone: int, allowed: Mapping[str, int], file: str) -> None:
    """Refuse a full delivery that holds, byte for byte, what an older one held: it would undo what came since.

    A short list may well come to what it was before; so a few changes are let through.

    Args:
        older: file of that older delivery, not the last one; None: there is none.
        undone: offers it would change, open again, or end.
        allowed: code to the number an operator allowed.
        file: for the message.

    Raises:
        Unexpected: E507.
    """
    if older is not None and undone > max(_FEW_CHANGES, allowed.get(OLD_BYTES, 0)):
        raise Unexpected(
            OLD_BYTES, f"{file}: byte for byte {older}; {undone} offers would be as they were then", undone
        )


def is_stopped(report: Mapping[str, Any]) -> bool:
    """Whether a delivery was stopped as a whole because it is not what was promised."""
    return report["state"] == "REFUSED" and report["reason"] in STOPPED


def holds_up(report: Mapping[str, Any]) -> bool:
    """Whether later deliveries of its source have to wait."""
    return is_stopped(report) and bool(report["load"] == "DELTA")
