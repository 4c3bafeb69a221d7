"""Shape of a Jobcenter's file, deploy/jobcenters/<id>.yaml: who it is and how its deliveries become events."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from schemas.codes import Finding, explain
from schemas.expect import Expect
from schemas.faults import Fault, Wrong, faults_of
from schemas.topics import JOBCENTER_ID, Event
from schemas.yaml_text import Document, YamlFault, read_yaml


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
    values listed in `empty` count as no value; `parse` names a value parser of connectors/values;
    `codes` translates closed code values ("*" stands for every other one, "SVP *" for SVP alone and with
    anything behind it, which is how pairs of `columns` are told in few words); `lookup` asks a table of the
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
            raise Wrong(
                "give exactly one of column, columns, constant", de="genau eines von column, columns, constant angeben"
            )
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
            raise Wrong("give exactly one of expect, code, ends", de="genau eines von expect, code, ends angeben")
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
    every_hours: float = Field(default=24, gt=0)
    expect: Expect = Expect()
    # None: nobody was asked. An empty list: this source has no former name. Not part of what a row means, as the tests.
    formerly: list[str] | None = Field(default=None, exclude=True, description="names this source had before")
    # Not part of what a row means: a changed test does not make a connector read everything anew.
    tests: list[MappingTest] = Field(default=[], exclude=True)

    @model_validator(mode="before")
    @classmethod
    def _short_forms(cls, data: Any) -> Any:
        """`field: Column name` is short for `field: {column: Column name}`, one former name for a list of one."""
        if isinstance(data, dict) and isinstance(data.get("formerly"), str):
            data = {**data, "formerly": [data["formerly"]]}
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
    # Where readers of the board may turn to: a web address, an e-mail address or a telephone number of the office.
    contact: str | None = Field(default=None, max_length=200)
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
    except OSError as error:
        what = error.strerror or "cannot be read"
        raise ConfigurationError(str(path), what, de="lässt sich nicht als Datei lesen") from None
    try:
        document = read_yaml(text)
    except YamlFault as fault:
        where = f"{path}:{fault.line}" if fault.line else str(path)
        raise ConfigurationError(where, fault.en, fault.code, de=fault.de) from fault
    data = document.data
    if not isinstance(data, dict):
        raise ConfigurationError(str(path), "expected a mapping at the top", de="oben müssen Namen mit Werten stehen")
    if "id" in data:
        raise ConfigurationError(
            str(path), "id: the name of the file is the id", de="id: der Dateiname ist die Kennung"
        )
    try:
        return Jobcenter.model_validate({"id": name, **data})
    except ValidationError as error:
        first, *others = faults_of(error, Jobcenter)
        raise _in_words(path, document, first, len(others)) from error


def _in_words(path: Path, document: Document, fault: Fault, others: int) -> ConfigurationError:
    line = document.line_of(fault.place)
    where = f"{path}:{line}" if line else str(path)
    written = document.written_at(fault.place) if fault.unquoted else None
    de, en = fault.de, fault.en
    if written is not None:
        de, en = f"{written} ohne Anführungszeichen ist kein Text", f"{written} without quotes is not a text"
    more_de = f" (und {others} {'weiterer' if others == 1 else 'weitere'} Fehler)" if others else ""
    more_en = f" (and {others} more)" if others else ""
    code = "E704" if fault.unquoted else "E701"
    return ConfigurationError(where, f"{fault.path}: {en}{more_en}", code, de=f"{fault.path}: {de}{more_de}")


def known_jobcenters(folder: Path) -> list[str]:
    """Ids of the Jobcenters of a folder; files whose name begins with an underscore are examples."""
    return sorted(path.stem for path in folder.glob("*.yaml") if not path.name.startswith("_"))


def load_jobcenters(folder: Path) -> dict[str, Jobcenter]:
    """All Jobcenters of a folder by id.

    Raises:
        ConfigurationError: a file is faulty, or there is none.
    """
    found = {name: load_jobcenter(folder / f"{name}.yaml") for name in known_jobcenters(folder)}
    if not found:
        raise ConfigurationError(str(folder), "no Jobcenter files", "E702", de="keine Dateien von Jobcentern")
    return found
