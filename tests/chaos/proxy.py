"""A TCP proxy that is slow, cuts, swallows one direction, goes deaf, or cuts at a word. One thread a connection."""

from __future__ import annotations

import selectors
import socket
import struct
import threading
import time
from contextlib import suppress

_CHUNK = 64 << 10


class Proxy:
    """Forwards 127.0.0.1:`port` to 127.0.0.1:`target`; the attributes may be changed at any time.

    `swallow_answers` and `swallow_requests` read and forget a direction: a half-open or one-way connection.
    """

    def __init__(self, target: int, port: int = 0) -> None:
        self.target = target
        self.latency_secs = 0.0
        self.bytes_per_sec = 0.0
        self.chunk = _CHUNK
        self.swallow_answers = self.swallow_requests = False
        self.refuse = False
        self.cut_after: bytes | None = None
        """Once these bytes were forwarded to the target, its answers are swallowed and the connection is cut."""
        self.cuts = 0
        self._pairs: set[tuple[socket.socket, socket.socket]] = set()
        self._mutex = threading.Lock()
        self._server = socket.create_server(("127.0.0.1", port), backlog=128)
        self.port = int(self._server.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def heal(self) -> None:
        """Forward everything at once again; connections that were harmed are cut."""
        harmed = self.swallow_answers or self.swallow_requests
        self.latency_secs = self.bytes_per_sec = 0.0
        self.chunk, self.cut_after = _CHUNK, None
        self.swallow_answers = self.swallow_requests = self.refuse = False
        if harmed:
            self.cut(reset=False)

    def cut(self, *, reset: bool = True) -> None:
        """End all connections, with a reset or in an orderly way."""
        with self._mutex:
            pairs, self._pairs = self._pairs, set()
        for pair in pairs:
            self.cuts += 1
            _end(pair, reset)

    def close(self) -> None:
        """No more."""
        self.refuse = True
        with suppress(OSError):
            self._server.close()
        self.cut()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            try:
                if self.refuse:
                    raise OSError
                server = socket.create_connection(("127.0.0.1", self.target), timeout=5)
            except OSError:
                client.close()
                continue
            pair = (client, server)
            with self._mutex:
                self._pairs.add(pair)
            threading.Thread(target=self._carry, args=(pair,), daemon=True).start()

    def _carry(self, pair: tuple[socket.socket, socket.socket]) -> None:
        client, server = pair
        try:
            with selectors.DefaultSelector() as ready:
                ready.register(client, selectors.EVENT_READ, server)
                ready.register(server, selectors.EVENT_READ, client)
                while True:
                    for key, _ in ready.select(1):
                        source: socket.socket = key.fileobj  # type: ignore[assignment]
                        data = source.recv(self.chunk)
                        if not data or not self._pass(source is client, data, key.data):
                            return
        except (OSError, ValueError):
            return
        finally:
            with self._mutex:
                self._pairs.discard(pair)
            _end(pair, reset=True)

    def _pass(self, request: bool, data: bytes, to: socket.socket) -> bool:
        if self.latency_secs:
            time.sleep(self.latency_secs)
        if self.bytes_per_sec:
            time.sleep(len(data) / self.bytes_per_sec)
        if self.swallow_requests if request else self.swallow_answers:
            return True
        to.sendall(data)
        if request and self.cut_after is not None and self.cut_after in data:
            # The target has it and works on it; its answer never arrives.
            self.cut_after = None
            self.cuts += 1
            time.sleep(0.3)
            return False
        return True


def _end(pair: tuple[socket.socket, socket.socket], reset: bool) -> None:
    for one in pair:
        with suppress(OSError):
            if reset:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            else:
                one.shutdown(socket.SHUT_RDWR)
            one.close()
