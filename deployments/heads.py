"""Uvicorn's protocol, with an end to the head of a request, in bytes and in time.

Without it one client can take all memory, or hold connections for ever, before any of our code is asked.
"""

from __future__ import annotations

import asyncio
import json

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from serve.contracts.errors import MalformedRequestError
from serve.contracts.jobs import problem_of

__all__ = ["BoundedHeads"]

_MAX_HEAD_BYTES = 64 * 1024
_HEAD_TIMEOUT_S = 20.0


class BoundedHeads(HttpToolsProtocol):
    """Refuses a head that is too long, and closes a connection whose first head does not come."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """See `asyncio.Protocol`; the time for the first head begins."""
        super().connection_made(transport)
        self._head_byte_count = 0
        self._head_complete = False
        self._head_timer = self.loop.call_later(_HEAD_TIMEOUT_S, transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        self._head_timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`; what belongs to a head is counted."""
        super().data_received(data)
        if self._head_complete:
            return
        self._head_byte_count += len(data)
        if self._head_byte_count > _MAX_HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("the head of the request is longer than 64 KiB")

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no request by a problem document, or by closing where an answer is on its way."""
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            self.transport.write(_refusal(msg))
        self.transport.close()

    def on_message_begin(self) -> None:
        """The parser has seen the first byte of a head."""
        super().on_message_begin()
        self._head_byte_count, self._head_complete = 0, False
        self._head_timer.cancel()
        self._head_timer = self.loop.call_later(_HEAD_TIMEOUT_S, self.transport.close)

    def on_headers_complete(self) -> None:
        """The parser has seen the end of a head."""
        self._head_complete = True
        self._head_timer.cancel()
        super().on_headers_complete()


def _refusal(what: str) -> bytes:
    """The answer on the wire; `what` is a sentence of this module's or of Uvicorn's."""
    error = MalformedRequestError(f"{what.rstrip('.')}; send HTTP/1.1, and a head of at most 64 KiB")
    body = json.dumps(problem_of(error).model_dump(mode="json", exclude_none=True)).encode()
    head = (
        "HTTP/1.1 400 Bad Request",
        "content-type: application/problem+json",
        f"content-length: {len(body)}",
        "cache-control: no-store",
        "connection: close",
    )
    return "\r\n".join((*head, "", "")).encode() + body
