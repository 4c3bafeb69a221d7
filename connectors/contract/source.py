"""A source type: what it is told, when it is called, and what it gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict

from connectors.contract.delivery import Delivery, Load
from connectors.contract.reading import Reading
from connectors.contract.workplace import Workplace


class SourceOptions(BaseModel):
    """Options of a source type. An option nobody knows is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The allow-list: which columns are read at all, which of them make the key, which are left out on purpose."""

    columns: tuple[str, ...]
    key: tuple[str, ...]
    ignore: tuple[str, ...] = ()


class Source(Protocol):
    """Rows from one kind of delivery.

    The runner calls `deliveries` again and again; it lists what lies there and reads no row. Each delivery not
    yet done goes to `read`, oldest day first. A row that cannot be read is handed out as `Broken`, never raised.
    `read` and the iteration may raise `Stop` (the file is refused as a whole, nothing of it is kept) or `Retry`
    (the other side is away; the same delivery is asked for again). A source knows no Kafka and no state.

    A source that fetches from elsewhere is told more. `open` comes once before all else when the connector runs;
    it raises `Stop` for what can be known at the start (no password, no driver). `deliveries` may fetch, and may raise
    `Retry` or `Stop`, which stops no other source. `settled` is called when all a delivery leads to is durable
    here, and again after a crash or a `Retry` in between: only now the other side may forget it. `close` comes last.
    `jobhub check` calls none of them, only `read`.
    """

    def __init__(
        self, name: str, options: Mapping[str, Any], wanted: Wanted, files: str | None, load: Load
    ) -> None: ...

    def deliveries(self, folder: Path, until: date | None) -> list[Delivery]: ...

    def read(self, delivery: Delivery) -> Reading: ...

    def open(self, workplace: Workplace) -> None: ...

    def settled(self, delivery: Delivery) -> None: ...

    def close(self) -> None: ...
