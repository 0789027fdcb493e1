"""Jobs: submit, read, list, cancel, and wait for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf
from secrets import token_hex
from time import monotonic
from typing import Any

from galatea_client.errors import WaitTimeoutError, error_of_job, problem
from galatea_client.flows.answers import document
from galatea_client.models import CompletedJob, Job, JobPage, Model, ModelList
from galatea_client.retries import Attempts, Patience, ask
from galatea_client.steps import Call, Emit, Flow, Pause
from galatea_client.texts import printable

__all__ = ["cancel", "id_of", "jobs", "models", "read", "submit", "wait"]

_LONG_POLL_S = 20.0
_SHORT_POLL_S = 1.0  # where somebody looks at the progress
_PAGE_COUNT = 200  # the most that the service gives at once


def id_of(job: Job | str) -> str:
    """The id of a job, or the id itself."""
    return job if isinstance(job, str) else job.job_id


def submit(operation: str, fields: Mapping[str, Any], key: str | None, patience: Patience) -> Flow[Job]:
    """Ask for a job; every attempt carries the same idempotency key, so that they make one job."""
    given = {name: value for name, value in fields.items() if value is not None}
    call = Call(operation, given, idempotency_key=printable("idempotency_key", key or token_hex(16)))
    return document(Job, (yield from ask(call, Attempts(patience))))


def read(job_id: str, patience: Patience) -> Flow[Job]:
    """The job as it stands."""
    return document(Job, (yield from ask(Call("GetJob", {"job_id": job_id}), Attempts(patience))))


def cancel(job_id: str, patience: Patience) -> Flow[Job]:
    """The job, which has ended now; one that had ended before is unchanged."""
    return document(Job, (yield from ask(Call("CancelJob", {"job_id": job_id}), Attempts(patience))))


def wait(
    job: Job | str, on_progress: Callable[[Job], object] | None, timeout_s: float | None, patience: Patience
) -> Flow[CompletedJob]:
    """The job once it has completed; `on_progress` is shown how it stands about once a second.

    Raises:
        JobFailedError: It ended otherwise.
        WaitTimeoutError: It has not ended within `timeout_s`.
    """
    give_up_at = inf if timeout_s is None else monotonic() + timeout_s
    poll_s = _LONG_POLL_S if on_progress is None else _SHORT_POLL_S
    attempts = Attempts(patience, give_up_at)
    if isinstance(job, str):
        job = document(Job, (yield from ask(Call("GetJob", {"job_id": job}), attempts)))
    while not job.ended:
        if on_progress is not None:
            on_progress(job)
        left_s = give_up_at - monotonic()
        if left_s <= 0.0:
            raise _timeout(job, timeout_s or 0.0)
        job = yield from _poll(job.job_id, min(poll_s, left_s), attempts)
    if job.result is None:
        raise error_of_job(job)
    return document(CompletedJob, dict(job))


def _poll(job_id: str, poll_s: float, attempts: Attempts) -> Flow[Job]:
    """The job at its end, or after `poll_s`; the service itself counts whole seconds."""
    begun_at = monotonic()
    wait_s = int(poll_s)
    job = document(Job, (yield from ask(Call("GetJob", {"job_id": job_id}, wait_s=wait_s or None), attempts)))
    early_s = begun_at + poll_s - monotonic()
    if not job.ended and early_s > 0.0:  # less than a second was left, or the service is about to stop
        yield Pause(min(early_s, _SHORT_POLL_S))
    return job


def _timeout(job: Job, timeout_s: float) -> WaitTimeoutError:
    waited = f"after {timeout_s:g} s of waiting"
    detail = f"the job {job.job_id} is {job.status} {waited}; it goes on: wait again, or cancel it"
    return WaitTimeoutError(problem("wait_timeout", detail, retryable=True), job)


def jobs(where: Mapping[str, Any], limit: int | None, patience: Patience) -> Flow[None]:
    """Emit the tenant's jobs, the newest first, page after page, at most `limit`."""
    left = limit
    after = None
    while left is None or left > 0:
        size = _PAGE_COUNT if left is None else min(left, _PAGE_COUNT)
        given = {**where, "limit": size, "after": after}
        call = Call("ListJobs", {name: value for name, value in given.items() if value is not None})
        page = document(JobPage, (yield from ask(call, Attempts(patience))))
        for job in page.jobs:
            yield Emit(job)
        after = page.next
        left = None if left is None else left - len(page.jobs)
        if after is None:
            return


def models(patience: Patience) -> Flow[tuple[Model, ...]]:
    """The models that the service runs."""
    return document(ModelList, (yield from ask(Call("ListModels", {}), Attempts(patience)))).models
