"""Random damage to what comes in: python -m tests.bad_input.fuzz --seed 1 --count 250000 [--only csv] [--first 4711]

Nothing may raise but what its contract names, nothing may take more than 100 ms per kB, and of CSV every sound row
must come through whatever stands between the rows. A case depends on seed and number alone, so it can be repeated.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from connectors import kept_rows
from connectors.contract.delivery import Delivery
from connectors.contract.row import Broken, Row
from connectors.contract.source import Wanted
from connectors.errors import Stop
from connectors.sources import csv_file, hr_ba_xml, json_file
from hub.steps.batch import Part
from hub.steps.decode import decode
from hub.steps.validate import validate
from hub.web.clean import paragraphs, safe_link
from schemas.codec import codec
from schemas.codes import Finding
from schemas.topics import EVENTS
from tests.bad_input import rows
from tests.support.events import PLAIN
from tests.support.raw import FakeRecord

MS_PER_KB_MAX = 100.0
_SOUND_ROWS = 40
_HEADER = ("Nr", "Titel", "Text", "KldB", "Ort")

_PIECES = [
    *(b"\0", b"\xff", b"\xc3", b"\x80" * 9, b"\xff" * 10, b"\xef\xbb\xbf", b"\xe2\x80\xae"),
    *(b'"', b'""', b";", b"\r", b"\n", b"\t", b"9" * 400, b" " * 300, b"\n" * 300),
    *(b"&", b"&#0;", b"&amp;" * 5, b"&lt;" * 100, b"<", b"</", b"<" * 200, b"<!--", b"-->", b"<![CDATA[", b"]]>"),
    *(b"<!DOCTYPE x>", b"<script>", b"<style>", b"<svg onload=x>", b"<a href='javascript:x'>", b"<br", b"<li "),
]


def damaged(data: bytes, dice: random.Random) -> bytes:
    """A few bytes changed, put in, taken out, doubled or cut off."""
    out = bytearray(data)
    for _ in range(dice.choice((1, 1, 1, 2, 3, 8))):
        at, width = dice.randrange(len(out) + 1), dice.choice((1, 1, 2, 4, 16, 64))
        kind = dice.randrange(6)
        if kind == 0 and at < len(out):
            out[at] ^= 1 << dice.randrange(8)
        elif kind == 1:
            out[at:at] = dice.choice(_PIECES)
        elif kind == 2:
            del out[at : at + width]
        elif kind == 3:
            out[at : at + width] = dice.randbytes(width)
        elif kind == 4:
            out[at:at] = out[at : at + width] * dice.choice((1, 2, 20))
        elif dice.random() < 0.2:
            del out[at:]
    return bytes(out)


@dataclass
class Figures:
    """What a run found."""

    name: str
    cases: int = 0
    bytes: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    """Milliseconds per kB of the slowest case."""
    ends: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        ends = " ".join(f"{end}={count}" for end, count in self.ends.most_common(8))
        return (
            f"{self.name:8} {self.cases:>9,} cases {self.bytes / 1e6:>8.1f} MB {self.seconds:>7.1f} s"
            f"  slowest {self.slowest:.2f} ms/kB  failures {len(self.failures)}  {ends}"
        )


Target = Callable[[random.Random, Path], tuple[int, str]]
"""Makes a case and tries it: its size, and how it ended. Raises if it must not have ended so."""


def try_decoder(dice: random.Random, _: Path) -> tuple[int, str]:
    """A value on a raw topic."""
    event = dice.choice(EVENTS)
    record = PLAIN[event]()
    value = damaged(codec(event).encode(record), dice)
    raw = FakeRecord(value, f"{record['jobcenter']}:{record['source_id']}".encode())
    part = Part(f"jobhub.raw.borken.{event}.v1", 0, record["jobcenter"], [raw])
    (verdict,) = validate(event, [part], decode(codec(event), [part]))
    return len(value), verdict.code if isinstance(verdict, Finding) else "passed"


def try_csv(dice: random.Random, folder: Path) -> tuple[int, str]:
    """A file whose sound rows have rubbish between them; or one that is damaged anywhere."""
    lines = [
        rows.csv([rows.sound(f"s{n}", Text='"ein; Text"')], _HEADER).split(b"\r\n")[1] + b"\r\n"
        for n in range(_SOUND_ROWS)
    ]
    header = (";".join(_HEADER) + "\r\n").encode()
    between = dice.random() < 0.7
    if between:
        rubbish = damaged(lines[0].strip().replace(b"s0", b"x"), dice).replace(b"\r", b"").replace(b"\n", b" ")
        lines.insert(dice.randrange(len(lines) + 1), rubbish + b"\r\n")
    content = header + b"".join(lines)
    path = folder / "x.csv"
    path.write_bytes(content if between else damaged(content, dice))
    options = {"encoding": "utf-8", "delimiter": ";"}
    source = csv_file.Source("s", options, Wanted(_HEADER, ("Nr",)), "*.csv", "full")
    try:
        found = list(source.read(Delivery("s", path.name, path, "", None, "full")))
    except Stop as stop:
        return len(content), stop.code
    if between:
        read = {row.values["Nr"] for row in found if isinstance(row, Row)}
        missing = [n for n in range(_SOUND_ROWS) if f"s{n}" not in read]
        if missing:
            raise AssertionError(f"{len(missing)} sound rows did not come through")
    broken = [row.code for row in found if isinstance(row, Broken)]
    return len(content), broken[0] if broken else "read"


def try_xml(dice: random.Random, folder: Path) -> tuple[int, str]:
    """A file of postings."""
    content = damaged(rows.xml([rows.point(str(n)) for n in range(5)]), dice)
    path = folder / "x.xml"
    path.write_bytes(content)
    source = hr_ba_xml.Source("s", {}, Wanted(_HEADER, ("Nr",)), "*.xml", "full")
    try:
        reading = source.read(Delivery("s", path.name, path, "", None, "full"))
        list(reading)
    except Stop as stop:
        return len(content), stop.code
    return len(content), "whole" if reading.complete else "broken off"


def try_json(dice: random.Random, folder: Path) -> tuple[int, str]:
    """A document, or lines; of the lines only the damaged one may suffer."""
    layout = dice.choice(("document", "lines"))
    items = [json.dumps(rows.sound(f"s{number}", Stunden=38.5, Ort=["a", {"b": None}])).encode() for number in range(9)]
    if layout == "lines":
        items[4] = damaged(items[4], dice).replace(b"\n", b" ")
        content = b"\n".join(items) + b"\n"
    else:
        content = damaged(b"[" + b",".join(items) + b"]", dice)
    path = folder / "x.json"
    path.write_bytes(content)
    source = json_file.Source("s", {"layout": layout}, Wanted(("Nr", "Titel", "Stunden"), ("Nr",)), "*.json", "full")
    try:
        found = list(source.read(Delivery("s", path.name, path, "", None, "full")))
    except Stop as stop:
        return len(content), stop.code
    if layout == "lines" and len([row for row in found if isinstance(row, Row)]) < 8:
        raise AssertionError("sound lines did not come through")
    for row in found:
        kept = kept_rows.dump(row)
        if [kept] != [kept_rows.dump(again) for again in kept_rows.load([kept]) if not isinstance(again, tuple)]:
            raise AssertionError("a row is not kept as it was")
    broken = [row.code for row in found if isinstance(row, Broken)]
    return len(content), broken[0] if broken else "read"


_MARKUP = (
    b"<p>Wir suchen <b>B\xc3\xa4cker</b>.</p><ul><li>Brot</li></ul>"
    b"<a href='https://x.example'>mehr</a><br/>&nbsp;&euro; 15"
)


def try_markup(dice: random.Random, _: Path) -> tuple[int, str]:
    """A description, and an address of a page."""
    text = damaged(_MARKUP * dice.choice((1, 1, 5)), dice).decode("utf-8", "replace")
    for line in (line for block in paragraphs(text) for line in block):
        if "\n" in line or "\r" in line:
            raise AssertionError("a line with a line feed in it")
    address = damaged(b"https://x.example/a?b=c", dice).decode("utf-8", "replace")
    link = safe_link(address)
    if link is not None and not link.lower().startswith(("http://", "https://")):
        raise AssertionError("a link that is none")
    return len(text), "link" if link else "no link"


TARGETS: dict[str, Target] = {
    "decoder": try_decoder,
    "csv": try_csv,
    "xml": try_xml,
    "json": try_json,
    "markup": try_markup,
}


def run(name: str, seed: int, count: int, first: int = 0, seconds: float = float("inf")) -> Figures:
    """Try cases of one kind, at most for so long."""
    figures, target, end = Figures(name), TARGETS[name], time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as scratch:
        for number in range(first, first + count):
            dice = random.Random(f"{seed}/{name}/{number}")
            began = time.thread_time()
            try:
                size, ended = target(dice, Path(scratch))
            except Exception as error:  # a finding, to be repeated by its number
                figures.failures.append(f"{name} --seed {seed} --first {number}: {type(error).__name__}: {error}")
                size, ended = 1024, "failed"
            spent = time.thread_time() - began
            pace = 1000 * spent / max(size / 1024, 1)
            if pace > MS_PER_KB_MAX:
                figures.failures.append(f"{name} --seed {seed} --first {number}: {pace:.0f} ms per kB")
            figures.cases, figures.bytes, figures.seconds = (
                figures.cases + 1,
                figures.bytes + size,
                figures.seconds + spent,
            )
            figures.slowest = max(figures.slowest, pace)
            figures.ends[ended] += 1
            if time.monotonic() > end:
                break
    return figures


def main() -> int:
    """Run as asked; 1 if anything was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=10_000, help="cases of each kind")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--only", choices=sorted(TARGETS))
    options = parser.parse_args()
    found = 0
    for name in [options.only] if options.only else TARGETS:
        figures = run(name, options.seed, options.count, options.first)
        print(figures, *figures.failures[:10], sep="\n", flush=True)
        found += len(figures.failures)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
