"""What a file is, by its first bytes: a workbook, XML, JSON, text with delimiters, or nothing we can read."""

from __future__ import annotations

from pathlib import Path

from connectors.errors import Stop
from connectors.names import plain
from connectors.recognise.encoding import Encoding, encoding_of
from connectors.recognise.json_sample import json_samples
from connectors.recognise.sample import Sample
from connectors.recognise.text_sample import TAIL_BYTES, text_sample
from connectors.recognise.workbook_sample import workbook_sample

_BYTES_MAX = 64 << 20
_BINARY_LOOKED_AT, _BINARY_SHARE = 64 << 10, 0.01
_NEVER_IN_TEXT = bytes([*range(9), *range(14, 26), *range(28, 32), 127])
_WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods")
_ARCHIVE, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


def samples_of(path: Path) -> list[Sample]:
    """Look at a file. What can be read in several ways gives several samples, the likeliest first.

    Raises:
        Stop: E304 an unknown format or no headers, E306 empty.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        raw = file.read(_BYTES_MAX)
        file.seek(max(0, size - TAIL_BYTES))
        tail = file.read()
    if not raw.strip(b"\r\n\t \0"):
        raise Stop("E306", f"{plain(path.name)} is empty")
    if raw.startswith((_ARCHIVE, _OLE)):
        return [workbook_sample(path)]
    if raw.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        return [Sample("hr_ba_xml", {}, ())]
    whole_lines = raw if len(raw) == size or b"\n" not in raw else raw[: raw.rfind(b"\n") + 1]
    encoding = encoding_of(whole_lines)
    _refuse_what_is_no_text(path, raw, encoding)
    text = whole_lines.decode(encoding.name, "replace").removeprefix("\ufeff")
    if text.lstrip()[:1] in ("{", "["):
        return json_samples(path, text, encoding, is_whole=len(raw) == size)
    return [text_sample(path, text, encoding, tail)]


def _refuse_what_is_no_text(path: Path, raw: bytes, encoding: Encoding) -> None:
    if encoding.name.startswith("utf-16"):
        return
    looked_at = raw[:_BINARY_LOOKED_AT]
    if len(looked_at) - len(looked_at.translate(None, _NEVER_IN_TEXT)) <= _BINARY_SHARE * len(looked_at):
        return
    ending = path.suffix.lower()
    if ending in _WORKBOOKS:
        raise Stop("E304", f"{plain(path.name)} ends in {ending}, but is no workbook of Excel or LibreOffice")
    raise Stop("E304", f"{plain(path.name)} is neither text nor a workbook")
