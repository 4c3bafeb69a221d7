"""A JSON file looked at: one document or one item a line, where its list of items is, and the paths in an item."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from connectors.contract.row import Row
from connectors.contract.source import Wanted
from connectors.errors import Stop
from connectors.json_items import Doubled, Unreadable, parse, refused, row_of
from connectors.json_paths import lists_of, numbers_beside, paths_of
from connectors.names import plain
from connectors.recognise.encoding import Encoding
from connectors.recognise.header import folded
from connectors.recognise.known import known
from connectors.recognise.sample import SAMPLE_ROWS, Sample

_DOCUMENT_BYTES_MAX = 200 << 20
_LINES_LOOKED_AT = 50
_UTF_8 = ("utf-8", "utf-8-sig")


def json_samples(path: Path, text: str, encoding: Encoding, *, is_whole: bool) -> list[Sample]:
    """What a file may be taken for: of a document with several lists there is one for each.

    Args:
        path: the file.
        text: its beginning, in whole lines.
        encoding: how it is written.
        is_whole: whether the text is all of it.

    Raises:
        Stop: E304 no JSON, or no list of items in it; E308 a document too large to be looked at.
    """
    options: dict[str, Any] = {} if encoding.name in _UTF_8 else {"encoding": encoding.name}
    lines = [line for line in text.splitlines() if line.strip()]
    if _one_item_a_line(lines):
        items = [item for item in map(_item, lines[:SAMPLE_ROWS]) if item is not None]
        return [_sample({"layout": "lines", **options}, items, encoding)]
    if not is_whole and path.stat().st_size > _DOCUMENT_BYTES_MAX:
        raise Stop("E308", f"{plain(path.name)} is larger than {_DOCUMENT_BYTES_MAX:,} bytes")
    whole = text if is_whole else path.read_bytes().decode(encoding.name, "replace")
    try:
        document = parse(whole.encode("utf-8", "surrogatepass"))
    except Unreadable as error:
        raise refused(plain(path.name), error) from None
    found = [
        _sample({**_place(document, where, len(items)), **options}, items, encoding)
        for where, items in lists_of(document).items()
    ]
    if not found:
        raise Stop("E304", f"{plain(path.name)}: no list of items was found")
    return found


def _one_item_a_line(lines: Sequence[str]) -> bool:
    """Most lines are an object of their own. One alone may be a document: then its list decides."""
    looked_at = lines[:_LINES_LOOKED_AT]
    objects = [item for item in map(_item, looked_at) if item is not None]
    if len(lines) == 1:
        return bool(objects) and not lists_of(objects[0])
    return 2 * len(objects) > len(looked_at)


def _item(line: str) -> Any:
    """The object in a line, None where there is none."""
    if not line.lstrip("\ufeff ").startswith("{"):
        return None
    try:
        found = parse(line.encode("utf-8", "surrogatepass"))
    except Unreadable:
        return None
    return found if isinstance(found, (dict, Doubled)) else None


def _place(document: Any, path: str, count: int) -> dict[str, Any]:
    """Options that say where the list is, and the number that tells how many items it should have."""
    told: dict[str, Any] = {"items": path} if path else {}
    beside = [(name, number) for name, number in numbers_beside(document, path) if _counts_items(name)]
    # A number that differs is agreed on all the same: then it is one page of several, or a file cut short.
    for name, _ in sorted(beside, key=lambda one: one[1] != count)[:1]:
        told["total"] = name
    return told


def _counts_items(path: str) -> bool:
    return folded(path.rpartition("/")[2]) in map(folded, known("words")["counts_items"])


def _sample(options: dict[str, Any], items: Sequence[Any], encoding: Encoding) -> Sample:
    header = paths_of(islice(items, SAMPLE_ROWS))
    return Sample("json_file", options, header, tuple(_rows(items, header)), encoding)


def _rows(items: Sequence[Any], header: tuple[str, ...]) -> Iterator[tuple[Any, ...]]:
    wanted = Wanted(header, ())
    for number, item in enumerate(islice(items, SAMPLE_ROWS), start=1):
        if isinstance(row := row_of(number, item, wanted), Row):
            yield tuple(row.values[name] for name in header)
