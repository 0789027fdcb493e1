"""The life of a job, and the error in which it may end."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from serve.contracts.errors import ERRORS, GalateaError, LedgerError, StorageError

__all__ = ["ENDED", "JobState", "Problem", "error_of", "problem_of", "without_insides"]


class JobState(StrEnum):
    """`queued -> running -> completed | failed | cancelled`; a lost worker's job is queued again."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDED = frozenset({JobState.COMPLETED, JobState.FAILED, JobState.CANCELLED})


class Problem(BaseModel):
    """An error as a document (RFC 9457), the same in a job, in an answer and between processes.

    Args:
        type: A name for the kind of error; a URI, as the RFC asks.
        title: The kind in words.
        status: HTTP status.
        detail: What happened, which value, what to do.
        code: The row of the error table.
        retryable: Whether the same request may succeed later.
        field: The request field at fault, if one is.
        retry_after_s: Seconds after which to try again, where that is known.
        predicted_start_s: Seconds after which a job accepted now would have started, where that is known.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: str
    title: str
    status: int
    detail: str
    code: str
    retryable: bool
    field: str | None = None
    retry_after_s: float | None = None
    predicted_start_s: float | None = None


_BY_CODE = {kind.code: kind for kind in ERRORS}
_INSIDES = {
    LedgerError.code: "the ledger does not answer; try again in a moment",
    StorageError.code: "the artifact store does not answer or has no room; try again in a moment",
}


def problem_of(error: GalateaError) -> Problem:
    """The error as a document."""
    return Problem(
        type=f"urn:galatea:error:{error.code}",
        title=error.code.replace("_", " "),
        status=error.http_status,
        detail=error.message,
        code=error.code,
        retryable=error.retryable,
        field=error.field,
        retry_after_s=getattr(error, "retry_after_s", None),
        predicted_start_s=getattr(error, "predicted_start_s", None),
    )


def error_of(problem: Problem) -> GalateaError:
    """The error that a document tells of; one with a code that this build does not know is internal."""
    kind = _BY_CODE.get(problem.code, GalateaError)
    details = [value for value in (problem.retry_after_s, problem.predicted_start_s) if value is not None]
    return kind(problem.detail, problem.field, *details)


def without_insides(problem: Problem) -> Problem:
    """The problem for a tenant of a shared service: the operator's hosts and paths stand in the log alone."""
    detail = _INSIDES.get(problem.code)
    return problem if detail is None else problem.model_copy(update={"detail": detail})
