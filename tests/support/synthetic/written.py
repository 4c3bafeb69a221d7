"""How days, numbers and texts are written in the formats."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from decimal import Decimal

from tests.support.synthetic.model import Day, Impossible, Job


def german(day: Day, otherwise: str = "") -> str:
    if isinstance(day, Impossible):
        return "31.02.2027"
    return day.strftime("%d.%m.%Y") if day else otherwise


def iso(day: Day, otherwise: str = "") -> str:
    if isinstance(day, Impossible):
        return "2027-02-31"
    return day.isoformat() if day else otherwise


def never(job: Job, words: str) -> str:
    """No last day: now as an empty cell, now as the day all programs use for it."""
    return words if job.number % 2 else ""


def comma(number: Decimal) -> str:
    return f"{number.normalize():f}".replace(".", ",")


def money(number: Decimal) -> str:
    """1.234,50"""
    return f"{number:,.2f}".translate(str.maketrans(".,", ",."))


def csv_bytes(rows: Iterable[tuple[str, list[str]]], delimiter: str, encoding: str, end: str = "\r\n") -> bytes:
    """Lines of a CSV file; the variant beside a row says how it is spoilt."""
    out = bytearray()
    for variant, cells in rows:
        buffer = io.StringIO(newline="")
        csv.writer(buffer, delimiter=delimiter, lineterminator=end).writerow(
            {"short": cells[:-1], "long": [*cells, "zu viel"]}.get(variant, cells)
        )
        line = buffer.getvalue()
        if variant == "unclosed":
            line = line.replace("Offenes Zitat", '"Offenes Zitat', 1)
        if variant == "nul":
            line = line.replace("Nullbyte", "Null\0byte", 1)
        raw = line.encode(encoding)
        if variant == "latin":
            raw = line.encode("cp1252") if encoding.startswith("utf") else line.encode("utf-8")
        out += raw
    return bytes(out)


def spoilt_text(job: Job) -> str:
    """The text a spoilt row needs for its defect to show."""
    return {"unclosed": "Offenes Zitat", "nul": "Nullbyte", "latin": "Größe"}.get(job.variant, job.text)
