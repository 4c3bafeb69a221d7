"""The board's listening socket: answers on a kept connection are sent at once."""

from __future__ import annotations

import asyncio
import socket

import pytest

from hub.cli.web import _listen


async def _sends_at_once(listener: socket.socket) -> bool:
    """Whether a connection asyncio accepts on the socket has Nagle's algorithm off."""
    found: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    async def accepted(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = writer.get_extra_info("socket")
        found.set_result(bool(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)))
        writer.close()

    async with await asyncio.start_server(accepted, sock=listener):
        _, writer = await asyncio.open_connection(*listener.getsockname()[:2])
        answer = await asyncio.wait_for(found, 5)
        writer.close()
        await writer.wait_closed()
    return answer


async def test_an_answer_does_not_wait_for_the_visitor_to_acknowledge_the_one_before() -> None:
    assert await _sends_at_once(_listen("127.0.0.1", 0))


async def test_a_socket_that_does_not_say_it_is_tcp_would_be_noticed() -> None:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.bind(("127.0.0.1", 0))
    assert not await _sends_at_once(listener)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_any_free_port_is_taken_if_none_is_named(host: str) -> None:
    with _listen(host, 0) as listener:
        assert listener.getsockname()[1] > 0
