"""A small HTTP server for one purpose, on asyncio and h11: strict parsing, limits on size, time and number.

Not the standard library's http.server: it says of itself that it is not for production, reads bodies without a limit
of time, and is lenient where strictness guards. Not a framework: a connector has none, on Windows either. h11 is
pure Python, strict about what HTTP/1.1 is, and comes with the HTTP client anyway.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import h11
import structlog

from connectors.errors import Stop

log = structlog.get_logger(__name__)

_HEAD_BYTES_MAX = 16 << 10
_AT_ONCE_MAX = 16
_BLOCK_BYTES = 1 << 16
_END_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Request:
    """A request; the body is empty when only its head is judged."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Response:
    """An answer in JSON."""

    status: int
    content: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)


class _Refused(Exception):
    def __init__(self, status: int, content: Mapping[str, Any]) -> None:
        super().__init__()
        self.response = Response(status, content)


class HttpServer:
    """Runs in a thread of its own, so that an answer does not wait for a delivery being read.

    `judge` sees the head of a request and refuses it before its body is read; `answer` sees all of it and may take its
    time, it runs in a thread of its own.
    """

    def __init__(
        self,
        address: str,
        port: int,
        judge: Callable[[Request], Response | None],
        answer: Callable[[Request], Response],
        *,
        bytes_max: int,
        seconds_max: float,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._judge, self._answer = judge, answer
        self._bytes_max, self._seconds_max, self._tls = bytes_max, seconds_max, tls
        self._address, self.port = address, port
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ending = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="http_push", daemon=True)
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._busy = 0

    def start(self) -> None:
        """Listen.

        Raises:
            Stop: E701 the port is taken or the address is not this machine's.
        """
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            raise Stop("E701", f"{self._address}:{self.port}: {type(self._failure).__name__}") from None

    def stop(self) -> None:
        """Let requests that are being answered end, then close."""
        if self._loop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._ending.set)
            self._thread.join(_END_SECONDS * 2)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            self._failure = error
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop, self._ending = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._connected, self._address, self.port, ssl=self._tls)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._ending.wait()
        server.close()
        for _ in range(int(_END_SECONDS / 0.05)):
            if not self._busy:
                break
            await asyncio.sleep(0.05)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection is one request: whoever hands in a few hundred a day needs no more."""
        connection = h11.Connection(h11.SERVER, max_incomplete_event_size=_HEAD_BYTES_MAX)
        self._busy += 1
        try:
            async with asyncio.timeout(self._seconds_max):
                try:
                    response = await self._respond(connection, reader, writer)
                except _Refused as refused:
                    response = refused.response
                except h11.RemoteProtocolError as error:
                    response = Response(error.error_status_hint, {"error": "bad request"})
                await _send(connection, writer, response)
                if connection.their_state is not h11.DONE:
                    await _hear_out(reader, writer, self._bytes_max)
        except (TimeoutError, OSError, h11.LocalProtocolError):
            pass  # whoever is too slow or gone gets no receipt, and hands in again
        finally:
            self._busy -= 1
            writer.close()

    async def _respond(
        self, connection: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> Response:
        head = await _next(connection, reader)
        if not isinstance(head, h11.Request):
            raise _Refused(400, {"error": "bad request"})
        request = Request(head.method.decode("latin-1"), head.target.decode("latin-1"), _headers(head))
        if self._busy > _AT_ONCE_MAX or self._ending.is_set():
            return Response(503, {"error": "busy"}, {"Retry-After": "5"})
        if (refused := self._judge(request)) is not None:
            return refused
        body = await self._body(connection, reader, writer)
        whole = Request(request.method, request.path, request.headers, body)
        try:
            return await asyncio.to_thread(self._answer, whole)
        except Exception as error:  # no receipt; of the error only its kind, for its text may hold values
            log.error("a request was not answered", error=type(error).__name__)
            return Response(500, {"code": "E901", "error": "not kept; hand it in again"})

    async def _body(
        self, connection: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bytes:
        blocks, size = [], 0
        if connection.they_are_waiting_for_100_continue:
            writer.write(connection.send(h11.InformationalResponse(status_code=100, headers=[])) or b"")
        while not isinstance(event := await _next(connection, reader), h11.EndOfMessage):
            if not isinstance(event, h11.Data):
                raise OSError  # closed before the end: nothing was handed in
            size += len(event.data)
            if size > self._bytes_max:
                raise _Refused(413, {"code": "E308", "error": f"more than {self._bytes_max} bytes"})
            blocks.append(bytes(event.data))
        return b"".join(blocks)


async def _hear_out(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, most: int) -> None:
    """Whoever is refused while still sending gets the answer, not a reset connection; but not for ever."""
    if writer.can_write_eof():
        writer.write_eof()
    while most > 0 and (block := await reader.read(_BLOCK_BYTES)):
        most -= len(block)


async def _next(connection: h11.Connection, reader: asyncio.StreamReader) -> Any:
    while (event := connection.next_event()) is h11.NEED_DATA:
        connection.receive_data(await reader.read(_BLOCK_BYTES))
    return event


def _headers(head: h11.Request) -> dict[str, str]:
    """Headers by lower-case name. One that comes twice is none: which one counts would be a guess."""
    names = [name for name, _ in head.headers]
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in head.headers if names.count(name) == 1}


async def _send(connection: h11.Connection, writer: asyncio.StreamWriter, response: Response) -> None:
    body = json.dumps(response.content, ensure_ascii=False).encode()
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Content-Length": str(len(body)),
        "Connection": "close",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        **response.headers,
    }
    head = h11.Response(status_code=response.status, headers=list(headers.items()))
    for event in (head, h11.Data(data=body), h11.EndOfMessage()):
        writer.write(connection.send(event) or b"")
    await writer.drain()
