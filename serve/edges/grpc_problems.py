"""Errors over gRPC: the status by name from the one table, and the problem document in the status's details.

The trailing metadata have `grpc-status-details-bin`, a Status of googleapis (google/rpc/status.proto) that
holds one galatea.v1.Problem, and `retry-after-s` where trying again may help.
"""

from __future__ import annotations

import logging
import math

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.rpc.status_pb2 import Status

from serve.contracts.errors import GalateaError
from serve.contracts.galatea.v1 import galatea_pb2 as pb
from serve.contracts.jobs import problem_of, without_insides
from serve.edges.grpc_convert import message_of

__all__ = ["DETAILS_KEY", "RETRY_AFTER_KEY", "Refusal", "internal_refusal", "refusal_of"]

DETAILS_KEY = "grpc-status-details-bin"
RETRY_AFTER_KEY = "retry-after-s"
_RETRY_AFTER_S = 5.0  # where nobody knows better

_log = logging.getLogger(__name__)

Refusal = tuple[grpc.StatusCode, str, tuple[tuple[str, str | bytes], ...]]
"""Status, words, and trailing metadata: what `context.abort` takes."""


def refusal_of(error: GalateaError, method: str, *, shared: bool) -> Refusal:
    """How a call ends that raised this error.

    Args:
        error: What happened.
        method: Which was called, for the log.
        shared: Whether the client is one of many tenants, who need not know the operator's hosts and paths.
    """
    if error.http_status >= 500:
        _log.warning("%s: %s", method, error)
    problem = problem_of(error)
    if shared:
        problem = without_insides(problem)
    code = grpc.StatusCode[error.grpc_status]
    details = AnyMessage()
    details.Pack(message_of(pb.Problem, problem.model_dump(mode="json")))
    status = Status(code=code.value[0], message=problem.detail, details=[details])
    trailers: tuple[tuple[str, str | bytes], ...] = ((DETAILS_KEY, status.SerializeToString()),)
    if error.retryable:
        trailers += ((RETRY_AFTER_KEY, str(math.ceil(getattr(error, "retry_after_s", _RETRY_AFTER_S)))),)
    return code, problem.detail, trailers


def internal_refusal(method: str) -> Refusal:
    """How a call ends that met a bug; what happened stands in the log alone. Call it in the handler."""
    _log.exception("a call of %s failed by a bug", method)
    error = GalateaError(
        "the service failed by a bug of its own, which it has logged; tell the operator when"
    )
    return refusal_of(error, method, shared=False)
