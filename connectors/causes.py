"""Findings by cause: what is wrong in the same way in the same column is mended once, however many rows it hits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from connectors.checked import CheckFinding


@dataclass(frozen=True, slots=True)
class Cause:
    """A code in a column, with all places where it was found."""

    code: str
    column: str | None
    findings: tuple[CheckFinding, ...]

    @property
    def is_error(self) -> bool:
        """Whether its rows are refused."""
        return self.findings[0].is_error

    @property
    def places(self) -> list[int]:
        """Lines of the file it stands in, or items of a format without lines."""
        return [finding.place for finding in self.findings if finding.place is not None]

    @property
    def values(self) -> list[tuple[str, int]]:
        """Values (or their shapes) with how often each occurs, frequent ones first."""
        return Counter(finding.shown for finding in self.findings if finding.shown is not None).most_common()


def causes_of(findings: Sequence[CheckFinding]) -> list[Cause]:
    """Causes: of the whole file first, then errors before notes, the most frequent first."""
    grouped: dict[tuple[str, str | None], list[CheckFinding]] = {}
    for finding in findings:
        grouped.setdefault((finding.code, finding.column), []).append(finding)
    causes = [Cause(code, column, tuple(found)) for (code, column), found in grouped.items()]
    return sorted(causes, key=lambda cause: (not cause.is_error, bool(cause.places), -len(cause.findings)))
