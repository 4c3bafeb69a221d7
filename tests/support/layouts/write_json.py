"""Writes a layout as JSON: numbers and truth values as such, nothing as null, parts nested."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

from connectors.recognise.sample import Sample
from tests.support.layouts.jobs import Written, cells
from tests.support.layouts.write import ROWS, gold_of, written_of

_NUMBERS = ("weekly_hours", "pay.minimum", "pay.maximum", "openings")


@dataclass(frozen=True, slots=True)
class JsonLayout:
    """A layout: how its file is written, and field -> path."""

    name: str
    encoding: str
    form: Literal["document", "lines"]
    items: str
    total: str | None
    written: Written
    columns: dict[str, str]

    @property
    def gold(self) -> dict[str, str]:
        """The mapping a person would make; `key` is the identifier."""
        return gold_of(self.columns)

    @property
    def options(self) -> dict[str, Any]:
        """Options a person would write."""
        told = {"layout": self.form if self.form == "lines" else None, "items": self.items, "total": self.total}
        return {name: value for name, value in told.items() if value}

    def is_read_as_written(self, sample: Sample) -> bool:
        """Whether the file was taken for what it is."""
        return sample.type == "json_file" and sample.options == self.options

    def write(self, path: Path) -> None:
        """Write the file."""
        items = [self.item(number) for number in range(ROWS)]
        if self.form == "lines":
            text = "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items)
        else:
            document: Any = {}
            if self.total:
                _put(document, self.total, len(items))
            if self.items:
                _put(document, self.items, items)
            text = json.dumps(document if self.items else items, ensure_ascii=False, indent=2)
        path.write_bytes(text.encode(self.encoding))

    def item(self, number: int) -> dict[str, Any]:
        """One vacancy."""
        row, found = cells(number, self.written), dict[str, Any]()
        for field, path in self.columns.items():
            _put(found, path, _typed(field, path, row[field]))
        return found


def json_layouts(name: str) -> list[JsonLayout]:
    """All layouts of a file beside this one."""
    loaded: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / f"{name}.yaml").read_text(encoding="utf-8"))
    return [
        JsonLayout(
            one["name"], one["encoding"], one["form"], one["items"], one.get("total"), written_of(one), one["columns"]
        )
        for one in loaded
    ]


def _typed(field: str, path: str, text: str) -> Any:
    if text == "":
        return None
    if field in _NUMBERS:
        return int(float(text)) if float(text).is_integer() else float(text)
    if text in ("true", "false"):
        return text == "true"
    return [text] if path.endswith("modelle") else text


def _put(found: dict[str, Any], path: str, value: Any) -> None:
    """Set the value at a path; `0` is the first entry of a list."""
    name, _, rest = path.partition("/")
    if not rest:
        found[name] = value
    elif rest.startswith("0/"):
        entries = found.setdefault(name, [{}])
        _put(entries[0], rest.removeprefix("0/"), value)
    else:
        _put(found.setdefault(name, {}), rest, value)
