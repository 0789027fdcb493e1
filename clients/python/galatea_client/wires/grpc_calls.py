"""Calls as gRPC has them: addresses, metadata, messages and errors, for threads and event loops alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import grpc
from google.rpc.status_pb2 import Status

from galatea_client.errors import GalateaError, UnsupportedError, error_of, problem, unreachable
from galatea_client.models import Problem
from galatea_client.steps import Call
from galatea_client.version import __version__
from galatea_client.wires.address import Address
from galatea_client.wires.grpc_messages import SERVICE_NAME, message_of, method_of, parse, problem_fields

__all__ = ["OPTIONS", "Prepared", "translated"]

OPTIONS = (
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1_000),  # our own pauses decide; these must be shorter
    ("grpc.keepalive_time_ms", 20_000),  # a stream of events may be silent, and its network dead
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.max_receive_message_length", 64 * 1024 * 1024),  # a page of jobs may be longer than gRPC's 4 MiB
    ("grpc.primary_user_agent", f"galatea-client/{__version__}"),
)
_DETAILS_KEY = "grpc-status-details-bin"
_RETRY_AFTER_KEY = "retry-after-s"
_PROBLEM_NAME = "galatea.v1.Problem"
_LOST = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.CANCELLED)


class Prepared:
    """A call, ready for either kind of channel.

    Args:
        call: What is asked.
        address: Where.

    Attributes:
        path: What gRPC calls the method.
        data: The request; of an upload, its first message.
        metadata: Who asks, and how.
        timeout_s: Seconds after which it is given up; None for an upload, which takes as long as it takes.

    Raises:
        GalateaError: The wire has no such method, or no such field.
    """

    def __init__(self, call: Call, address: Address) -> None:
        if call.method == "CreateLink":
            raise _no_links()
        self._method = method_of(call.method)
        is_upload = call.body is not None
        self.path = f"/{SERVICE_NAME}/{self._method.name}"
        self.data = self._encoded({"head": call.fields} if is_upload else call.fields)
        self.metadata = _metadata(call, address)
        self.timeout_s = None if is_upload else address.timeout_s + (call.wait_s or 0)

    def piece(self, data: bytes) -> bytes:
        """A message of an upload."""
        return self._encoded({"data": data})

    def _encoded(self, fields: Any) -> bytes:
        return bytes(message_of(self._method.input_type, fields).SerializeToString())

    def fields(self, data: bytes) -> Any:
        """The fields of an answer."""
        return parse(self._method.output_type, data)

    def item(self, data: bytes) -> Any:
        """An item of a stream: an event's fields, or bytes."""
        fields = self.fields(data)
        return fields.get("data", b"") if self._method.name == "DownloadAsset" else fields


def _no_links() -> UnsupportedError:
    detail = "links to assets are made over HTTP alone: they are addresses of HTTP; use http:// for them"
    return UnsupportedError(problem("unsupported", detail))


def _metadata(call: Call, address: Address) -> tuple[tuple[str, str], ...]:
    given = {
        "authorization": address.api_key and f"Bearer {address.api_key}",
        "idempotency-key": call.idempotency_key,
        "prefer": call.wait_s and f"wait={call.wait_s}",
    }
    return tuple((name, str(value)) for name, value in given.items() if value)


@contextmanager
def translated(address: Address) -> Iterator[None]:
    """Turn the errors of gRPC into ours."""
    try:
        yield
    except grpc.RpcError as error:
        raise _error_of(error, address) from None


def _error_of(error: Any, address: Address) -> GalateaError:
    """The service's own problem; without one, it was not the service that answered."""
    told = _problem_in(dict(error.trailing_metadata() or ()))
    if told is not None:
        return error_of(told)
    code, words = error.code(), error.details() or ""
    if code in _LOST:
        refused = "connect" in words.lower() or "resol" in words.lower()  # gRPC tells it in words alone
        return unreachable(address.url, f"{code.name}: {words}", refused=refused)
    detail = f"{address.url} answered {code.name} ({words}) with no words of Galatea's: is that Galatea?"
    return error_of(problem("unreadable_answer", detail, status=502))


def _problem_in(trailers: Mapping[str, Any]) -> Problem | None:
    """The problem that the trailing metadata hold, if they hold one."""
    status = Status.FromString(trailers.get(_DETAILS_KEY, b""))
    found = [detail.value for detail in status.details if detail.TypeName() == _PROBLEM_NAME]
    if not found:
        return None
    told = Problem.model_validate(problem_fields(found[0]))
    if told.retry_after_s is None and _RETRY_AFTER_KEY in trailers:
        told = told.model_copy(update={"retry_after_s": float(trailers[_RETRY_AFTER_KEY])})
    return told
