"""Sealed boxes: only the owner opens them, and damage shows."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.sealed import (
    NotOpened,
    fingerprint,
    generate_keypair,
    open_sealed,
    read_key,
    read_public_keys,
    seal,
    write_keypair,
)

PRIVATE, PUBLIC = generate_keypair()


@given(st.binary(max_size=5000))
def test_the_owner_gets_back_what_was_sealed(plain: bytes) -> None:
    sealed = seal(PUBLIC, plain)

    assert (fingerprint(PUBLIC), plain) == (sealed["recipient"], open_sealed(PRIVATE, sealed["box"]))


def test_two_boxes_of_one_text_have_nothing_in_common() -> None:
    one, other = seal(PUBLIC, b"text")["box"], seal(PUBLIC, b"text")["box"]

    assert one[:32] != other[:32]
    assert one[32:] != other[32:]


def test_another_key_does_not_open_it() -> None:
    with pytest.raises(NotOpened):
        open_sealed(generate_keypair()[0], seal(PUBLIC, b"text")["box"])


@pytest.mark.parametrize("place", [0, 31, 32, 40, -1])
def test_a_changed_byte_is_noticed(place: int) -> None:
    box = bytearray(seal(PUBLIC, b"a text of some length")["box"])
    box[place] ^= 1

    with pytest.raises(NotOpened):
        open_sealed(PRIVATE, bytes(box))


@pytest.mark.parametrize("box", [b"", b"short", bytes(32), bytes(60)])
def test_what_is_no_box_does_not_open(box: bytes) -> None:
    with pytest.raises(NotOpened):
        open_sealed(PRIVATE, box)


def test_key_files_are_for_their_owner_and_are_never_overwritten(tmp_path: Path) -> None:
    key_file, public_file = write_keypair(tmp_path / "keys", "borken")

    assert 0o600 == stat.S_IMODE(key_file.stat().st_mode)
    assert b"text" == open_sealed(read_key(key_file), seal(read_key(public_file), b"text")["box"])
    assert {"borken": read_key(public_file)} == read_public_keys(tmp_path / "keys")
    with pytest.raises(FileExistsError):
        write_keypair(tmp_path / "keys", "borken")


@pytest.mark.parametrize("content", [b"", b"not base64!", b"c2hvcnQ="])
def test_a_file_without_a_key_is_named_and_not_quoted(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "borken.pub").write_bytes(content)

    with pytest.raises(ValueError, match=r"borken\.pub: expected 32 bytes"):
        read_public_keys(tmp_path)
