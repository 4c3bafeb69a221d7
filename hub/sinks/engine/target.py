"""What a sink file says: which topics it reads, and how a record becomes rows of a table."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Column, Table

from hub.store.columns import LATER
from schemas.envelope import Coordinates

Row = Mapping[str, Any]
"""Values by column name; a column that is not named is NULL."""
Key = tuple[Any, ...]
Order = tuple[Any, ...]


class KafkaRecord(Protocol):
    """A record of a topic, as the Kafka client hands it over."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Item:
    """A record, read and ready to be judged.

    `order` is compared with that of the row in the table (rule V2); None: the record takes its entity away and, having
    no version of its own, counts as the version that is there. `row` holds all other columns but the fingerprint;
    `rows` belong to the target's further tables.
    """

    offset: int
    key: Key
    order: Order | None
    fingerprint: bytes
    row: Row
    rows: tuple[Sequence[Row], ...] = ()
    origin: Coordinates | None = None
    packed: tuple[bytes, ...] | None = None
    """In place of `row` and `rows`: one row for the table and one for each further table, ready for a binary COPY."""

    @property
    def forgets(self) -> bool:
        """Whether no raw record took the entity away: it ended so long ago that the hub has forgotten it (rule V12)."""
        return self.order is None and self.origin is None


@dataclass(frozen=True, slots=True)
class State:
    """What the table knows of a key: order and fingerprint of its row, offset of the record it came from."""

    order: Order
    fingerprint: bytes
    offset: int


@dataclass(frozen=True)
class Child:
    """A further table whose rows go with those of the target; `replaced_by`: the column whose value they share."""

    table: Table
    replaced_by: str | None = None


@dataclass(frozen=True)
class Target:
    """A table, and how to get there.

    `read` makes an item of a record; it raises Refused for one that cannot be understood. `order` names the columns
    that say which row is newer; a table without any holds facts that never change. `keep` names the columns that
    stay as they were when a row is replaced. `pack` does for many records at once what `read` does for one, or raises
    any error: then each of them is read.
    """

    table: Table
    read: Callable[[KafkaRecord], Item]
    order: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    children: tuple[Child, ...] = ()
    pack: Callable[[Sequence[KafkaRecord]], list[Item]] | None = None

    @property
    def key(self) -> tuple[str, ...]:
        """Names of the primary key's columns."""
        return tuple(column.name for column in self.table.primary_key.columns)


@dataclass(frozen=True)
class Sink:
    """A sink: for each of its topics, told by a pattern, where the records go."""

    routes: tuple[tuple[str, Target], ...]
    counts_origins: bool = False
    """Whether the ledger compares, for each raw partition, what came through with what the receipts say."""

    @property
    def pattern(self) -> str:
        """One pattern for all topics, the form in which the Kafka client wants them."""
        return "^(?:" + "|".join(pattern for pattern, _ in self.routes) + ")$"

    def target(self, topic: str) -> Target:
        """Where the records of a topic go.

        Raises:
            LookupError: no route has this topic.
        """
        for pattern, target in self.routes:
            if re.fullmatch(pattern, topic):
                return target
        raise LookupError(f"no route for topic {topic!r}")


def written(table: Table) -> list[Column[Any]]:
    """Columns we give values for, in the order in which they are given.

    The database computes the others itself, or somebody fills them later.
    """
    return [column for column in table.columns if column.computed is None and not column.info.get(LATER)]


def filled_later(table: Table) -> list[Column[Any]]:
    """Columns that somebody else makes of a row that is written: with every new state they are empty again."""
    return [column for column in table.columns if column.info.get(LATER)]
