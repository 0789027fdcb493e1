"""Answers to requests whose body nobody has read to its end: the connection is closed, and gently.

A refused upload would otherwise be read to its end, however long, for the sake of the next request on the
connection. Closing at once has a fault too: what is still on its way makes the kernel reset the connection,
and a client that is busy sending may never see the answer (RFC 9112, section 9.6). So a part is read first.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import Message, Receive, Scope, Send

__all__ = ["BodyWatch"]

_LINGER_S = 2.0
_LINGER_BYTES = 1024 * 1024


class BodyWatch:
    """Looks how much of a request's body was read, and ends the connection where that is not all.

    Args:
        scope: The request.
        receive: As the server gives it.
        send: As the server gives it.
    """

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        self._receive, self._send = receive, send
        self._is_coming = "expect" not in headers  # who asks before sending stops when it is refused
        self._is_whole = "transfer-encoding" not in headers and headers.get("content-length", "0") == "0"

    async def receive(self) -> Message:
        """The next event of the request."""
        event = await self._receive()
        self._is_whole = self._is_whole or not event.get("more_body", False)
        return event

    async def send(self, message: Message) -> None:
        """An event of the answer."""
        if self._is_whole:
            await self._send(message)
        elif message["type"] == "http.response.start":
            MutableHeaders(scope=message)["Connection"] = "close"
            await self._send(message)
        elif message.get("more_body", False):
            await self._send(message)
        else:
            await self._send({**message, "more_body": True})
            if self._is_coming:
                await self._linger()
            await self._send({"type": "http.response.body", "body": b""})

    async def _linger(self) -> None:
        """Read on for a little while, so that the client can stop sending and read the answer."""
        byte_count = 0
        with suppress(TimeoutError):
            async with asyncio.timeout(_LINGER_S):
                while not self._is_whole and byte_count < _LINGER_BYTES:
                    byte_count += len((await self.receive()).get("body", b""))
