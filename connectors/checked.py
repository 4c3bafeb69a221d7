"""What an examined file is said to be: its findings by place, and the counts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from connectors.errors import Stop


@dataclass(frozen=True, slots=True)
class CheckFinding:
    """A place in the file and what is wrong there. `value` only where a value can hold nothing personal.

    A format whose items stand on no line of their own has `row` alone.
    """

    code: str
    line: int | None
    column: str | None
    value: str | None
    row: int | None = None
    """Number of the row among the rows of data, from 1; `line` is where it stands in the file."""
    masked: str | None = None
    """Shape of a value that is not shown."""

    @property
    def is_error(self) -> bool:
        """Whether the row is refused; otherwise it is only worth a look."""
        return not self.code.startswith("W")

    @property
    def place(self) -> int | None:
        """The line, or the number of an item that stands on none."""
        return self.row if self.line is None else self.line

    @property
    def shown(self) -> str | None:
        """The value, or its shape."""
        return self.value if self.value is not None else self.masked


@dataclass(slots=True)
class Checked:
    """Result for one file."""

    jobcenter: str
    source: str
    event: str
    file: str
    size: int
    load: str
    format: str = ""
    by_item: bool = False
    """Whether rows are items of a document, which have a number and no line."""
    complete: bool = False
    rows: int = 0
    valid: int = 0
    refused: str | None = None
    """What is wrong with the file as a whole, if it cannot be taken."""
    findings: list[CheckFinding] = field(default_factory=list)
    codes: Counter[str] = field(default_factory=Counter)
    unmapped: list[str] = field(default_factory=list)
    mapping: dict[str, list[str]] = field(default_factory=dict)

    def note(self, finding: CheckFinding, *, first: bool = False) -> None:
        """Add a finding."""
        self.codes[finding.code] += 1
        self.findings.insert(0 if first else len(self.findings), finding)

    def refuse(self, error: Stop) -> None:
        """The file as a whole cannot be taken."""
        self.refused, self.valid = error.what, 0
        self.codes[error.code] += 1
        self.findings = [CheckFinding(error.code, None, None, None)]

    @property
    def is_clean(self) -> bool:
        """Nothing is refused."""
        return self.refused is None and not any(not code.startswith("W") for code in self.codes)
