"""Rows from HR-BA-XML, the format in which vacancies are uploaded to the Bundesagentur für Arbeit.

A column is the path of an element inside its posting, such as `PostDetail/StartDate`. Elements that repeat give a
list; of a whole part that repeats (several places of work) the first one counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, BinaryIO

from lxml import etree
from pydantic import Field

from connectors.contract.delivery import Delivery, Load
from connectors.contract.row import Broken, Row
from connectors.contract.source import SourceOptions, Wanted
from connectors.errors import Stop
from connectors.file_source import FileSource
from connectors.names import plain
from connectors.regular_file import regular_file

STREET = "WorkplaceStreet"
"""Column we add: street of the place of work, or the employer's if both have the same postcode."""

_ROOT, _POSTING, _DELETE = "HRBAXMLJobPositionPosting", "JobPositionPosting", "DeleteEntry"
_LOCATION = "JobPositionInformation/JobPositionDescription/JobPositionLocation/Location"
_EMPLOYER = "HiringOrg/Contact/PostalAddress"
_PART = re.compile(r"_F([0-9]{3})([CE])\.xml$", re.IGNORECASE)
# In the part before the root; possessive, so that no comment can make it slow.
_DOCTYPE = re.compile(rb"(?:\xef\xbb\xbf)?(?>\s+|<\?.*?\?>|<!--.*?-->)*+<!DOCTYPE", re.DOTALL)
_PROLOG_BYTES = 64 << 10
# What generators write who do not count; postings under it prove that it is no count. The end of the XML is the end.
_NOT_COUNTED = ("0", "", None)
_LOADS: dict[str, Load] = {"F": "full", "D": "delta"}


class Options(SourceOptions):
    """Limits."""

    megabytes_max: int = Field(default=500, ge=1)
    namespace: str = Field(default="", description="namespace of the root; what has another one is another format")


class Source(FileSource):
    """HR-BA-XML files of a folder."""

    def __init__(self, name: str, options: Mapping[str, Any], wanted: Wanted, files: str | None, load: Load) -> None:
        super().__init__(name, wanted, files or "DS*.xml", load)
        self.options = Options.model_validate(dict(options))

    def read(self, delivery: Delivery) -> XmlReading:
        """Open a file."""
        path = regular_file(delivery, self.options.megabytes_max << 20)
        return XmlReading(delivery, path, self.wanted, self.options.namespace)


class XmlReading:
    """One file being read, posting by posting."""

    def __init__(self, delivery: Delivery, path: Path, wanted: Wanted, namespace: str) -> None:
        self.load, self.complete, self.unmapped = delivery.load, False, list[str]()
        self.description = "HR-BA-XML"
        self._file, self._path, self._wanted, self._namespace = delivery.file, path, wanted, namespace
        self._amount: str | None = None
        self._count = 0
        self._paths: dict[str, None] = {}

    def __iter__(self) -> Iterator[Row | Broken]:
        try:
            with self._path.open("rb") as file:
                yield from self._postings(file)
            part = _PART.search(self._file)
            alone = part is None or (part[1] == "001" and part[2].upper() == "E")
            # A full load in several files is whole in none of them.
            self.complete = self._count > 0 and alone and self._amount in (str(self._count), *_NOT_COUNTED)
        except etree.XMLSyntaxError:
            if not self._paths and not self._count and self._amount is None:
                raise Stop("E304", f"{self._file} is not well-formed XML from its beginning") from None
            # Broken off: what came before is sound, what is missing nobody knows.
        self.unmapped = [path for path in self._paths if not self._is_known(path)]

    def _postings(self, file: BinaryIO) -> Iterator[Row | Broken]:
        # Asked of the bytes first: attributes of the root grow before the parser tells of it.
        if _DOCTYPE.match(file.read(_PROLOG_BYTES).replace(b"\0", b"")):
            raise Stop("E309", f"{self._file} begins with a DOCTYPE")
        file.seek(0)
        # No DTD, no entities, no network: what an export from a back office never needs, an attack does.
        events = etree.iterparse(
            file,
            events=("start", "end"),
            load_dtd=False,
            no_network=True,
            resolve_entities=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        begun = False
        for event, element in events:
            if not begun:
                begun = True
                if element.getroottree().docinfo.internalDTD is not None:
                    raise Stop("E309", f"{self._file} begins with a DOCTYPE")
                if _name(element) != _ROOT:
                    raise Stop("E304", f"{self._file} is not HR-BA-XML: its root is {plain(_name(element)[:100])!r}")
                if (namespace := str(element.tag).rpartition("}")[0].lstrip("{")) != self._namespace:
                    raise Stop("E304", f"{self._file}: its namespace {plain(namespace[:100])!r} is not declared")
            if event != "end":
                continue
            name = _name(element)
            if name == "Amount":
                self._amount = (element.text or "").strip()
            elif name == "TypeOfLoad":
                self.load = _LOADS.get((element.text or "").strip(), self.load)
            elif name == _POSTING:
                self._count += 1
                yield Row(element.sourceline or self._count, self._values(element))
                _forget(element)
            elif name == _DELETE:
                entry = next((_text(child) for child in element if _name(child) == "EntryId"), _text(element))
                yield Row(element.sourceline or self._count, {self._wanted.key[0]: entry}, ends=True)
                _forget(element)

    def _values(self, posting: Any) -> dict[str, Any]:
        found: dict[str, Any] = {}
        self._collect(posting, "", found)
        here, there = found.get(f"{_LOCATION}/PostalCode"), found.get(f"{_EMPLOYER}/PostalCode")
        street = found.get(f"{_LOCATION}/StreetName")
        found[STREET] = street or (found.get(f"{_EMPLOYER}/StreetName") if here is not None and here == there else None)
        self._paths.update(dict.fromkeys(path for path in found if path != STREET))
        return {name: found.get(name) for name in self._wanted.columns}

    def _collect(self, parent: Any, prefix: str, found: dict[str, Any]) -> None:
        parts: set[str] = set()
        for child in parent:
            path = prefix + _name(child)
            if len(child):
                if path not in parts:
                    parts.add(path)
                    self._collect(child, f"{path}/", found)
            elif path in found:
                before = found[path]
                found[path] = [*(before if isinstance(before, list) else [before]), _text(child)]
            else:
                found[path] = _text(child)

    def _is_known(self, path: str) -> bool:
        return path in self._wanted.columns or any(fnmatchcase(path, pattern) for pattern in self._wanted.ignore)


def _name(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _text(element: Any) -> str:
    return element.text or ""


def _forget(element: Any) -> None:
    """Free what was read, so that memory does not grow with the file."""
    element.clear()
    while element.getprevious() is not None:
        del element.getparent()[0]
