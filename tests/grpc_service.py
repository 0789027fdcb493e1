"""The gRPC edge over the same parts as an HTTP application, for tests, and a client of both wires."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import grpc
import pytest
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.rpc.status_pb2 import Status

from serve.contracts.errors import ERRORS
from serve.contracts.galatea.v1 import galatea_pb2 as pb
from serve.contracts.jobs import Problem
from serve.edges.grpc_convert import fields_of, message_of
from serve.edges.grpc_edge import GrpcEdge
from tests.http_service import HttpService

__all__ = ["BASE_URL", "LAMP", "GrpcClient", "all_of", "calling", "encoded", "problem_in", "refused"]

BASE_URL = "http://127.0.0.1:8000"
LAMP = {"prompt": "a lamp"}
Metadata = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class GrpcClient:
    """Calls methods by name, with fields as JSON has them.

    Args:
        channel: To the service.
        port: Where that is.
        edge: The server itself.
        key: API key, if any.
    """

    channel: grpc.aio.Channel
    port: int
    edge: GrpcEdge
    key: str | None = None

    async def __call__(self, name: str, fields: dict[str, Any] | bytes, *metadata: tuple[str, str]) -> Any:
        """The answer's fields; raises `grpc.aio.AioRpcError`."""
        data, answer = _messages(name, fields)
        call = self.channel.unary_unary(f"/galatea.v1.GalateaService/{name}")
        return fields_of(answer.FromString(await call(data, metadata=self._with_key(metadata))))

    def stream(self, name: str, fields: dict[str, Any], *metadata: tuple[str, str]) -> Any:
        """The call, whose messages are to be read."""
        data, answer = _messages(name, fields)
        address = f"/galatea.v1.GalateaService/{name}"
        call = self.channel.unary_stream(address, response_deserializer=answer.FromString)
        return call(data, metadata=self._with_key(metadata))

    async def upload(self, *messages: dict[str, Any]) -> Any:
        """The stored asset's fields, for these messages."""
        call = self.channel.stream_unary("/galatea.v1.GalateaService/UploadAsset")
        parts = [message_of(pb.UploadAssetRequest, message).SerializeToString() for message in messages]
        return fields_of(pb.Asset.FromString(await call(iter(parts), metadata=self._with_key(()))))

    def _with_key(self, metadata: Metadata) -> Metadata:
        return metadata if self.key is None else (*metadata, ("authorization", f"Bearer {self.key}"))


def _messages(name: str, fields: dict[str, Any] | bytes) -> tuple[bytes, type[Message]]:
    method = pb.DESCRIPTOR.services_by_name["GalateaService"].methods_by_name[name]
    answer = GetMessageClass(method.output_type)
    if isinstance(fields, bytes):
        return fields, answer
    return message_of(GetMessageClass(method.input_type), fields).SerializeToString(), answer


@asynccontextmanager
async def calling(http: HttpService, key: str | None = None) -> AsyncIterator[GrpcClient]:
    """A client of the gRPC edge beside this application, on a free port of loopback."""
    edge = GrpcEdge(http.app.state.backstage, BASE_URL)
    port = await edge.start("127.0.0.1", 0)
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield GrpcClient(channel, port, edge, key)
    finally:
        http.app.state.backstage.let_go()
        await edge.stop(2.0)


def problem_in(error: grpc.aio.AioRpcError) -> Problem:
    """The problem that the error carries; its status must be the one of the call."""
    trailers = dict(error.trailing_metadata())
    status = Status.FromString(trailers["grpc-status-details-bin"])
    assert (status.code, status.message) == (error.code().value[0], error.details())
    [detail] = status.details
    problem = pb.Problem()
    assert detail.Unpack(problem)
    return Problem.model_validate(fields_of(problem))


def encoded(fields: Mapping[str, Any]) -> bytes:
    """The bytes of a request whose fields need not be right: numbers for enums, fields that do not exist."""
    unknown = b"\xf8\x06\x01" if "field 111" in fields else b""
    known = {name: value for name, value in fields.items() if name != "field 111"}
    raw = {
        name: known.pop(name) for name in ("format", "quality", "priority") if type(known.get(name)) is int
    }
    message = message_of(pb.TextTo3dRequest, known)
    for name, number in raw.items():
        setattr(message, name, number)
    return message.SerializeToString() + unknown


async def refused(call: Awaitable[Any], code: str, words: Sequence[str]) -> Problem:
    """The problem with which the call ends: with the status of the table, and words that help."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    problem = problem_in(caught.value)
    [kind] = [kind for kind in ERRORS if kind.code == code]
    assert (problem.code, caught.value.code().name) == (code, kind.grpc_status)
    assert [word for word in words if word not in problem.detail] == [], problem.detail
    assert len(problem.detail) < 2000
    assert ("retry-after-s" in dict(caught.value.trailing_metadata())) == kind.retryable
    return problem


async def all_of(stream: AsyncIterator[Any]) -> list[Any]:
    """Its messages to its end."""
    return [message async for message in stream]
