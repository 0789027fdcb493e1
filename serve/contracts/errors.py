"""One table of errors: code, HTTP status, gRPC status name, whether a retry can help.

Every exception passes all its arguments to `super().__init__`, so it survives pickling between processes.
The message says what happened, which value, and what to do.
"""

from __future__ import annotations

from typing import ClassVar

__all__ = [
    "ERRORS",
    "ArtifactMissingError",
    "ArtifactTamperedError",
    "BodyTooLargeError",
    "CancelledJobError",
    "DeadlineExceededError",
    "EngineError",
    "EngineInputError",
    "GalateaError",
    "IdempotencyConflictError",
    "InvalidRequestError",
    "JobMissingError",
    "LedgerError",
    "LinkRefusedError",
    "MalformedBodyError",
    "MalformedRequestError",
    "MethodNotAllowedError",
    "MisdirectedError",
    "NotAcceptableError",
    "NotReadyError",
    "OutputUnwritableError",
    "QueueFullError",
    "RangeUnsatisfiableError",
    "ReplayDiffersError",
    "RouteMissingError",
    "StageMovedError",
    "StaleFenceError",
    "StorageError",
    "UnauthenticatedError",
    "UnreadableMeshError",
    "UnsupportedFormatError",
    "UnsupportedMediaTypeError",
    "WorkerLostError",
]


class GalateaError(Exception):
    """What Galatea raises on purpose.

    Args:
        message: What happened, which value, what to do.
        field: The request field at fault, if one is.
    """

    code: ClassVar[str] = "internal"
    http_status: ClassVar[int] = 500
    grpc_status: ClassVar[str] = "INTERNAL"
    retryable: ClassVar[bool] = False
    exit_code: ClassVar[int] = 70

    def __init__(self, message: str, field: str | None = None, *details: float) -> None:
        super().__init__(message, field, *details)
        self.message = message
        self.field = field

    def __str__(self) -> str:
        return self.message


class InvalidRequestError(GalateaError):
    """A field is malformed, unknown or out of range."""

    code = "invalid_request"
    http_status = 422
    grpc_status = "INVALID_ARGUMENT"
    exit_code = 64


class UnsupportedFormatError(InvalidRequestError):
    """A format this build cannot write; the message says how to get it."""

    code = "unsupported_format"


class UnreadableMeshError(InvalidRequestError):
    """An uploaded file holds no mesh that can be used: it is broken, hostile, or beyond the limits."""

    code = "unreadable_mesh"
    exit_code = 65


class NotAcceptableError(GalateaError):
    """The asset fails the policy that was asked for, also after repair; the message names the checks."""

    code = "not_acceptable"
    http_status = 422
    grpc_status = "FAILED_PRECONDITION"
    exit_code = 65


class OutputUnwritableError(GalateaError):
    """The place where the result should go cannot be written."""

    code = "output_unwritable"
    http_status = 422
    grpc_status = "INVALID_ARGUMENT"
    exit_code = 73


class ReplayDiffersError(GalateaError):
    """A manifest's plan gave other bytes here; the message says from which stage on, and why."""

    code = "replay_differs"
    http_status = 409
    grpc_status = "FAILED_PRECONDITION"
    exit_code = 65


class StorageError(GalateaError):
    """The artifact store failed: a full disk, a lost connection."""

    code = "storage_failed"
    http_status = 503
    grpc_status = "UNAVAILABLE"
    retryable = True
    exit_code = 74


class ArtifactMissingError(GalateaError):
    """No artifact has this digest."""

    code = "artifact_missing"
    http_status = 404
    grpc_status = "NOT_FOUND"
    exit_code = 66


class ArtifactTamperedError(GalateaError):
    """The stored bytes are not those of the digest."""

    code = "artifact_tampered"
    http_status = 500
    grpc_status = "DATA_LOSS"
    exit_code = 74


class EngineError(GalateaError):
    """A model cannot be loaded or run."""

    code = "engine_failed"
    http_status = 503
    grpc_status = "UNAVAILABLE"
    retryable = True
    exit_code = 69


class EngineInputError(GalateaError):
    """A stage gave a model inputs that break its ModelSpec; the same inputs would fail again."""

    code = "engine_input"


class CancelledJobError(GalateaError):
    """The job was cancelled."""

    code = "cancelled"
    http_status = 409
    grpc_status = "CANCELLED"
    exit_code = 130


class DeadlineExceededError(GalateaError):
    """The job's deadline passed."""

    code = "deadline_exceeded"
    http_status = 504
    grpc_status = "DEADLINE_EXCEEDED"
    exit_code = 75


class MalformedBodyError(GalateaError):
    """The body is no JSON object."""

    code = "malformed_body"
    http_status = 400
    grpc_status = "INVALID_ARGUMENT"
    exit_code = 64


class MalformedRequestError(GalateaError):
    """What came is no HTTP request, or its head is too long."""

    code = "malformed_request"
    http_status = 400
    grpc_status = "INVALID_ARGUMENT"
    exit_code = 64


class UnsupportedMediaTypeError(GalateaError):
    """The body's content type is not one that this operation reads."""

    code = "unsupported_media_type"
    http_status = 415
    grpc_status = "INVALID_ARGUMENT"
    exit_code = 64


class BodyTooLargeError(GalateaError):
    """The body is longer than the limit."""

    code = "body_too_large"
    http_status = 413
    grpc_status = "RESOURCE_EXHAUSTED"
    exit_code = 64


class UnauthenticatedError(GalateaError):
    """The API key is missing or unknown."""

    code = "unauthenticated"
    http_status = 401
    grpc_status = "UNAUTHENTICATED"
    exit_code = 77


class LinkRefusedError(GalateaError):
    """The signed link has expired, or is not one that this service gave out."""

    code = "link_refused"
    http_status = 403
    grpc_status = "PERMISSION_DENIED"
    exit_code = 77


class RouteMissingError(GalateaError):
    """Nothing answers at this address."""

    code = "route_missing"
    http_status = 404
    grpc_status = "UNIMPLEMENTED"
    exit_code = 64


class MethodNotAllowedError(GalateaError):
    """The address exists, but not for this method."""

    code = "method_not_allowed"
    http_status = 405
    grpc_status = "UNIMPLEMENTED"
    exit_code = 64


class MisdirectedError(GalateaError):
    """The request names a host that this service does not answer for."""

    code = "misdirected"
    http_status = 421
    grpc_status = "PERMISSION_DENIED"
    exit_code = 64


class JobMissingError(GalateaError):
    """This tenant has no job of that id: it never existed, was removed, or is another's."""

    code = "job_missing"
    http_status = 404
    grpc_status = "NOT_FOUND"
    exit_code = 66


class RangeUnsatisfiableError(GalateaError):
    """The asked range lies outside the asset."""

    code = "range_unsatisfiable"
    http_status = 416
    grpc_status = "OUT_OF_RANGE"
    exit_code = 64


class IdempotencyConflictError(GalateaError):
    """The idempotency key was used for another body."""

    code = "idempotency_conflict"
    http_status = 409
    grpc_status = "ALREADY_EXISTS"
    exit_code = 64


class QueueFullError(GalateaError):
    """The queue has reached its limit.

    Args:
        message: What happened, which value, what to do.
        field: None.
        retry_after_s: Seconds after which there should be room.
        predicted_start_s: Seconds after which a job accepted now would have started.
    """

    code = "queue_full"
    http_status = 429
    grpc_status = "RESOURCE_EXHAUSTED"
    retryable = True
    exit_code = 75

    def __init__(
        self,
        message: str,
        field: str | None = None,
        retry_after_s: float = 1.0,
        predicted_start_s: float = 0.0,
    ) -> None:
        super().__init__(message, field, retry_after_s, predicted_start_s)
        self.retry_after_s = retry_after_s
        self.predicted_start_s = predicted_start_s


class NotReadyError(GalateaError):
    """The service is starting, stopping, or lacks a part."""

    code = "not_ready"
    http_status = 503
    grpc_status = "UNAVAILABLE"
    retryable = True
    exit_code = 69


class LedgerError(GalateaError):
    """The ledger's database cannot be reached or written."""

    code = "ledger_failed"
    http_status = 503
    grpc_status = "UNAVAILABLE"
    retryable = True
    exit_code = 74


class StaleFenceError(GalateaError):
    """Somebody else has claimed the work since: what this worker writes is refused."""

    code = "stale_fence"
    http_status = 409
    grpc_status = "ABORTED"


class StageMovedError(GalateaError):
    """A stage now runs with another model or runtime than its key was made of: the key is made anew."""

    code = "stage_moved"
    http_status = 503
    grpc_status = "UNAVAILABLE"
    retryable = True
    exit_code = 69


class WorkerLostError(GalateaError):
    """The process that ran the work died; after three deaths the job fails with this."""

    code = "worker_lost"
    http_status = 503
    grpc_status = "UNAVAILABLE"
    retryable = True
    exit_code = 69


ERRORS: tuple[type[GalateaError], ...] = (
    ArtifactMissingError,
    ArtifactTamperedError,
    BodyTooLargeError,
    CancelledJobError,
    DeadlineExceededError,
    EngineError,
    EngineInputError,
    GalateaError,
    IdempotencyConflictError,
    InvalidRequestError,
    JobMissingError,
    LedgerError,
    LinkRefusedError,
    MalformedBodyError,
    MalformedRequestError,
    MethodNotAllowedError,
    MisdirectedError,
    NotAcceptableError,
    NotReadyError,
    OutputUnwritableError,
    QueueFullError,
    RangeUnsatisfiableError,
    ReplayDiffersError,
    RouteMissingError,
    StageMovedError,
    StaleFenceError,
    StorageError,
    UnauthenticatedError,
    UnreadableMeshError,
    UnsupportedFormatError,
    UnsupportedMediaTypeError,
    WorkerLostError,
)
