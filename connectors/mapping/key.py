"""The key of a source: which entity a row speaks of, by a pattern like '{Mandant}-{Nr}'."""

from __future__ import annotations

import re
from collections.abc import Sequence

from connectors.cells import Row
from connectors.errors import BadRow
from connectors.names import heading
from connectors.values.texts import is_turned, text
from schemas.jobcenter import ConfigurationError, SourceConfig
from schemas.nothing import NOTHING

_KEY_PART = re.compile(r"\{([^{}]+)\}")
_USUAL = r"(?=[^0-9\n]*[0-9])[A-Za-z0-9][A-Za-z0-9._/:-]{3,99}"
_USUAL_KEY, _USUAL_KEYS = re.compile(_USUAL), re.compile(rf"(?:{_USUAL}\n)*+")


def key_columns(config: SourceConfig) -> list[str]:
    """Columns of the key pattern '{Mandant}-{Nr}'."""
    return [heading(name) for name in _KEY_PART.findall(config.key)]


class Key:
    """Reads the key from rows."""

    def __init__(self, config: SourceConfig, where: str) -> None:
        """Raises ConfigurationError: the pattern names no column; `where` is the source in the Jobcenter's file."""
        self.columns = key_columns(config)
        self._pattern = _KEY_PART.sub(lambda found: "{" + heading(found[1]) + "}", config.key)
        if not self.columns:
            raise ConfigurationError(
                f"{where}.key",
                "names no column; expected something like '{Nr}'",
                de="nennt keine Spalte; erwartet ist etwas wie '{Nr}'",
            )
        self.alone = self.columns[0] if self._pattern == f"{{{self.columns[0]}}}" else None
        """The column that is the key by itself, if it is one."""

    def of(self, row: Row) -> str:
        """Identifier of the entity a row speaks of.

        Raises:
            BadRow: E208 a part of it is missing, E109 it contains blanks or control characters.
        """
        if self.alone is not None:
            alone = row.get(self.alone)
            if isinstance(alone, str) and _USUAL_KEY.fullmatch(alone):
                return alone  # nothing in it to repair or refuse
        parts: dict[str, str] = {}
        for column in self.columns:
            raw = row.get(column)
            if is_turned(raw):
                raise BadRow("E109", column)
            try:
                part = text(raw[0] if isinstance(raw, list) and raw else raw)
            except BadRow as error:
                raise BadRow("E109" if error.code == "E107" else error.code, column) from None
            if part in NOTHING:
                raise BadRow("E208", column)
            parts[column] = part
        key = _KEY_PART.sub(lambda found: parts[found[1]], self._pattern)
        if len(key) > 100 or any(char.isspace() or not char.isprintable() for char in key):
            raise BadRow("E109", self.columns[0])
        return key

    def usual(self, cells: Sequence[str]) -> list[str | None]:
        """Identifiers from the cells of a key that is one column; None: `of` is to look at that row."""
        if _USUAL_KEYS.fullmatch("\n".join([*cells, ""])):
            return list(cells)
        return [cell if _USUAL_KEY.fullmatch(cell) else None for cell in cells]
