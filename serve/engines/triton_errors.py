"""Triton's errors in the words of the service, and which of them pass by themselves."""

from __future__ import annotations

from tritonclient.utils import InferenceServerException

from serve.contracts.errors import EngineError, EngineInputError, GalateaError
from serve.models.spec import ModelSpec

__all__ = ["STUB_IS_DEAD", "galatea_error", "is_busy", "is_unloaded", "knows_no_segment", "passes"]

# What the Python backend says of a model whose process was killed; it never starts that by itself.
STUB_IS_DEAD = "is not healthy"

# Unloaded; unloading or loading; a name that the repository does not have.
_IS_UNLOADED = ("has no available versions", "is not at ready state")
_IS_UNKNOWN = "is not found"
_NO_SEGMENT = "shared memory region"
_IS_BUSY = ("Exceeds maximum queue size", "Request timeout expired")


def passes(error: InferenceServerException) -> bool:
    """Whether the same call may succeed in a moment, on this server or on the next.

    So do a server that is gone, a full queue, a model that is being loaded, and a dead stub, which a
    watchdog heals. Asking again is safe: an inference changes nothing.
    """
    status, message = _parts(error)
    return status in {"UNAVAILABLE", "CANCELLED"} or STUB_IS_DEAD in message or is_unloaded(error)


def galatea_error(spec: ModelSpec, url: str, error: InferenceServerException) -> GalateaError:
    """The error as callers of an engine know it.

    Returns:
        EngineInputError where the inputs are at fault, else EngineError, which is retryable.
    """
    status, message = _parts(error)
    if status == "INVALID_ARGUMENT":
        return EngineInputError(f"{spec.name}: Triton at {url} refuses the inputs: {message}")
    return EngineError(f"{spec.name}: Triton at {url} failed with {status}: {message}; {_remedy(message)}")


def is_busy(error: InferenceServerException) -> bool:
    """Whether the call was refused for what else waits there."""
    return any(text in _parts(error)[1] for text in _IS_BUSY)


def is_unloaded(error: InferenceServerException) -> bool:
    """Whether the server knows the model but has not loaded it, or is about to."""
    return any(text in _parts(error)[1] for text in _IS_UNLOADED)


def knows_no_segment(error: InferenceServerException) -> bool:
    """Whether the call named shared memory that the server has not mapped."""
    return _NO_SEGMENT in _parts(error)[1]


def _remedy(message: str) -> str:
    if STUB_IS_DEAD in message:
        return "the model's process died and its watchdog should load it again"
    if any(text in message for text in (*_IS_UNLOADED, _IS_UNKNOWN)):
        return "load the model there, or correct GALATEA_TRITON_URL"
    if "onnect" in message:  # connect, Connection
        return "start it with `galatea triton`, or correct GALATEA_TRITON_URL"
    return "see its log"


def _parts(error: InferenceServerException) -> tuple[str, str]:
    status = str(error.status() or "UNKNOWN").removeprefix("StatusCode.")
    return status, str(error.message()).rstrip(".")
