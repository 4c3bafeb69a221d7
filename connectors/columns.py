"""Rows to Avro bodies by column: each distinct cell of a field is mapped, judged and encoded once, then remembered.

There is no second set of rules here. A field is made by the mapping's own steps, judged by its own type and rules and
by the leak guard, and written by the one writer; what looks at several fields is asked once for each set of cells.
Where anything is found, or anything is unusual, there is no body: that row goes the plain way, which decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby, repeat
from typing import Any

from pydantic import ValidationError

from connectors.contract.row import Row
from connectors.errors import BadRow
from connectors.fields import IDENTITY
from connectors.header import Cells, picker
from connectors.mapping.row_mapping import Part, RowMapping
from connectors.outgoing import Content, content_of
from connectors.values.texts import is_turned
from schemas import rules
from schemas.codec import avsc
from schemas.leak_guard import leak_in, may_hold_number, searched_texts
from schemas.rules import Rule
from schemas.topics import Event
from schemas.writer import Doubt, Write, field_writers, text_bytes

_REMEMBERED_MOST = 20_000
_SEPARATOR = "\0"  # no number reaches across it


class Columns:
    """The fast way of one source."""

    def __init__(self, mapping: RowMapping) -> None:
        """Raises Doubt: this mapping goes the plain way altogether."""
        event = mapping.config.event
        if mapping.config.version is not None or mapping.config.action is not None:
            raise Doubt
        writers = field_writers(avsc(event))
        self.jobcenter = text_bytes(mapping.jobcenter.id)
        self.status = b"".join(
            [writers[name](value) for name, value in (("status", "ACTIVE"), ("end_reason", None), ("ended_on", None))]
        )
        alone = {fields[0]: rule for fields, rule in rules.BETWEEN[event] if len(fields) == 1}
        fields = [
            Field(event, mapping.part(name), write, alone.get(name))
            for name, write in writers.items()
            if name not in IDENTITY
        ]
        by_name = {field.name: field for field in fields}
        self.between = [
            Between([by_name[name] for name in fields], rule)
            for fields, rule in rules.BETWEEN[event]
            if len(fields) > 1 and fields[0] not in IDENTITY
        ]
        self._names = tuple(dict.fromkeys(name for field in fields for name in field.columns))
        self._pick = picker(self._names)
        # What no column says is the same in every row: neighbours of that kind are one part.
        self.fields: list[Field | bytes] = []
        for is_told, some in groupby(fields, lambda field: bool(field.columns)):
            neighbours = list(some)
            self.fields += neighbours if is_told else [b"".join([field.constant() for field in neighbours])]

    def contents(self, rows: Sequence[Row], keys: Sequence[str]) -> list[Content | None]:
        """What is sent for these rows; None for a row in doubt.

        Args:
            rows: rows that neither equal what was sent nor end something.
            keys: identifiers of their entities, leak guard passed.
        """
        if not rows:
            return []
        values = [row.values for row in rows]
        named = [one for one in values if isinstance(one, Cells)]
        if len(named) == len(values):  # the lines of a file
            names, cells = tuple(named[0].places), [one.cells for one in named]
            plain = _are_plain_texts(cells)
        else:
            try:
                names, cells = self._names, [self._pick(one) for one in values]
            except KeyError:  # a column that may be missing
                return [None] * len(rows)
            plain = _are_plain_texts([tuple(one.values()) for one in values])
        columns: dict[str, Sequence[Any]] = dict(zip(names, zip(*cells, strict=True), strict=True))
        if not all(plain):
            columns = {
                name: [cell if good else "" for cell, good in zip(column, plain, strict=True)]
                for name, column in columns.items()
            }
        parts: list[Iterable[bytes | None]] = [
            repeat(field, len(rows)) if isinstance(field, bytes) else field.parts(columns, len(rows))
            for field in self.fields
        ]
        for rule in self.between:
            plain = list(map(bool.__and__, plain, rule.holds(columns, len(rows))))
        found: list[Content | None] = []
        jobcenter, bodies = self.jobcenter, zip(repeat(self.status), *parts, strict=False)
        for key, good, body in zip(keys, plain, bodies, strict=True):
            try:
                found.append(content_of(jobcenter, key, b"".join(body)) if good else None)
            except TypeError:  # a field without a part
                found.append(None)
        return found


class Field:
    """One field of the event, and what its cells were made to."""

    def __init__(self, event: Event, part: Part, write: Write, rule: Rule | None) -> None:
        self.name, self.columns, self._part = part.name, part.columns, part
        self._write, self._rule, self._adapter = write, rule, rules.field_adapter(event, part.name)
        self.nothing = part.nothing
        self.longest_text = rules.longest_text(event, part.name) if rule is None else None
        """Length up to which nothing more is asked of a printable text; None: more is."""
        self._parts: dict[Any, bytes | None] = {}
        self.values: dict[Any, Any] = {}
        """What cells were made to, those in doubt apart."""

    def cells(self, columns: Mapping[str, Sequence[Any]], count: int) -> Iterable[Any]:
        """What this field is made of, row by row."""
        if len(self.columns) == 1:
            return columns[self.columns[0]]
        return zip(*[columns[name] for name in self.columns], strict=True) if self.columns else [()] * count

    def constant(self) -> bytes:
        """The part of a field that no column says.

        Raises:
            Doubt: it is not surely in order.
        """
        self._learn([()])
        part = self._parts[()]
        if part is None:
            raise Doubt
        return part

    def parts(self, columns: Mapping[str, Sequence[Any]], count: int) -> list[bytes | None]:
        """The field's part of each body; None: doubt."""
        return self.parts_of(list(self.cells(columns, count)))

    def parts_of(self, cells: list[Any]) -> list[bytes | None]:
        """The same of cells by themselves."""
        try:
            return list(map(self._parts.__getitem__, cells))
        except KeyError:  # to look and fail costs less than to ask before, since most cells repeat
            fresh = set(cells).difference(self._parts)
        if len(self._parts) + len(fresh) > _REMEMBERED_MOST:
            self._parts.clear()
            self.values.clear()
            fresh = set(cells)
        self._learn(list(fresh))
        return list(map(self._parts.__getitem__, cells))

    def _learn(self, fresh: list[Any]) -> None:
        """Map, judge and encode cells seen for the first time."""
        made = self._made(fresh)
        bad = self._broken([value for _, value in made])
        if bad:
            self._parts.update((made[at][0], None) for at in bad)
        good = [one for at, one in enumerate(made) if at not in bad] if bad else made
        self._parts.update((cells, self.written(value)) for cells, value in good)
        self.values.update(good)

    def _made(self, fresh: list[Any]) -> list[tuple[Any, Any]]:
        """Cells and what they are mapped to; those that are refused have no part."""
        if (many := self._part.many(fresh)) is not None:
            return list(zip(fresh, many, strict=True))
        self._part.ready(fresh)
        made: list[tuple[Any, Any]] = []
        for cells in fresh:
            row = {self.columns[0]: cells} if len(self.columns) == 1 else dict(zip(self.columns, cells, strict=True))
            try:
                made.append((cells, self._part.make(row)))
            except BadRow:
                self._parts[cells] = None
        return made

    def _broken(self, values: list[Any]) -> set[int]:
        """Which of these values break a rule of the field, or hold what looks like a client's number."""
        bad: set[int] = set()
        try:
            self._adapter.validate_python(values, strict=True)
        except ValidationError as error:
            bad = {int(one["loc"][0]) for one in error.errors(include_url=False, include_context=False)}
        texts = [_SEPARATOR.join(searched_texts(value, self.name)) for value in values]
        if may_hold_number(_SEPARATOR.join(texts)):
            bad |= {at for at, text in enumerate(texts) if leak_in(text) is not None}
        if self._rule is not None:
            bad |= {at for at, value in enumerate(values) if at not in bad and any(self._rule({self.name: value}))}
        return bad

    def written(self, value: Any) -> bytes | None:
        """Its part for a value that was judged; None: doubt."""
        try:
            return self._write(value)
        except (Doubt, ValueError):
            return None


class Between:
    """A rule that looks at several fields, and what it said of their cells."""

    def __init__(self, fields: Sequence[Field], rule: Rule) -> None:
        self.fields, self._rule = fields, rule
        self._known: dict[Any, bool] = {}

    def holds(self, columns: Mapping[str, Sequence[Any]], count: int) -> list[bool]:
        """Whether the rule holds, row by row."""
        return self.holds_for(list(zip(*[field.cells(columns, count) for field in self.fields], strict=True)))

    def holds_for(self, cells: list[Any]) -> list[bool]:
        """The same of cells by themselves: for each row those of every field."""
        try:
            return list(map(self._known.__getitem__, cells))
        except KeyError:
            fresh = set(cells).difference(self._known)
        if len(self._known) + len(fresh) > _REMEMBERED_MOST:
            self._known.clear()
            fresh = set(cells)
        self._known.update({one: self.holds_for_one(one) for one in fresh})
        return list(map(self._known.__getitem__, cells))

    def holds_for_one(self, cells: tuple[Any, ...]) -> bool:
        """The same of one row's cells; nothing is remembered."""
        try:
            values = {field.name: field.values[one] for field, one in zip(self.fields, cells, strict=True)}
        except KeyError:  # one of them is in doubt anyway
            return False
        return next(self._rule(values), None) is None


def _are_plain_texts(rows: Sequence[Sequence[Any]]) -> list[bool]:
    """Of each row whether all its cells are texts, and none has marks that turn the direction of reading."""
    try:
        texts = list(map("".join, rows))
    except TypeError:
        return [all(isinstance(cell, str) and not is_turned(cell) for cell in row) for row in rows]
    return [not is_turned(text) for text in texts] if is_turned("".join(texts)) else [True] * len(rows)
