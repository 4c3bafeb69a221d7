"""Places people type, and text of a refused record that no terminal obeys."""

from __future__ import annotations

import pytest

from hub.cli._refused import Original, _read, as_json_text, place_of, printable
from hub.cli.output import Exit, Failure
from hub.cli.rejected import _hex
from schemas.codec import codec
from schemas.envelope import Coordinates
from tests.support.events import vacancy


@pytest.mark.parametrize("text", ["jobhub.raw.borken.vacancy.v1-2-4711", "jobhub.raw.borken.vacancy.v1[2]@4711"])
def test_a_place_is_read_in_both_ways_of_writing(text: str) -> None:
    assert Coordinates("jobhub.raw.borken.vacancy.v1", 2, 4711) == place_of(text)


@pytest.mark.parametrize("text", ["", "x", "x-1", "x-1-", "x-1-2-3", "x[1]-2", "x-1@2", "x--1-2", "x-٣-1", "x-1-2\n"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(Failure) as refused:
        place_of(text)

    assert (Exit.USAGE, "E109") == (refused.value.exit_code, refused.value.code)


@pytest.mark.parametrize("sign", ["\x1b", "\x07", "\r", "\x9b", "\u202e", "\u200b"])
def test_what_a_terminal_would_obey_is_written_out(sign: str) -> None:
    assert f"a\\u{ord(sign):04x}b" == printable(f"a{sign}b")
    assert sign not in as_json_text({"title": f"a{sign}b"})


def test_what_people_read_stays_as_it_is() -> None:
    assert "Bäckerei „Süß“ – 5 €\n(w/m/d)" == printable("Bäckerei „Süß“ – 5 €\n(w/m/d)")


def test_an_original_is_read_by_the_schema_it_names() -> None:
    value = codec("vacancy").encode(vacancy())

    assert Original(value, "vacancy", codec("vacancy").decode(value)) == _read(value)
    assert Original(value[:-1], "vacancy", None) == _read(value[:-1])
    assert Original(b"\0\0\0\x7f\xffx", None, None) == _read(b"\0\0\0\x7f\xffx")


def test_a_long_original_is_cut_on_the_screen_and_says_so() -> None:
    lines = _hex(bytes(1030))

    assert (33, "… und 6 weitere Bytes (--json)") == (len(lines), lines[-1])
    assert ["00 01"] == _hex(b"\0\1")
