"""A check as JSON: the same findings for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hub.cli.output import language
from schemas.codes import explain
from schemas.rule_set import rule_set

if TYPE_CHECKING:
    from connectors.checked import CheckFinding
    from hub.cli.check import Result

_WARNINGS = frozenset({"W107", "W115", "W128", "W222", "W321"})
"""Accepted, but probably wrong; other remarks are notes."""


def as_object(result: Result) -> dict[str, Any]:
    """What `--json` prints beside its version."""
    found = result.found
    findings = [_finding(one) for one in found.findings]
    findings += [_unread(column) for column in found.unmapped]
    return {
        "ok": found.is_clean,
        "rows": found.rows,
        "rule_set": rule_set(),
        "findings": findings,
        "next": result.next,
    }


def severity(finding: CheckFinding) -> str:
    """error: refused; warning: accepted and doubtful; note: good to know."""
    if finding.is_error:
        return "error"
    return "warning" if finding.code in _WARNINGS else "note"


def _finding(one: CheckFinding) -> dict[str, Any]:
    texts = explain(one.code)
    return {
        "code": one.code,
        "severity": severity(one),
        "row": one.row,
        "line": one.line,
        "column": one.column,
        "value": one.shown,
        "message": texts.text(language()),
        "fix": texts.next_step(language()),
    }


def _unread(column: str) -> dict[str, Any]:
    texts = explain("W310")
    return {
        "code": "W310",
        "severity": "note",
        "row": None,
        "line": None,
        "column": column,
        "value": None,
        "message": texts.text(language()),
        "fix": texts.next_step(language()),
    }
