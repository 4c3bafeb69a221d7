"""What may become of a reported job, and what each step does to it. Pure: no clock, no database, no mail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

Content = Mapping[str, Any]
"""What a job says, as `hub/portal/listing.py` gives it to a connector."""


class State(StrEnum):
    """Where a job stands. One that is only typed into the form stands nowhere: the form is the draft."""

    UNCONFIRMED = "UNCONFIRMED"
    WAITING = "WAITING"
    ACCEPTED = "ACCEPTED"
    CHANGED = "CHANGED"
    REFUSED = "REFUSED"
    FILLED = "FILLED"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"


class Action(StrEnum):
    """What somebody does. CHANGE to EXTEND are the employer's, EXPIRE is the calendar's."""

    CONFIRM = "CONFIRM"
    ACCEPT = "ACCEPT"
    REFUSE = "REFUSE"
    CHANGE = "CHANGE"
    FILL = "FILL"
    WITHDRAW = "WITHDRAW"
    EXTEND = "EXTEND"
    EXPIRE = "EXPIRE"


_S, _A = State, Action
_NEXT: dict[State, dict[Action, State]] = {
    _S.UNCONFIRMED: {_A.CONFIRM: _S.WAITING},
    _S.WAITING: {
        _A.ACCEPT: _S.ACCEPTED,
        _A.REFUSE: _S.REFUSED,
        _A.CHANGE: _S.WAITING,
        _A.FILL: _S.FILLED,
        _A.WITHDRAW: _S.WITHDRAWN,
        _A.EXPIRE: _S.EXPIRED,
    },
    _S.ACCEPTED: {
        _A.CHANGE: _S.CHANGED,
        _A.FILL: _S.FILLED,
        _A.WITHDRAW: _S.WITHDRAWN,
        _A.EXTEND: _S.ACCEPTED,
        _A.EXPIRE: _S.EXPIRED,
    },
    # An accepted job with a change that waits; what was accepted stays published meanwhile.
    _S.CHANGED: {
        _A.ACCEPT: _S.ACCEPTED,
        _A.REFUSE: _S.ACCEPTED,
        _A.CHANGE: _S.CHANGED,
        _A.FILL: _S.FILLED,
        _A.WITHDRAW: _S.WITHDRAWN,
        _A.EXTEND: _S.CHANGED,
        _A.EXPIRE: _S.EXPIRED,
    },
}

ENDED = frozenset({State.FILLED, State.WITHDRAWN, State.EXPIRED})
"""States whose name is the reason of the end in the vacancy event."""
FINAL = ENDED | {State.REFUSED}
AT_THE_DESK = frozenset({State.WAITING, State.CHANGED})
"""What the staff of the Jobcenter have to decide."""
PUBLISHED = frozenset({State.ACCEPTED, State.CHANGED})


class NotNow(Exception):
    """The step does not fit the state: the link was used before, or somebody was faster."""


@dataclass(frozen=True, slots=True)
class Life:
    """What a job is. `version` is 0 until it is first listed, then it counts every change of what is listed."""

    state: State = State.UNCONFIRMED
    version: int = 0
    accepted: Content | None = None
    proposed: Content | None = None

    @property
    def shown(self) -> Content:
        """What the employer and the staff see: the newest."""
        return self.proposed or self.accepted or {}


def may(state: State, action: Action) -> bool:
    """Whether a step fits a state."""
    return action in _NEXT.get(state, {})


def after(life: Life, action: Action, content: Content | None = None) -> Life:
    """The job after a step.

    Args:
        life: the job before it.
        action: the step.
        content: what CHANGE proposes, what ACCEPT publishes (day of publication set), what EXTEND publishes.

    Raises:
        NotNow: the step does not fit.
    """
    if not may(life.state, action):
        raise NotNow(f"{action} in {life.state}")
    state = _NEXT[life.state][action]
    listed = life.version > 0
    if action is Action.CHANGE:
        return replace(life, state=state, proposed=content)
    if action is Action.ACCEPT:
        return Life(state, life.version + 1, content or life.proposed, None)
    if action is Action.EXTEND:
        return replace(life, version=life.version + 1, accepted=content)
    if action is Action.REFUSE:
        return replace(life, state=state, proposed=None if listed else without_contact(life.proposed))
    if state in ENDED:
        # The contact goes at once; what is left serves the statistics until the text goes as well.
        ended = without_contact(life.accepted or life.proposed)
        return Life(state, life.version + 1 if listed else 0, ended, None)
    return replace(life, state=state)


def without_contact(content: Content | None) -> Content | None:
    """The same without the people to write to."""
    return None if content is None else {**content, "contact": None}
