"""HTTP, for threads and for event loops."""

from __future__ import annotations

from typing import Any

import httpx

from galatea_client.bodies import sync_pieces
from galatea_client.steps import Call
from galatea_client.wires.address import Address
from galatea_client.wires.http_calls import (
    client_options,
    decoder_of,
    fields_in,
    refusal_in,
    request_of,
    translated,
)
from galatea_client.wires.protocol import AsyncStream, Stream
from galatea_client.wires.threaded import ThreadedUploads

__all__ = ["AsyncHttpWire", "HttpWire"]


class HttpWire:
    """HTTP for threads; see `Wire`.

    Args:
        address: Where the service is.
    """

    def __init__(self, address: Address) -> None:
        self._address = address
        self._client = httpx.Client(**client_options(address))

    def ask(self, call: Call) -> Any:
        """The answer's fields."""
        with translated(self._address.url):
            answer = self._client.send(self._request(call))
        return fields_in(answer)

    def open(self, call: Call) -> Stream:
        """The answer as it comes."""
        decode = decoder_of(call)
        with translated(self._address.url):
            answer = self._client.send(self._request(call), stream=True)
            try:
                if not answer.is_success:
                    answer.read()
                    raise refusal_in(answer)
                for chunk in answer.iter_bytes():
                    yield from decode(chunk)
            finally:
                answer.close()

    def _request(self, call: Call) -> httpx.Request:
        content = None if call.body is None else sync_pieces(call.body)
        return request_of(self._client, call, content, self._address.timeout_s)

    def close(self) -> None:
        """Close its connections."""
        self._client.close()


class AsyncHttpWire:
    """HTTP for an event loop; see `AsyncWire`.

    Args:
        address: Where the service is.
    """

    def __init__(self, address: Address) -> None:
        self._address = address
        self._client = httpx.AsyncClient(**client_options(address))
        self._uploads = ThreadedUploads(lambda: HttpWire(address))

    async def ask(self, call: Call) -> Any:
        """The answer's fields."""
        if call.body is not None:
            return await self._uploads.ask(call, call.body)
        with translated(self._address.url):
            answer = await self._client.send(self._request(call))
        return fields_in(answer)

    async def open(self, call: Call) -> AsyncStream:
        """The answer as it comes."""
        decode = decoder_of(call)
        with translated(self._address.url):
            answer = await self._client.send(self._request(call), stream=True)
            try:
                if not answer.is_success:
                    await answer.aread()
                    raise refusal_in(answer)
                async for chunk in answer.aiter_bytes():
                    for item in decode(chunk):
                        yield item
            finally:
                await answer.aclose()

    def _request(self, call: Call) -> httpx.Request:
        return request_of(self._client, call, None, self._address.timeout_s)

    async def close(self) -> None:
        """Close its connections."""
        await self._client.aclose()
        await self._uploads.close()
