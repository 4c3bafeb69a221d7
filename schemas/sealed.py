"""A sealed box: anybody can close it for a Jobcenter, only that Jobcenter opens it.

X25519 with a one-time key, HKDF-SHA256, ChaCha20-Poly1305 (RFC 7748, RFC 5869, RFC 8439).
"""

from __future__ import annotations

import base64
import binascii
import errno
import hashlib
import os
from pathlib import Path
from typing import TypedDict

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_KEY_BYTES = 32
_INFO = b"muensterland-jobhub sealed v1"
# One key seals one box, so the nonce may be constant (RFC 8439, 2.8: a nonce must not be used twice *with one key*).
_NONCE = bytes(12)


class Sealed(TypedDict):
    """What stands in field `sealed` of schemas/rejected: whose it is, and the one-time public key before the text."""

    recipient: str
    box: bytes


class NotOpened(Exception):
    """The box was closed for another key, or was damaged."""


def generate_keypair() -> tuple[bytes, bytes]:
    """A fresh pair (private, public), 32 bytes each."""
    private = X25519PrivateKey.generate()
    return private.private_bytes_raw(), private.public_key().public_bytes_raw()


def public_of(private: bytes) -> bytes:
    """The public half of a private key."""
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def fingerprint(public: bytes) -> str:
    """Name of a public key: 16 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(public).hexdigest()[:16]


def seal(public: bytes, plain: bytes) -> Sealed:
    """Close a box for the owner of a public key."""
    once = X25519PrivateKey.generate()
    once_public = once.public_key().public_bytes_raw()
    shared = once.exchange(X25519PublicKey.from_public_bytes(public))
    box = ChaCha20Poly1305(_derive(shared, once_public, public)).encrypt(_NONCE, plain, None)
    return {"recipient": fingerprint(public), "box": once_public + box}


def open_sealed(private: bytes, box: bytes) -> bytes:
    """What was sealed.

    Raises:
        NotOpened: the box was closed for another key, or was damaged.
    """
    own = X25519PrivateKey.from_private_bytes(private)
    once_public = box[:_KEY_BYTES]
    try:
        shared = own.exchange(X25519PublicKey.from_public_bytes(once_public))
        key = _derive(shared, once_public, own.public_key().public_bytes_raw())
        return ChaCha20Poly1305(key).decrypt(_NONCE, box[_KEY_BYTES:], None)
    except (InvalidTag, ValueError):
        raise NotOpened("the box does not open with this key: it was closed for another one, or is damaged") from None


def _derive(shared: bytes, once_public: bytes, public: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=once_public + public, info=_INFO).derive(shared)


# ---------------------------------------------------------------------------------------------------------- key files


def write_keypair(folder: Path, jobcenter: str) -> tuple[Path, Path]:
    """Make a pair and write <jobcenter>.key (for its owner only) and <jobcenter>.pub, both base64 text.

    Raises:
        FileExistsError: there is a key already; another one would not open what was sealed before.
    """
    private, public = generate_keypair()
    folder.mkdir(parents=True, exist_ok=True)
    key_file, public_file = folder / f"{jobcenter}.key", folder / f"{jobcenter}.pub"
    if public_file.exists():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(public_file))
    with open(os.open(key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(base64.b64encode(private) + b"\n")
    public_file.write_bytes(base64.b64encode(public) + b"\n")
    return key_file, public_file


def read_key(file: Path) -> bytes:
    """A key from its file, private or public.

    Raises:
        ValueError: the file does not hold a key; the message never quotes it.
    """
    try:
        key = base64.b64decode(file.read_bytes().strip(), validate=True)
    except binascii.Error:
        key = b""
    if len(key) != _KEY_BYTES:
        raise ValueError(f"{file}: expected {_KEY_BYTES} bytes as one line of base64")
    return key


def read_public_keys(folder: Path) -> dict[str, bytes]:
    """Public keys of a folder by Jobcenter id, from <jobcenter>.pub.

    Raises:
        ValueError: a file does not hold a key.
    """
    return {file.stem: read_key(file) for file in sorted(folder.glob("*.pub"))}
