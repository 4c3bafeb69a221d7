"""A text with delimiters looked at: its layout, and rows split as its headers are."""

from __future__ import annotations

import csv
from itertools import islice
from pathlib import Path
from typing import Any

from connectors.errors import Stop
from connectors.names import heading, plain
from connectors.recognise.encoding import Encoding
from connectors.recognise.layout import Layout, is_unquoted, layout_of
from connectors.recognise.sample import SAMPLE_ROWS, Sample

TAIL_BYTES = 8 << 10
"""How much of a file's end is looked at for a closing line."""
_HEAD_CHARS = 4 << 20


def text_sample(path: Path, text: str, encoding: Encoding, tail: bytes) -> Sample:
    """Look at a text; `tail` are the last bytes of its file.

    Raises:
        Stop: E304 no line of headers.
    """
    head = text if len(text) <= _HEAD_CHARS else text[: text.rfind("\n", 0, _HEAD_CHARS) + 1]
    # Half a file of UTF-16 cannot be decoded from its middle.
    last = text[-TAIL_BYTES:] if encoding.name.startswith("utf-16") else tail.decode(encoding.name, "replace")
    layout = layout_of(head, last)
    if layout is None:
        raise Stop("E304", f"{plain(path.name)}: no line of headers was found")
    options: dict[str, Any] = {"encoding": encoding.name, "delimiter": layout.delimiter}
    lines = head.splitlines(keepends=True)[layout.header_row - 1 :]
    has_quotes = not is_unquoted(lines, layout.delimiter, len(layout.header))
    if not has_quotes:
        options["quotes"] = "none"
    if layout.header_row != 1:
        options["header_row"] = layout.header_row
    if layout.footer:
        options["footer"] = layout.footer
    if not layout.ends_with_newline:
        options["ends_with_newline"] = False
    header = tuple(heading(name) for name in layout.header)
    return Sample("csv_file", options, header, _csv_rows(lines, layout, has_quotes=has_quotes), encoding)


def _csv_rows(lines: list[str], layout: Layout, *, has_quotes: bool) -> tuple[tuple[Any, ...], ...]:
    reader = csv.reader(lines, delimiter=layout.delimiter, quoting=csv.QUOTE_MINIMAL if has_quotes else csv.QUOTE_NONE)
    found: list[tuple[Any, ...]] = []
    try:
        for cells in islice(reader, 1, SAMPLE_ROWS + 1):
            if len(cells) == len(layout.header):
                found.append(tuple(cells))
    except csv.Error:
        pass  # the sample ends at a line that cannot be split; the check itself tells of it
    return tuple(found)
