"""Jobs over HTTP: one POST for every row of OPERATIONS; list, read and cancel."""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import FastAPI, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from serve.admission import admit
from serve.contracts.errors import (
    BodyTooLargeError,
    GalateaError,
    IdempotencyConflictError,
    InvalidRequestError,
    JobMissingError,
    LedgerError,
    MalformedBodyError,
    QueueFullError,
    UnauthenticatedError,
    UnsupportedFormatError,
    UnsupportedMediaTypeError,
)
from serve.contracts.jobs import ENDED, JobState
from serve.contracts.views import JobPage, JobView
from serve.edges.backstage import Backstage, asked_wait_s
from serve.edges.bodies import read_object
from serve.edges.openapi import IDEMPOTENCY_HEADER, PREFER_HEADER, add_reading, request_body
from serve.edges.presenter import job_view
from serve.edges.problems import documented
from serve.ledger.records import JobFilter, JobRecord
from serve.operations import OPERATIONS, Operation
from serve.telemetry.metrics import JOBS_SUBMITTED

__all__ = ["JobRoutes"]

_JOB_ID = r"^[0-9a-hjkmnp-tv-z]{26}$"
_MAX_PAGE_COUNT = 200
_SUBMIT_ERRORS = documented(
    BodyTooLargeError,
    IdempotencyConflictError,
    InvalidRequestError,
    LedgerError,
    MalformedBodyError,
    QueueFullError,
    UnauthenticatedError,
    UnsupportedFormatError,
    UnsupportedMediaTypeError,
)
_JOB_ERRORS = documented(JobMissingError, LedgerError, UnauthenticatedError)
_LIST_ERRORS = documented(InvalidRequestError, LedgerError, UnauthenticatedError)


class ListQuery(BaseModel):
    """Which jobs to list."""

    model_config = ConfigDict(extra="forbid")

    status: JobState | None = Field(None, description="Only jobs in this state")
    operation: str | None = Field(
        None,
        pattern="^(" + "|".join(re.escape(row.name) for row in OPERATIONS) + ")$",
        description="Only jobs of this operation",
    )
    limit: int = Field(50, ge=1, le=_MAX_PAGE_COUNT, description="Most jobs in one answer")
    after: str | None = Field(None, pattern=_JOB_ID, description="`next` of the answer before")


class JobRoutes:
    """The routes of jobs.

    Args:
        backstage: What they stand on.
    """

    def __init__(self, backstage: Backstage) -> None:
        self._backstage = backstage
        self._jobs = backstage.service.ledger.jobs

    def add_to(self, app: FastAPI) -> None:
        """Register them."""
        for operation in OPERATIONS:
            app.add_api_route(
                operation.path,
                self._submission(operation),
                methods=["POST"],
                name=operation.name,
                status_code=202,
                summary=operation.summary,
                responses={
                    200: {"model": JobView, "description": "The job has ended already"},
                    202: {
                        "model": JobView,
                        "description": "The job is accepted; `Location` tells where it is",
                    },
                    **_SUBMIT_ERRORS,
                },
                openapi_extra=request_body(operation) | {"parameters": [IDEMPOTENCY_HEADER, PREFER_HEADER]},
            )
        add_reading(
            app,
            "/v1/jobs",
            self.page,
            summary="Your jobs, the newest first.",
            view=JobPage,
            errors=_LIST_ERRORS,
        )
        add_reading(
            app,
            "/v1/jobs/{job_id}",
            self.read,
            summary="A job as it stands.",
            view=JobView,
            errors=_JOB_ERRORS,
            headers=[PREFER_HEADER],
        )
        app.add_api_route(
            "/v1/jobs/{job_id}",
            self.cancel,
            methods=["DELETE"],
            summary="Cancel a job; one that has ended is returned unchanged.",
            responses={200: {"model": JobView, "description": "The job as it stands now."}, **_JOB_ERRORS},
        )

    def _submission(self, operation: Operation) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route of one operation."""

        async def submit(request: Request) -> Response:
            backstage = self._backstage
            tenant = backstage.tenant(request)
            submitted = await backstage.writes(
                admit,
                backstage.service.ledger,
                backstage.service.settings,
                operation,
                await read_object(request),
                tenant=tenant,
                idempotency_key=_idempotency_key(request),
            )
            if submitted.created:
                JOBS_SUBMITTED.labels(operation.name).inc()
                backstage.service.nudge()
            try:
                job = await backstage.waited(submitted.job, asked_wait_s(request))
            except GalateaError:
                job = submitted.job  # it is accepted all the same, and the client must learn its id
            headers = {"Location": f"{backstage.base_url(request)}/v1/jobs/{job.job_id}"}
            if not submitted.created:
                headers["Idempotency-Replayed"] = "true"
            return self._answer(request, job, 200 if job.state in ENDED else 202, headers)

        return submit

    async def page(self, request: Request, query: Annotated[ListQuery, Query()]) -> Response:
        """Lists read from the newest to the oldest; `next` leads on."""
        tenant = self._backstage.tenant(request)
        where = JobFilter(query.status, query.operation)
        jobs = await self._backstage.calls(
            self._jobs.page, tenant, where, limit=query.limit + 1, before=query.after
        )
        shown, more = jobs[: query.limit], jobs[query.limit :]
        base_url = self._backstage.base_url(request)
        page = JobPage(
            jobs=tuple(job_view(job, base_url, shared=bool(self._backstage.keys)) for job in shown),
            next=shown[-1].job_id if more else None,
        )
        return _json(page)

    async def read(self, request: Request, job_id: str) -> Response:
        """`Prefer: wait=N` answers as soon as the job has ended, after N seconds at the latest."""
        tenant = self._backstage.tenant(request)
        job = await self._backstage.calls(self._jobs.get, tenant, _checked(job_id))
        return self._answer(request, await self._backstage.waited(job, asked_wait_s(request)))

    async def cancel(self, request: Request, job_id: str) -> Response:
        """Nothing of the job begins any more once this has answered; what others share with it goes on."""
        tenant = self._backstage.tenant(request)
        job = await self._backstage.writes(self._jobs.cancel, tenant, _checked(job_id))
        self._backstage.service.nudge()
        return self._answer(request, job)

    def _answer(
        self, request: Request, job: JobRecord, status: int = 200, headers: dict[str, str] | None = None
    ) -> Response:
        wait_s = asked_wait_s(request)
        applied = {} if wait_s is None else {"Preference-Applied": f"wait={wait_s:.0f}"}
        view = job_view(job, self._backstage.base_url(request), shared=bool(self._backstage.keys))
        return _json(view, status, (headers or {}) | applied)


def _json(view: BaseModel, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    no_store = {"Cache-Control": "no-store"}
    return Response(view.model_dump_json(), status, no_store | (headers or {}), "application/json")


def _idempotency_key(request: Request) -> str | None:
    keys = request.headers.getlist("idempotency-key")
    if len(keys) > 1:
        raise InvalidRequestError("Idempotency-Key: came more than once; send one", "Idempotency-Key")
    return keys[0] if keys else None


def _checked(job_id: str) -> str:
    """Refuse what can be no job's id before anything is asked."""
    if not re.fullmatch(_JOB_ID, job_id):
        raise JobMissingError(f"there is no job {job_id[:40]!a}; see your jobs at /v1/jobs")
    return job_id
