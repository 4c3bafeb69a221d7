"""Shape of a Jobcenter's file, deploy/jobcenters/<id>.yaml: who it is and how its deliveries become events."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from schemas.codes import Finding, explain
from schemas.topics import JOBCENTER_ID, Event


class ConfigurationError(Exception):
    """A configuration is faulty. Says which file or variable, where, what, and its code; the command line ends with 3.

    `de` is `what` in German, for those who read the command line; what a library says has none.
    """

    def __init__(self, where: str, what: str, code: str = "E701", *, de: str | None = None) -> None:
        super().__init__(f"{where}: {what} [{code}: {explain(code).en}]")
        self.where, self.what, self.code, self.de = where, what, code, de or what

    @property
    def finding(self) -> Finding:
        """The same as a finding."""
        return Finding(self.code, self.where)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(_Part):
    """How one field of an event is made from a row.

    Exactly one of `column`, `columns` and `constant` says where the value comes from. Then, in this order:
    values listed in `empty` count as no value; `parse` names a value parser of connectors/values.py;
    `codes` translates closed code values ("*" stands for every other one); `lookup` asks a table of the
    Jobcenter. What is left without a value becomes `otherwise`. `also` names a second origin: a list gets
    its values too, a single field asks it when the first gave nothing.
    """

    column: str | None = None
    columns: list[str] | None = None
    constant: Any = None
    empty: list[str] = []
    parse: str | None = None
    codes: dict[str, Any] | None = None
    lookup: str | None = None
    otherwise: Any = None
    also: Column | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if sum(origin is not None for origin in (self.column, self.columns, self.constant)) != 1:
            raise ValueError("give exactly one of column, columns, constant")
        return self

    @property
    def names(self) -> list[str]:
        """Columns of the source this field reads."""
        own = [self.column] if self.column else list(self.columns or [])
        return own + (self.also.names if self.also else [])


class Lookup(_Part):
    """A translation table beside the deliveries, a CSV file with a header line."""

    file: str
    key: str
    value: str
    encoding: str = "utf-8-sig"
    delimiter: str = ","


class Action(_Part):
    """Column that says what happened to the entity: values that report it and values that end it."""

    column: str
    upsert: list[str]
    end: list[str]
    reason: Column | None = None


class MappingTest(_Part):
    """A row and what must become of it, for `jobhub test`. It has no part in operation.

    `like` names an earlier test whose cells are taken over, so that `row` tells only what is different. Exactly one
    of `expect` (fields of the event by path, "pay.minimum"), `code` (the row is refused with it) and `ends` (the row
    ends the entity for this reason) says what must come of it; `column` may name the column a code is about.
    """

    name: str
    like: str | None = None
    row: dict[str, Any] = {}
    expect: dict[str, Any] | None = None
    code: str | None = None
    column: str | None = None
    ends: str | None = None

    @model_validator(mode="after")
    def _one_outcome(self) -> Self:
        if sum(outcome is not None for outcome in (self.expect, self.code, self.ends)) != 1:
            raise ValueError("give exactly one of expect, code, ends")
        return self


class SourceConfig(_Part):
    """One source of a Jobcenter: where its deliveries are and how a row becomes an event."""

    event: Event
    type: str
    load: Literal["full", "delta"]
    files: str | None = None
    options: dict[str, Any] = {}
    key: str = Field(description="identifier as a pattern over columns, '{Mandant}-{Nr}'")
    version: str | None = None
    modified: Column | None = None
    action: Action | None = None
    columns: dict[str, Column]
    ignore: list[str] = []
    every_hours: float = 24
    rows_min: int = 1
    # Not part of what a row means: a changed test does not make a connector read everything anew.
    tests: list[MappingTest] = Field(default=[], exclude=True)

    @model_validator(mode="before")
    @classmethod
    def _short_forms(cls, data: Any) -> Any:
        """`field: Column name` is short for `field: {column: Column name}`."""
        if isinstance(data, dict) and isinstance(data.get("columns"), dict):
            fields = {
                name: {"column": value} if isinstance(value, str) else value for name, value in data["columns"].items()
            }
            return {**data, "columns": fields}
        return data


class Jobcenter(_Part):
    """A participant of the hub."""

    id: str
    name: str
    kreis: str = Field(pattern=r"^[0-9]{5}$")
    delegated: bool = Field(default=False, description="each municipality is an organisational unit, named by its AGS")
    epoch: int = Field(default=0, ge=0)
    public_key_file: str | None = None
    lookups: dict[str, Lookup] = {}
    sources: dict[str, SourceConfig]


def load_jobcenter(path: Path) -> Jobcenter:
    """Read and check a Jobcenter's file. Its stem is the Jobcenter's id.

    Raises:
        ConfigurationError: the file is missing or faulty; names the place and what is wrong with it.
    """
    name = path.stem
    if not JOBCENTER_ID.match(name):
        raise ConfigurationError(
            str(path),
            "the file's name must be lower-case letters and digits",
            de="der Dateiname darf nur aus Kleinbuchstaben und Ziffern bestehen",
        )
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigurationError(str(path), "no such file", "E702", de="diese Datei gibt es nicht") from None
    except UnicodeDecodeError:
        raise ConfigurationError(str(path), "not UTF-8", de="nicht in UTF-8 gespeichert") from None
    try:
        _refuse_eaten_zeros(path, text)
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        raise ConfigurationError(where, "not valid YAML", de="kein gültiges YAML") from error
    if not isinstance(data, dict):
        raise ConfigurationError(str(path), "expected a mapping at the top", de="oben müssen Namen mit Werten stehen")
    if "id" in data:
        raise ConfigurationError(
            str(path), "id: the name of the file is the id", de="id: der Dateiname ist die Kennung"
        )
    try:
        return Jobcenter.model_validate({"id": name, **data})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        unquoted = first["type"] == "string_type" and isinstance(first["input"], int | float)
        raise ConfigurationError(str(path), f"{place}: {first['msg']}", "E704" if unquoted else "E701") from error


def _refuse_eaten_zeros(path: Path, text: str) -> None:
    """01067 without quotes is the number 567; what it was cannot be told afterwards, so the text itself is asked."""
    for node in _scalars(yaml.compose(text, Loader=yaml.SafeLoader)):
        if node.tag == "tag:yaml.org,2002:int" and re.fullmatch(r"0[0-9]+", node.value):
            where = f"{path}:{node.start_mark.line + 1}"
            number = int(node.value, 8)
            raise ConfigurationError(
                where,
                f"{node.value} without quotes is read as {number}",
                "E704",
                de=f"{node.value} ohne Anführungszeichen wird als {number} gelesen",
            )


def _scalars(node: yaml.Node | None) -> Iterator[yaml.ScalarNode]:
    if isinstance(node, yaml.ScalarNode):
        yield node
    elif isinstance(node, yaml.SequenceNode):
        for inner in node.value:
            yield from _scalars(inner)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _scalars(key)
            yield from _scalars(value)


def load_jobcenters(folder: Path) -> dict[str, Jobcenter]:
    """All Jobcenters of a folder by id; files whose name begins with an underscore are examples.

    Raises:
        ConfigurationError: a file is faulty, or there is none.
    """
    found = {path.stem: load_jobcenter(path) for path in sorted(folder.glob("*.yaml")) if not path.name.startswith("_")}
    if not found:
        raise ConfigurationError(str(folder), "no Jobcenter files", "E702", de="keine Dateien von Jobcentern")
    return found
