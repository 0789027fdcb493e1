"""gRPC, for threads and for event loops."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import grpc

from galatea_client.bodies import Body, sync_pieces
from galatea_client.steps import Call
from galatea_client.wires.address import Address
from galatea_client.wires.grpc_calls import OPTIONS, Prepared, translated
from galatea_client.wires.protocol import AsyncStream, Stream
from galatea_client.wires.threaded import ThreadedUploads

__all__ = ["AsyncGrpcWire", "GrpcWire"]


class GrpcWire:
    """gRPC for threads; see `Wire`.

    Args:
        address: Where the service is.
    """

    def __init__(self, address: Address) -> None:
        self._address = address
        if address.has_tls:
            self._channel = grpc.secure_channel(address.target, grpc.ssl_channel_credentials(), OPTIONS)
        else:
            self._channel = grpc.insecure_channel(address.target, OPTIONS)

    def ask(self, call: Call) -> Any:
        """The answer's fields."""
        ready = Prepared(call, self._address)
        if call.body is not None:
            return self._upload(ready, _Messages(ready, call.body))
        with translated(self._address):
            method = self._channel.unary_unary(ready.path)
            data = method(ready.data, timeout=ready.timeout_s, metadata=ready.metadata)
        return ready.fields(data)

    def _upload(self, ready: Prepared, messages: _Messages) -> Any:
        try:
            with translated(self._address):
                data = self._channel.stream_unary(ready.path)(iter(messages), metadata=ready.metadata)
        finally:
            messages.reraise()
        return ready.fields(data)

    def open(self, call: Call) -> Stream:
        """The answer as it comes."""
        ready = Prepared(call, self._address)
        with translated(self._address):
            answers = self._channel.unary_stream(ready.path)(ready.data, metadata=ready.metadata)
            try:
                for data in answers:
                    yield ready.item(data)
            finally:
                answers.cancel()

    def close(self) -> None:
        """Close its connections."""
        self._channel.close()


class _Messages:
    """The messages of an upload; gRPC reads them in a thread of its own, where an error of theirs is lost."""

    def __init__(self, ready: Prepared, body: Body) -> None:
        self._ready = ready
        self._pieces = sync_pieces(body)
        self._error: Exception | None = None

    def __iter__(self) -> Iterator[bytes]:
        yield self._ready.data
        try:
            for piece in self._pieces:
                yield self._ready.piece(piece)
        except Exception as error:  # a caller's iterable may raise anything, and it is the caller's to see
            self._error = error
            raise

    def reraise(self) -> None:
        """Raise the error of the source, if it had one."""
        if self._error is not None:
            raise self._error


class AsyncGrpcWire:
    """gRPC for an event loop; see `AsyncWire`.

    Args:
        address: Where the service is.
    """

    def __init__(self, address: Address) -> None:
        self._address = address
        self._opened: grpc.aio.Channel | None = None
        self._uploads = ThreadedUploads(lambda: GrpcWire(address))

    @property
    def _channel(self) -> grpc.aio.Channel:
        """Opened with the first call, for it belongs to the event loop that runs then."""
        if self._opened is None:
            target = self._address.target
            if self._address.has_tls:
                self._opened = grpc.aio.secure_channel(target, grpc.ssl_channel_credentials(), OPTIONS)
            else:
                self._opened = grpc.aio.insecure_channel(target, OPTIONS)
        return self._opened

    async def ask(self, call: Call) -> Any:
        """The answer's fields."""
        if call.body is not None:
            return await self._uploads.ask(call, call.body)
        ready = Prepared(call, self._address)
        with translated(self._address):
            method = self._channel.unary_unary(ready.path)
            data = await method(ready.data, timeout=ready.timeout_s, metadata=ready.metadata)
        return ready.fields(data)

    async def open(self, call: Call) -> AsyncStream:
        """The answer as it comes."""
        ready = Prepared(call, self._address)
        with translated(self._address):
            answers = self._channel.unary_stream(ready.path)(ready.data, metadata=ready.metadata)
            try:
                async for data in answers:
                    yield ready.item(data)
            finally:
                answers.cancel()

    async def close(self) -> None:
        """Close its connections."""
        if self._opened is not None:
            await self._opened.close()
        await self._uploads.close()
