"""Physical lines of a file, one at a time or a few ahead, decoded strictly."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Self

from connectors.file_hashes import SummedFile

_BLOCK_BYTES, _BUFFER_BYTES = 4 << 20, 1 << 16
_MARKS = (b"\xff\xfe", b"\xfe\xff")
# Where ISO-8859 has control characters, Windows has quotes and dashes: such bytes betray another encoding.
_CONTROLS = frozenset(map(chr, range(0x80, 0xA0)))
_UTF8_MARK = b"\xef\xbb\xbf"
_UTF8_KINDS = b"A" * 0x80 + b"c" * 0x40 + b"L" * 0x40


class Lines:
    """The lines of one file."""

    bytes_max = 4 << 20
    """Of a longer line the rest is passed over: a file without line ends must not fill the memory."""

    def __init__(self, path: Path, encoding: str) -> None:
        self._raw = SummedFile(path)
        self._file = io.BufferedReader(self._raw, _BUFFER_BYTES)
        self._ahead: list[bytes] = []
        self._at = 0
        self._last = b"\n"
        self._encoding = encoding
        self._one_byte = not encoding.startswith("utf")
        self._controls = control_bytes(encoding) if self._one_byte else b""
        self._as_latin1 = bytes_as_in_latin1(encoding) if self._one_byte else b""
        self.number = 0
        """Number of the last line taken, from 1."""
        self.may_have_quotes = False
        """Whether one of the lines that lie ready has a quote, or had one."""
        self.foreign_mark = False
        start = self._file.read(3)
        if start == _UTF8_MARK:
            self.foreign_mark = self._one_byte
        else:
            self.foreign_mark = start[:2] in _MARKS
            self._file.seek(0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    @property
    def ended_with_newline(self) -> bool:
        """Whether the last line taken did."""
        return self._last.endswith(b"\n")

    @property
    def check_sum(self) -> int | None:
        """CRC-32C of the file, once its end was reached."""
        return self._raw.check_sum

    def take(self) -> bytes | None:
        """The next line with its end; None at the end of the file."""
        if self._at == len(self._ahead) and not self._read_on():
            return None
        self.number += 1
        self._last = self._ahead[self._at]
        self._at += 1
        return self._last

    def ready(self, most: int | None = None) -> list[bytes]:
        """Lines that lie ready, not taken yet, all or so many; none at the end of the file."""
        if self._at == len(self._ahead):
            self._read_on()
        return self._ahead[self._at : self._at + most if most is not None else None]

    def skip(self, count: int) -> None:
        """Take some lines that lie ready."""
        self._at += count
        self.number += count
        self._last = self._ahead[self._at - 1] if count else self._last

    def peek(self, ahead: int) -> bytes | None:
        """A line further on, not taken yet; 0 is the next one."""
        while len(self._ahead) <= self._at + ahead:
            if not self._read_on():
                return None
        return self._ahead[self._at + ahead]

    def _read_on(self) -> bool:
        """Read some lines more; False at the end of the file."""
        block = self._file.read(_BLOCK_BYTES)
        if not block.endswith(b"\n"):
            block += self._cut(self._file.readline(self.bytes_max))
        self.may_have_quotes = b'"' in block or (self._at < len(self._ahead) and self.may_have_quotes)
        self._ahead = self._ahead[self._at :] + io.BytesIO(block).readlines()
        self._at = 0
        return bool(block)

    def _cut(self, line: bytes) -> bytes:
        if len(line) < self.bytes_max or line.endswith(b"\n"):
            return line
        while (rest := self._file.readline(_BLOCK_BYTES)) and not rest.endswith(b"\n"):
            pass
        return line + (b"\n" if rest else b" ")

    def decoded(self, raw: bytes) -> str | None:
        """The text of some bytes, None if they are not of the declared encoding.

        A one-byte character set decodes anything, so it is asked whether the bytes are UTF-8 instead: umlauts in
        cp1252 or cp850 hardly ever form valid UTF-8 by chance.
        """
        try:
            # Python has a table for each Windows character set and none for Latin-1, which takes a fifth of the time.
            text = raw.decode(self._encoding if raw.translate(None, self._as_latin1) else "latin-1")
        except UnicodeDecodeError:
            return None
        if self._one_byte and not raw.isascii():
            if self._controls and len(raw.translate(None, self._controls)) < len(raw):
                return None
            if b"LA" in raw.translate(_UTF8_KINDS):
                return text  # a byte that begins a character of several, and then ASCII: surely no UTF-8
            try:
                raw.decode("utf-8")
            except UnicodeDecodeError:
                return text
            return None
        return text

    def loosely(self, raw: bytes) -> str:
        """The text of bytes that are not all readable, with a mark in place of what is not."""
        return raw.decode(self._encoding, "replace")


@cache
def control_bytes(encoding: str) -> bytes:
    """Bytes that stand for control characters beyond ASCII in a one-byte encoding."""
    return bytes(byte for byte in range(256) if bytes([byte]).decode(encoding, "replace") in _CONTROLS)


@cache
def bytes_as_in_latin1(encoding: str) -> bytes:
    """Bytes that stand for the same character in Latin-1, each by itself."""
    return bytes(byte for byte in range(256) if bytes([byte]).decode(encoding, "replace") == chr(byte))
