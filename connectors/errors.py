"""Errors named by the reaction they ask for: wait, reject the row, or leave the file alone."""

from __future__ import annotations

from schemas.codes import explain


class Retry(Exception):
    """The other side is away (database, share, broker). Nothing is lost: wait and ask again."""

    def __init__(self, code: str, what: str, after_seconds: float = 5.0) -> None:
        super().__init__(f"{what} [{code}: {explain(code).en}]")
        self.code, self.what, self.after_seconds = code, what, after_seconds


class BadRow(Exception):
    """This row cannot become an event: count it, reject it, go on with the next one.

    It never carries a value, because what is rejected may be somebody's customer number.
    """

    def __init__(self, code: str, column: str | None = None) -> None:
        super().__init__(f"{code} {explain(code).en}" + (f" (column {column})" if column else ""))
        self.code, self.column = code, column


class Stop(Exception):
    """Going on would do harm: this file, or this source, is refused as a whole."""

    def __init__(self, code: str, what: str, *, de: str | None = None) -> None:
        """`what` in English; `de` the same in German, where it is written by whoever raises it."""
        super().__init__(f"{what} [{code}: {explain(code).en}]")
        self.code, self.what, self.de = code, what, de
