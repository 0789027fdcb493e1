"""Every error of this client.

    GalateaError
    ├── InvalidRequestError        the request is wrong: change it; `field` says where
    ├── UnauthorizedError          the API key or the link is not accepted
    ├── NotFoundError              no such job, asset or address, or it is another tenant's
    ├── ConflictError              the idempotency key was used for another request
    ├── QueueFullError             the queue has no room; `retry_after_s`
    ├── ServiceError               the service failed; `retryable` says whether a later try may help
    ├── UnreachableError           nobody answered, or the connection was lost
    ├── WaitTimeoutError           the time that you gave `wait` is over; the job goes on
    ├── DigestMismatchError        the bytes are not those of the asset's digest
    ├── UnsupportedError           this wire, or this installation, cannot do that
    └── JobFailedError             the job ended without a result; `job` is how
        ├── JobCancelledError      it was cancelled
        └── DeadlineExceededError  its own deadline passed

Which class an answer becomes depends on its status alone, so that a code that came later has a class too.
All of them survive pickling.
"""

from __future__ import annotations

from galatea_client.models import Job, JobState, Problem

__all__ = [
    "ConflictError",
    "DeadlineExceededError",
    "DigestMismatchError",
    "GalateaError",
    "InvalidRequestError",
    "JobCancelledError",
    "JobFailedError",
    "NotFoundError",
    "QueueFullError",
    "ServiceError",
    "UnauthorizedError",
    "UnreachableError",
    "UnsupportedError",
    "WaitTimeoutError",
    "error_of",
    "error_of_job",
    "problem",
    "unreachable",
]


class GalateaError(Exception):
    """What this client raises on purpose.

    Args:
        problem: The error in the service's words, or in this client's where it found the error itself.
        job: The job that it concerns, if it concerns one.

    Attributes:
        code: The kind of error, one word; the service's documentation lists its own.
        title: The kind in words.
        detail: What happened, which value, what to do; also `str(error)`.
        status: HTTP status, on both wires; 0 where the service said nothing.
        retryable: Whether the same request may succeed later.
        field: The request field at fault, if one is.
        retry_after_s: Seconds after which to try again, where that is known.
        predicted_start_s: Seconds after which a job accepted now would have started, where that is known.
    """

    def __init__(self, problem: Problem, job: Job | None = None) -> None:
        super().__init__(problem, job)
        self.problem = problem
        self.job = job
        self.code = problem.code
        self.title = problem.title
        self.detail = problem.detail
        self.status = problem.status
        self.retryable = problem.retryable
        self.field = problem.field
        self.retry_after_s = problem.retry_after_s
        self.predicted_start_s = problem.predicted_start_s

    def __str__(self) -> str:
        return self.detail

    @property
    def job_id(self) -> str | None:
        """Of the job that it concerns."""
        return None if self.job is None else self.job.job_id


class InvalidRequestError(GalateaError):
    """The request is wrong and stays so: a field, its size, its type, the address."""


class UnauthorizedError(GalateaError):
    """The API key is missing or unknown, or the link has expired."""


class NotFoundError(GalateaError):
    """There is no such job, asset or address, or it is another tenant's."""


class ConflictError(GalateaError):
    """The idempotency key was used for another request."""


class QueueFullError(GalateaError):
    """The queue has reached its limit, and still had when all retries were used up."""


class ServiceError(GalateaError):
    """The service, or a proxy before it, failed."""


class UnreachableError(GalateaError):
    """Nobody answered, or the connection was lost.

    Attributes:
        refused: Whether no connection came about at all, so that nothing can have been done.
    """

    def __init__(self, problem: Problem, job: Job | None = None, refused: bool = False) -> None:
        super().__init__(problem, job)
        self.refused = refused


class WaitTimeoutError(GalateaError, TimeoutError):
    """The time that was given for waiting is over; the job goes on, `job` is how it stood last."""


class DigestMismatchError(GalateaError):
    """The bytes that came are not those of the digest; nothing of them was kept."""


class UnsupportedError(GalateaError):
    """This wire cannot do that, or a part of the installation is missing."""


class JobFailedError(GalateaError):
    """The job ended without a result."""


class JobCancelledError(JobFailedError):
    """The job was cancelled."""


class DeadlineExceededError(JobFailedError):
    """The job's own deadline passed."""


_BY_STATUS: dict[int, type[GalateaError]] = {
    401: UnauthorizedError,
    403: UnauthorizedError,
    404: NotFoundError,
    409: ConflictError,
    429: QueueFullError,
}
_BY_CODE_OF_JOB = {"cancelled": JobCancelledError, "deadline_exceeded": DeadlineExceededError}


def error_of(problem: Problem) -> GalateaError:
    """The error of an answer."""
    rest = ServiceError if problem.status >= 500 else InvalidRequestError
    return _BY_STATUS.get(problem.status, rest)(problem)


def error_of_job(job: Job) -> JobFailedError:
    """The error in which a job has ended."""
    told = job.error or problem(_code(job), f"the job {job.job_id} ended as {job.status}, without a reason")
    return _BY_CODE_OF_JOB.get(told.code, JobFailedError)(told, job)


def _code(job: Job) -> str:
    return "cancelled" if job.status == JobState.CANCELLED else "failed"


def problem(
    code: str, detail: str, *, status: int = 0, retryable: bool = False, field: str | None = None
) -> Problem:
    """An error that this client found itself.

    Args:
        code: The kind of error, one word.
        detail: What happened, which value, what to do.
        status: HTTP status; 0 where the service said nothing.
        retryable: Whether the same request may succeed later.
        field: The request field at fault, if one is.
    """
    return Problem(
        title=code.replace("_", " "),
        status=status,
        detail=detail,
        code=code,
        retryable=retryable,
        field=field,
    )


def unreachable(url: str, reason: str, *, refused: bool) -> UnreachableError:
    """Nobody answers at this URL; `refused` as `UnreachableError` has it."""
    detail = f"nothing answers at {url} ({reason}); is the service up, and the address right?"
    return UnreachableError(problem("unreachable", detail, retryable=True), None, refused)
