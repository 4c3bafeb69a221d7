"""Shape of a Jobcenter's file, deploy/jobcenters/<id>.yaml: who it is and how its deliveries become events."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from schemas.codes import Finding, explain
from schemas.topics import JOBCENTER_ID, Event


class ConfigurationError(Exception):
    """A configuration file is faulty. Says which file, where, what, and its code; the command line ends with 3."""

    def __init__(self, where: str, what: str, code: str = "E701") -> None:
        super().__init__(f"{where}: {what} [{code}: {explain(code).en}]")
        self.where, self.what, self.code = where, what, code

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
    `codes` translates closed code values; `lookup` asks a table of the Jobcenter.
    """

    column: str | None = None
    columns: list[str] | None = None
    constant: Any = None
    empty: list[str] = []
    parse: str | None = None
    codes: dict[str, Any] | None = None
    lookup: str | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if sum(origin is not None for origin in (self.column, self.columns, self.constant)) != 1:
            raise ValueError("give exactly one of column, columns, constant")
        return self

    @property
    def names(self) -> list[str]:
        """Columns of the source this field reads."""
        return [self.column] if self.column else list(self.columns or [])


class Lookup(_Part):
    """A translation table beside the deliveries, a CSV file with a header line."""

    file: str
    key: str
    value: str
    encoding: str = "utf-8-sig"
    delimiter: str = ","


class Action(_Part):
    """Column of a delta that says what happened to the entity."""

    column: str
    upsert: list[str]
    end: list[str]
    reason: Column | None = None


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

    @model_validator(mode="before")
    @classmethod
    def _short_forms(cls, data: Any) -> Any:
        """`field: Column name` is short for `field: {column: Column name}`."""
        if isinstance(data, dict) and isinstance(data.get("columns"), dict):
            fields = {name: {"column": value} if isinstance(value, str) else value for name, value in data["columns"].items()}
            return {**data, "columns": fields}
        return data

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.action is not None and self.load != "delta":
            raise ValueError("action belongs to load: delta")
        return self


class Jobcenter(_Part):
    """A participant of the hub."""

    id: str
    name: str
    kreis: str = Field(pattern=r"^[0-9]{5}$")
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
        raise ConfigurationError(str(path), "the file's name must be lower-case letters and digits")
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigurationError(str(path), "no such file", "E702") from None
    try:
        data = yaml.safe_load(text)
        return Jobcenter(id=name, **data)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise ConfigurationError(f"{path}:{mark.line + 1}" if mark else str(path), "not valid YAML") from error
    except TypeError:
        raise ConfigurationError(str(path), "expected a mapping at the top") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ConfigurationError(str(path), f"{place}: {first['msg']}") from error


def load_jobcenters(folder: Path) -> dict[str, Jobcenter]:
    """All Jobcenters of a folder by id; files whose name begins with an underscore are examples.

    Raises:
        ConfigurationError: a file is faulty, or there is none.
    """
    found = {path.stem: load_jobcenter(path) for path in sorted(folder.glob("*.yaml")) if not path.name.startswith("_")}
    if not found:
        raise ConfigurationError(str(folder), "no Jobcenter files", "E702")
    return found
