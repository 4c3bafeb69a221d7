"""Which jars make Apache Kafka: the pins in `kafka.lock.json`, and whether a file is what its pin says."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

LOCK_FILE = Path(__file__).with_name("kafka.lock.json")


@dataclass(frozen=True)
class Jar:
    """One jar of the lock. `size` in bytes, `sha256` in hexadecimal digits."""

    group: str
    artifact: str
    version: str
    file: str
    size: int
    sha256: str


def read_lock() -> list[Jar]:
    """The jars that the lock names."""
    return [Jar(**row) for row in json.loads(LOCK_FILE.read_text(encoding="utf-8"))]


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file's content in hexadecimal digits."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def is_good(jar: Jar, path: Path) -> bool:
    """Whether the file at `path` has the pinned size and SHA-256."""
    return path.is_file() and path.stat().st_size == jar.size and file_sha256(path) == jar.sha256
