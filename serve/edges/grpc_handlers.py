"""From bytes to a method and back: one handler for each, made in a loop.

A call's bytes are read here, and not by the library, so that what is malformed is refused with a problem as
over HTTP.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import replace
from time import perf_counter
from typing import Any, Self

import grpc
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from serve.contracts.errors import GalateaError, RouteMissingError
from serve.contracts.galatea.v1 import galatea_pb2 as pb
from serve.edges.backstage import Backstage
from serve.edges.bodies import MAX_BODY_BYTES, body_too_large
from serve.edges.grpc_convert import fields_of, parse_message
from serve.edges.grpc_methods import Call, GrpcMethods
from serve.edges.grpc_problems import Refusal, internal_refusal, refusal_of
from serve.edges.grpc_uploads import checked_piece
from serve.edges.uploads import in_time
from serve.telemetry.metrics import GRPC_CALLS, GRPC_SECONDS

__all__ = ["SERVICE_NAME", "Unknown", "handlers_of"]

_SERVICE = pb.DESCRIPTOR.services_by_name["GalateaService"]
SERVICE_NAME: str = _SERVICE.full_name
_MAX_SHOWN = 80


def handlers_of(backstage: Backstage, methods: GrpcMethods) -> Mapping[str, Any]:
    """Name of each method -> its handler, as gRPC takes it."""
    unary = {
        name: grpc.unary_unary_rpc_method_handler(_Handler(backstage, name).unary(method))
        for name, method in methods.unary.items()
    }
    streams = {
        name: grpc.unary_stream_rpc_method_handler(_Handler(backstage, name).stream(method))
        for name, method in methods.streams.items()
    }
    inflows = {
        name: grpc.stream_unary_rpc_method_handler(_Handler(backstage, name).inflow(method))
        for name, method in methods.inflows.items()
    }
    return unary | streams | inflows


class _Handler:
    """What every call of one method passes: who asks, reading, measuring, and the end of all bugs."""

    def __init__(self, backstage: Backstage, name: str) -> None:
        self._backstage = backstage
        self._name = name
        self._kind = GetMessageClass(_SERVICE.methods_by_name[name].input_type)

    def unary(self, method: Callable[[Call], Awaitable[Message]]) -> Callable[[bytes, Any], Awaitable[bytes]]:
        """One message for one."""

        async def handle(data: bytes, context: Any) -> bytes:
            with _Measured(self._name) as measured:
                try:
                    call = self._call(data, context)
                    answer = await method(call)
                    context.set_trailing_metadata(tuple(call.trailers.items()))
                except Exception as error:  # the outermost edge of gRPC
                    await context.abort(*measured.ended_by(self._refusal(error)))
                return bytes(answer.SerializeToString())

        return handle

    def stream(
        self, method: Callable[[Call], AsyncGenerator[Message, None]]
    ) -> Callable[[bytes, Any], AsyncGenerator[bytes, None]]:
        """Many messages for one."""

        async def handle(data: bytes, context: Any) -> AsyncGenerator[bytes, None]:
            with _Measured(self._name) as measured:
                try:
                    async with aclosing(method(self._call(data, context))) as answers:
                        async for answer in answers:
                            yield answer.SerializeToString()
                except Exception as error:  # the outermost edge of gRPC
                    await context.abort(*measured.ended_by(self._refusal(error)))

        return handle

    def inflow(
        self, method: Callable[[Call, AsyncIterator[Message]], Awaitable[Message]]
    ) -> Callable[[AsyncIterator[bytes], Any], Awaitable[bytes]]:
        """Many messages, which the method reads itself, for one answer."""

        async def handle(parts: AsyncIterator[bytes], context: Any) -> bytes:
            with _Measured(self._name) as measured:
                try:
                    call = self._opened(context)
                    async with aclosing(self._messages(parts)) as messages:
                        answer = await method(call, messages)
                except Exception as error:  # the outermost edge of gRPC
                    await context.abort(*measured.ended_by(self._refusal(error)))
                return bytes(answer.SerializeToString())

        return handle

    def _call(self, data: bytes, context: Any) -> Call:
        """The call with what is asked, once it is known who asks.

        Raises:
            UnauthenticatedError: Nobody whom we know.
            BodyTooLargeError: The message is longer than `MAX_BODY_BYTES`.
            MalformedBodyError: It is no message of this method.
        """
        call = self._opened(context)
        if len(data) > MAX_BODY_BYTES:
            raise body_too_large()
        return replace(call, fields=fields_of(parse_message(self._kind, data)))

    async def _messages(self, parts: AsyncIterator[bytes]) -> AsyncGenerator[Message, None]:
        async with aclosing(in_time(parts)) as pieces:
            async for piece in pieces:
                yield parse_message(self._kind, checked_piece(piece))

    def _opened(self, context: Any) -> Call:
        metadata: dict[str, list[str]] = defaultdict(list)
        for name, value in context.invocation_metadata() or ():
            metadata[name].append(value)
        return Call(self._backstage.tenant_of(metadata.get("authorization", [""])[0]), {}, metadata)

    def _refusal(self, error: Exception) -> Refusal:
        if isinstance(error, GalateaError):
            return refusal_of(error, self._name, shared=bool(self._backstage.keys))
        return internal_refusal(self._name)


class Unknown(grpc.GenericRpcHandler):  # type: ignore[misc]  # it has no types
    """Refuses every method that no other handler took, with a problem."""

    def service(self, handler_call_details: Any) -> Any:
        """See `grpc.GenericRpcHandler`; as a stream of both sides, which any kind of call can read."""
        name = str(handler_call_details.method)[:_MAX_SHOWN]
        refusal = refusal_of(
            RouteMissingError(f"there is no method {name!a}; see galatea.proto, or ask by reflection"),
            "none",
            shared=False,
        )

        async def refuse(messages: AsyncIterator[bytes], context: Any) -> None:
            del messages
            with _Measured("none") as measured:
                await context.abort(*measured.ended_by(refusal))

        return grpc.stream_stream_rpc_method_handler(refuse)


class _Measured:
    """Counts a call of a method when it has ended, and how long it took."""

    def __init__(self, method: str) -> None:
        self._method = method
        self._code = grpc.StatusCode.OK
        self._begun = perf_counter()

    def ended_by(self, refusal: Refusal) -> Refusal:
        """Take note of how the call ends; the same refusal."""
        self._code = refusal[0]
        return refusal

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None and not issubclass(kind, Exception):
            self._code = grpc.StatusCode.CANCELLED  # the client has left
        GRPC_CALLS.labels(self._method, self._code.name).inc()
        GRPC_SECONDS.labels(self._method).observe(perf_counter() - self._begun)
