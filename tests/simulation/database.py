"""PostgreSQL in memory: rows, positions, accounts, and a note of every change by the database itself."""

from __future__ import annotations

from dataclasses import dataclass, field

from hub.sinks.engine.target import Item, Key, Order, State

Place = tuple[str, str, int]
"""Sink, topic, partition."""


@dataclass(frozen=True, slots=True)
class Position:
    """A row of sink_progress."""

    owner_epoch: int
    first: int
    next: int


@dataclass(slots=True)
class Change:
    """What one transaction will have done when it commits."""

    position: tuple[Place, Position] | None = None
    rows: list[tuple[str, Item]] = field(default_factory=list)
    account: list[tuple[int, str]] = field(default_factory=list)


@dataclass
class Database:
    """What is committed. Nothing reaches it but by `claim` and `commit`."""

    states: dict[str, dict[Key, State]] = field(default_factory=dict)
    rows: dict[str, dict[Key, Item]] = field(default_factory=dict)
    positions: dict[Place, Position] = field(default_factory=dict)
    accounts: dict[Place, list[tuple[int, str]]] = field(default_factory=dict)
    """Offset and outcome of every record a sink has dealt with, in the order of the commits."""
    transitions: list[tuple[str, Key, Order]] = field(default_factory=list)

    def claim(self, place: Place) -> Position:
        """Take a partition over."""
        known = self.positions.get(place, Position(0, 0, 0))
        self.positions[place] = Position(known.owner_epoch + 1, known.first, known.next)
        return self.positions[place]

    def commit(self, place: Place, change: Change) -> None:
        """All of it becomes true."""
        if change.position is not None:
            self.positions[change.position[0]] = change.position[1]
        for table, item in change.rows:
            order = item.order or ()
            self.states.setdefault(table, {})[item.key] = State(order, item.fingerprint, item.offset)
            self.rows.setdefault(table, {})[item.key] = item
            self.transitions.append((table, item.key, order))
        self.accounts.setdefault(place, []).extend(change.account)

    def backup(self) -> Database:
        """A copy that later commits do not change."""
        return Database(
            {table: dict(states) for table, states in self.states.items()},
            {table: dict(rows) for table, rows in self.rows.items()},
            dict(self.positions),
            {place: list(account) for place, account in self.accounts.items()},
            list(self.transitions),
        )

    def forget_position(self, sink: str) -> None:
        """An operator lets a sink read everything again, over the rows it has: its account begins anew."""
        for place in [place for place in self.positions if place[0] == sink]:
            epoch = self.positions[place].owner_epoch
            self.positions[place] = Position(epoch + 1, 0, 0)
            self.accounts[place] = []
