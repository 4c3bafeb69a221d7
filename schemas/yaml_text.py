"""Reads the YAML of a configuration as a person means it: what YAML would quietly misread is refused, with its line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

# What the parser says -> what that means for the person who wrote it.
_PROBLEMS: tuple[tuple[str, str, str], ...] = (
    (
        r"found character '\\t'",
        "ein Tabulator; YAML rückt nur mit Leerzeichen ein",
        "a tab; YAML is indented with blanks only",
    ),
    (
        "mapping values are not allowed here",
        "ein Doppelpunkt, wo keiner erwartet ist: Texte mit ': ' in Anführungszeichen setzen, Einrückung prüfen",
        "a colon where none is expected: quote texts that contain ': ', check the indentation",
    ),
    (
        "could not find expected ':'",
        "nach einem Namen fehlt der Doppelpunkt mit Leerzeichen",
        "a colon and a blank are missing behind a name",
    ),
    (
        r"expected ',' or|while parsing a flow",
        "eine Klammer ist nicht geschlossen oder ein Komma fehlt",
        "a bracket is not closed, or a comma is missing",
    ),
    (
        "expected <block end>",
        "die Einrückung stimmt nicht (eine Ebene, eine Spalte), oder weiter oben ist ein Anführungszeichen offen",
        "the indentation is wrong (one level, one column), or a quotation mark further up is not closed",
    ),
    (
        "unexpected end of stream|while scanning a quoted scalar",
        "ein Anführungszeichen ist nicht geschlossen",
        "a quotation mark is not closed",
    ),
    (
        "undefined alias|cannot start any token|expected alphabetic",
        "ein Sonderzeichen am Anfang eines Werts: in Anführungszeichen setzen",
        "a special character at the beginning of a value: put it in quotation marks",
    ),
)


class YamlFault(Exception):
    """The text is not what YAML, or we, can read. `code` is E704 where quotation marks are missing."""

    def __init__(self, line: int | None, de: str, en: str, code: str = "E701") -> None:
        super().__init__(en)
        self.line, self.de, self.en, self.code = line, de, en, code


@dataclass(frozen=True, slots=True)
class Document:
    """What the text says, and where each part of it stands."""

    data: Any
    node: yaml.Node | None

    def written_at(self, place: Sequence[str | int]) -> str | None:
        """The value at a place as it is written; None if it is none, or stands in quotation marks."""
        node = self.node
        for part in place:
            found = _step(node, part)
            if found is None:
                return None
            node = found[1]
        return node.value if isinstance(node, yaml.ScalarNode) and node.style is None else None

    def line_of(self, place: Sequence[str | int]) -> int | None:
        """Line of a place, or of the nearest part around it; from 1."""
        node, line = self.node, None
        for part in place:
            found = _step(node, part)
            if found is None:
                break
            key, node = found
            line = key.start_mark.line + 1
        return line


def read_yaml(text: str) -> Document:
    """Read one document.

    Raises:
        YamlFault: not valid YAML, a name twice, or a number whose leading nought would be lost.
    """
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        _refuse_eaten_zeros(node)
        _refuse_names_twice(node)
        return Document(yaml.safe_load(text), node)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise YamlFault(mark.line + 1 if mark else None, *_in_words(error)) from error


def _in_words(error: yaml.YAMLError) -> tuple[str, str]:
    said = " ".join(str(getattr(error, part, None) or "") for part in ("context", "problem"))
    for pattern, de, en in _PROBLEMS:
        if re.search(pattern, said):
            return f"kein gültiges YAML: {de}", f"not valid YAML: {en}"
    return "kein gültiges YAML", "not valid YAML"


def _refuse_eaten_zeros(node: yaml.Node | None) -> None:
    """01067 without quotes is the number 567; what it was cannot be told afterwards, so the text itself is asked."""
    for scalar in _scalars(node):
        if scalar.tag == "tag:yaml.org,2002:int" and re.fullmatch(r"0[0-9]+", scalar.value):
            number = int(scalar.value, 8)
            raise YamlFault(
                scalar.start_mark.line + 1,
                f"{scalar.value} ohne Anführungszeichen wird als {number} gelesen",
                f"{scalar.value} without quotes is read as {number}",
                "E704",
            )


def _refuse_names_twice(node: yaml.Node | None) -> None:
    """Of two equal names YAML would quietly take the later one."""
    for mapping in _mappings(node):
        seen: dict[str, int] = {}
        for key, _ in mapping.value:
            line = key.start_mark.line + 1
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                raise YamlFault(
                    line,
                    f"{key.value!r} steht schon in Zeile {seen[key.value]}",
                    f"{key.value!r} stands in line {seen[key.value]} already",
                )
            if isinstance(key, yaml.ScalarNode):
                seen[key.value] = line


def _step(node: yaml.Node | None, part: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    """The node a name or a number leads to, behind the one it is told by."""
    if isinstance(node, yaml.MappingNode):
        return next(((key, value) for key, value in node.value if key.value == str(part)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part], node.value[part]
    return None


def _nodes(node: yaml.Node | None) -> Iterator[yaml.Node]:
    if node is None:
        return
    yield node
    if isinstance(node, yaml.SequenceNode):
        for inner in node.value:
            yield from _nodes(inner)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _nodes(key)
            yield from _nodes(value)


def _scalars(node: yaml.Node | None) -> Iterator[yaml.ScalarNode]:
    return (one for one in _nodes(node) if isinstance(one, yaml.ScalarNode))


def _mappings(node: yaml.Node | None) -> Iterator[yaml.MappingNode]:
    return (one for one in _nodes(node) if isinstance(one, yaml.MappingNode))
