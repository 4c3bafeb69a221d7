"""What becomes of each record of a batch: rules V6 to V11, in the order of the offsets. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

from hub.sinks.engine.target import Item, Key, Order, State


class Outcome(Enum):
    """What a sink did with a record. SUPERSEDED: applied, and a newer one came in the same batch."""

    APPLIED = "applied"
    SUPERSEDED = "superseded"
    DUPLICATE = "duplicate"
    STALE = "stale"
    CONFLICT = "conflict"
    REJECTED = "rejected"
    EXPIRED_UNREAD = "expired_unread"


@dataclass(frozen=True, slots=True)
class Noted:
    """A record that was not simply applied."""

    offset: int
    outcome: Outcome
    entity: str | None
    code: str | None = None


@dataclass(slots=True)
class Verdict:
    """The one item to write for each key, and the records that were not simply applied."""

    winners: dict[Key, Item] = field(default_factory=dict)
    noted: list[Noted] = field(default_factory=list)


def decide(batch: Iterable[Item], known: Mapping[Key, State]) -> Verdict:
    """Judge the items one after the other.

    Args:
        batch: items in the order of their offsets.
        known: what the table holds of their keys.
    """
    verdict, states = Verdict(), dict(known)
    for item in batch:
        state = states.get(item.key)
        outcome = judge(item, state)
        if outcome is not Outcome.APPLIED:
            verdict.noted.append(Noted(item.offset, outcome, name_of(item.key)))
            continue
        if beaten := verdict.winners.get(item.key):
            verdict.noted.append(Noted(beaten.offset, Outcome.SUPERSEDED, name_of(item.key)))
        winner = item if item.order is not None else _removal(item, state)
        verdict.winners[item.key] = winner
        states[item.key] = State(_order(winner), winner.fingerprint, winner.offset)
    return verdict


def judge(item: Item, state: State | None) -> Outcome:
    """What becomes of one item, given what the table knows of its key."""
    if item.order is None:
        if state is None or _removed(state.order):
            return Outcome.DUPLICATE
        # It has no version to compare: only the log knows whether it came before or after.
        return Outcome.STALE if item.offset <= state.offset else Outcome.APPLIED
    if state is None or item.order > state.order:
        return Outcome.APPLIED
    if item.order < state.order:
        return Outcome.STALE
    return Outcome.DUPLICATE if item.fingerprint == state.fingerprint else Outcome.CONFLICT


def name_of(key: Key) -> str:
    """A key as text, for people who look for it."""
    return "/".join(str(part) for part in key)


def _removal(item: Item, state: State | None) -> Item:
    """The skeleton that stays: the version that was there, marked as removed, which only a newer version beats."""
    if state is None:
        raise ValueError("only what is there can be removed")
    epoch, version, _ = state.order
    return replace(item, order=(epoch, version, True), fingerprint=state.fingerprint)


def _removed(order: Order) -> bool:
    return order[-1] is True


def _order(item: Item) -> Order:
    if item.order is None:
        raise ValueError("a winner has an order")
    return item.order
