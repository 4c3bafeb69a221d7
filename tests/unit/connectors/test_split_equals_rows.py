"""Lines split and made by column, thousands at a time, lead to the same state as row by row, to the last byte."""

from __future__ import annotations

import csv
import sqlite3
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import examine, fast, rows, said
from connectors.compare import Outcome
from connectors.fast import bodies, events, pairs, split, texts, versions
from tests.support.tries import tries
from tests.unit.connectors import test_columns_equal_rows
from tests.unit.connectors.test_columns_equal_rows import FULL, PLAINLY, both, deliveries, file_of, outcome, planted

# However few lines there are, they are split; and texts are taken as those that hardly repeat from the second time on.
ALWAYS: dict[str, Any] = {"few": (split, "FEW", 1), "many": (bodies, "_MANY", -1.0)}


MOST = 4


def split_and_plain(files: list[bytes], encoding: str, most: int = MOST, **broken: Any) -> tuple[list[Any], list[Any]]:
    return both(files, encoding, **ALWAYS, most=(split, "_MOST", most), **broken)


@settings(max_examples=tries(60))
@given(deliveries(), st.sampled_from([1, 2, 5, 10_000]))
def test_whatever_stands_in_the_files_both_ways_lead_to_the_same(given_: tuple[list[bytes], str], most: int) -> None:
    found, plain = split_and_plain(*given_, most)

    assert plain == found


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "iso8859-15"])
@pytest.mark.parametrize("most", [3, 10_000])
def test_planted_rows_lead_to_the_same(encoding: str, most: int) -> None:
    files = [one.decode().encode(encoding, "replace") for one in planted()]

    found, plain = split_and_plain(files, encoding, most)

    assert plain == found
    assert found[0][0]["rejected"]
    assert found[0][1]["unchanged"]


def test_without_the_extra_it_comes_to_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast, "IS_THERE", False)
    monkeypatch.setattr(split.Split, "next", lambda *_: pytest.fail("a line was split by Arrow"))

    found, plain = split_and_plain(planted(), "utf-8")

    assert plain == found


def test_sound_lines_are_split_and_only_what_is_in_doubt_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []

    def noted(mapping: Any, one: Any) -> None:
        read.append(one.line)
        examine.map_row(mapping, one)

    monkeypatch.setattr(rows, "map_row", noted)
    for owner, name, value in ALWAYS.values():
        monkeypatch.setattr(owner, name, value)
    lines = [{**FULL, "Nr": str(number), "Text": f"Text {number}"} for number in range(1000, 1010)]
    lines[4]["Text"] = "12345BG0001234"

    (report,), *_ = outcome([file_of(lines, *PLAINLY)], "utf-8", monkeypatch)

    assert [6] == read
    assert 9 == report["sent_new"]


_others, _around_version, _said = events.Made.others, versions.Bare.around_version, said.Firsts.said


def _unseen_digits(data: Any, ends: Any) -> Any:
    return np.array([], np.intp)


def _one_too_few(self: Any, at: int) -> tuple[bytes, bytes]:
    before, after = _around_version(self, at)
    return before, after[1:]


def _nothing_first(self: Any, key: str) -> tuple[None, Outcome, int]:
    _, outcome, line = _said(self, key)
    return None, outcome, line + 1


def _only_doubts(self: Any, known: Any) -> list[int]:
    return _others(self, ())


MUTANTS: list[tuple[str, Any, str, Any]] = [
    ("rules between fields not asked", pairs.Pairs, "broken", lambda self, left, right: left.places < 0),
    ("digits in texts not seen", texts, "with_digits", _unseen_digits),
    ("texts not looked at", texts, "are_plain", lambda text: True),
    ("turned marks not noticed", split, "is_turned", lambda text: False),
    ("another hash", versions, "content_hashes", lambda found: ["0" * 32 for _ in found]),
    ("a version of another length", versions, "_NO_VERSION_BYTES", 1),
    ("a body without its version that lost a byte", versions.Bare, "around_version", _one_too_few),
    ("first events of which the line is not known", said.Firsts, "said", _nothing_first),
    ("leak guard not asked of keys", events, "leak_in", lambda text: None),
    ("keys that stood in the file before not noticed", events.Made, "others", _only_doubts),
]


def with_everything() -> list[bytes]:
    """What only the fast way of lines has to notice besides."""
    first, second, third = planted()
    changes: list[dict[str, str]] = [{"Text": "Pin 12345BG0001234"}, {"Text": "a\x01b"}, {"Text": "ä\u202eb"}]
    changes += [{"Text": "  "}, {"Text": "-"}, {"Text": "x" * 20_001}, {"Ende": "01.01.2020"}, {"Titel": "x\u0301"}]
    changes += [{"Nr": "12345BG0001234"}, {"Nr": "7 8"}, {"Nr": ""}, {"Text": "DE89370400440532013000"}]
    # Each of them apart from the others: lines that are split together are left to the plain way together.
    apart = [one for change in changes for one in (change, *[dict[str, str]()] * MOST)]
    more = [
        {**FULL, "Titel": f"Titel {number}", "Text": f"Text {number}", "Nr": str(number), **change}
        for number, change in enumerate([*[dict[str, str]()] * MOST, *apart], 1000)
    ]
    again = [*more, {**more[0], "Text": "anders"}, more[1]]
    new = [{**FULL, "Text": f"Text {number}", "Nr": str(number)} for number in range(2000, 2000 + 3 * MOST)]
    at_once = [*new, {**new[0], "Text": "anders"}, new[1], {**new[2], "KldB": "99999"}]
    files = (more, again, more[:-1], at_once)
    return [first, second, third, *[file_of(lines, *PLAINLY) for lines in files]]


def test_what_only_lines_have_to_notice_leads_to_the_same() -> None:
    found, plain = split_and_plain(with_everything(), "utf-8")

    assert plain == found


@pytest.mark.parametrize(("owner", "name", "broken"), [one[1:] for one in MUTANTS], ids=[one[0] for one in MUTANTS])
def test_a_fast_way_that_is_laxer_is_found_out(owner: Any, name: str, broken: Any) -> None:
    try:
        found, plain = split_and_plain(with_everything(), "utf-8", mutant=(owner, name, broken))
    except sqlite3.IntegrityError:
        return  # the state file itself does not take an entity twice

    assert plain != found


@pytest.mark.parametrize("epoch", [0, 63, 64, 8192, 2**31 - 1])
def test_an_epoch_of_whatever_length_leads_to_the_same(monkeypatch: pytest.MonkeyPatch, epoch: int) -> None:
    jobcenter = test_columns_equal_rows.jobcenter_in("utf-8").model_copy(update={"epoch": epoch})
    monkeypatch.setattr(test_columns_equal_rows, "jobcenter_in", lambda encoding: jobcenter)

    found, plain = split_and_plain(with_everything(), "utf-8")

    assert plain == found


def test_quotes_that_are_none_lead_to_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    options = {"encoding": "utf-8", "delimiter": ";", "quotes": "none"}
    jobcenter = test_columns_equal_rows.jobcenter_in("utf-8")
    jobcenter.sources["stellen"] = jobcenter.sources["stellen"].model_copy(update={"options": options})
    monkeypatch.setattr(test_columns_equal_rows, "jobcenter_in", lambda encoding: jobcenter)
    lines = [{**FULL, "Nr": str(number), "Text": f'"Zum Anker" {number}" x'} for number in range(1000, 1010)]
    header, *rows_ = [";".join(one) for one in (FULL, *(line.values() for line in lines))]

    found, plain = split_and_plain(["\r\n".join([header, *rows_, ""]).encode()] * 2, "utf-8")

    assert plain == found
    assert (10, 10) == (found[0][0]["sent_new"], found[0][1]["unchanged"])


def test_bytes_of_another_encoding_taken_as_they_are_are_found_out() -> None:
    lines = [{**FULL, "Nr": str(number), "Text": f"Grüße {number}"} for number in range(100, 110)]
    files = [file_of(lines, "utf-8", "\n", csv.QUOTE_MINIMAL, False, -1)]
    files[0] += file_of([{**FULL, "Nr": "200", "Titel": "Köchin ü "}], "cp1252", "\n", csv.QUOTE_MINIMAL, False, -1)[
        files[0].index(b"\n") + 1 :
    ]
    found, plain = split_and_plain(files, "cp1252")
    assert plain == found

    found, plain = split_and_plain(files, "cp1252", mutant=(split, "_may_be_utf8", lambda data, beyond: False))
    assert plain != found
