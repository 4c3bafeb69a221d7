"""What a whole test run has once: a broker with a database, and a guarded broker. Each starts when first asked for.

With several processes (pytest-xdist) the first process of the run owns them and the others ask it. So they outlive a
process that ends early or dies, and one place stops them.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from threading import Thread
from typing import Any, Self

from hub.embedded import Endpoints, Services
from tests.support.guarded import guarded_broker


def data_folder() -> Path:
    """A folder for services; whoever takes it removes it."""
    return Path(tempfile.mkdtemp(prefix="jobhub-test-"))


@contextmanager
def _services() -> Iterator[Endpoints]:
    folder = data_folder()
    try:
        with Services(folder) as endpoints:
            yield endpoints
    finally:
        shutil.rmtree(folder, ignore_errors=True)


KINDS: dict[str, Callable[[], AbstractContextManager[Any]]] = {"services": _services, "guarded": guarded_broker}


class Shared:
    """Owns what was asked for; leaving it stops all."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._open: dict[str, Any] = {}

    def __call__(self, kind: str) -> Any:
        """Where the one of this kind is. Raises EmbeddedError when it cannot be started."""
        if kind not in self._open:
            self._open[kind] = self._stack.enter_context(KINDS[kind]())
        return self._open[kind]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop all that was started."""
        self._stack.close()


class Desk:
    """Answers the other processes of the run, one after another, so nothing is started twice."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._listener = Listener(family="AF_UNIX")
        self._thread = Thread(target=self._serve, name="desk", daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """For `ask`."""
        return str(self._listener.address)

    def close(self) -> None:
        """Answer nobody any more, and stop all; a start that is under way is waited for."""
        with Client(self.address, family="AF_UNIX") as desk:
            desk.send(None)
        self._thread.join()
        self._shared.close()

    def _serve(self) -> None:
        with self._listener:
            while True:
                asker = self._listener.accept()
                with suppress(EOFError, OSError), asker:  # it may die while it waits
                    if (kind := asker.recv()) is None:
                        return
                    self._answer(asker, kind)

    def _answer(self, asker: Connection, kind: str) -> None:
        try:
            asker.send((self._shared(kind), None))
        except Exception as error:
            asker.send((None, error))


def ask(address: str, kind: str) -> Any:
    """What `Shared` says of a kind, from another process; its errors are raised here."""
    with Client(address, family="AF_UNIX") as desk:
        desk.send(kind)
        found, error = desk.recv()
    if error is not None:
        raise error
    return found
