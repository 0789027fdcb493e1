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
    "CancelledJobError",
    "DeadlineExceededError",
    "EngineError",
    "EngineInputError",
    "GalateaError",
    "InvalidRequestError",
    "OutputUnwritableError",
    "StorageError",
    "UnsupportedFormatError",
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

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message, field)
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


class OutputUnwritableError(GalateaError):
    """The place where the result should go cannot be written."""

    code = "output_unwritable"
    http_status = 422
    grpc_status = "INVALID_ARGUMENT"
    exit_code = 73


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


ERRORS: tuple[type[GalateaError], ...] = (
    ArtifactMissingError,
    ArtifactTamperedError,
    CancelledJobError,
    DeadlineExceededError,
    EngineError,
    EngineInputError,
    GalateaError,
    InvalidRequestError,
    OutputUnwritableError,
    StorageError,
    UnsupportedFormatError,
)
