"""Jobs over HTTP: one POST for every row of OPERATIONS; list, read and cancel."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import FastAPI, Query
from starlette.requests import Request
from starlette.responses import Response

from serve.contracts.errors import (
    ArtifactMissingError,
    BodyTooLargeError,
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
from serve.contracts.jobs import ENDED
from serve.contracts.views import JobPage, JobView
from serve.edges.answers import json_answer
from serve.edges.backstage import Backstage, asked_wait_s
from serve.edges.bodies import read_object
from serve.edges.job_desk import JobDesk, ListQuery
from serve.edges.openapi import IDEMPOTENCY_HEADER, LOCATION, PREFER_HEADER, add_reading, request_body
from serve.edges.openapi_links import submission_id
from serve.edges.problems import documented
from serve.ledger.records import JobRecord
from serve.operations import OPERATIONS, Operation

__all__ = ["JobRoutes"]

_SUBMIT_ERRORS = documented(
    ArtifactMissingError,
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


class JobRoutes:
    """The routes of jobs.

    Args:
        backstage: What they stand on.
    """

    def __init__(self, backstage: Backstage) -> None:
        self._backstage = backstage
        self._desk = JobDesk(backstage)

    def add_to(self, app: FastAPI) -> None:
        """Register them."""
        for operation in OPERATIONS:
            app.add_api_route(
                operation.path,
                self._submission(operation),
                methods=["POST"],
                name=operation.name,
                operation_id=submission_id(operation.name),
                status_code=202,
                summary=operation.summary,
                responses={
                    200: {
                        "model": JobView,
                        "description": "The job has ended already",
                        "headers": LOCATION,
                    },
                    202: {
                        "model": JobView,
                        "description": "The job is accepted; `Location` tells where it is",
                        "headers": LOCATION,
                    },
                    **_SUBMIT_ERRORS,
                },
                openapi_extra=request_body(operation.request)
                | {"parameters": [IDEMPOTENCY_HEADER, PREFER_HEADER]},
            )
        add_reading(
            app,
            "/v1/jobs",
            self.page,
            operation_id="listJobs",
            summary="Your jobs, the newest first.",
            view=JobPage,
            errors=_LIST_ERRORS,
        )
        add_reading(
            app,
            "/v1/jobs/{job_id}",
            self.read,
            operation_id="getJob",
            summary="A job as it stands.",
            view=JobView,
            errors=_JOB_ERRORS,
            headers=[PREFER_HEADER],
        )
        app.add_api_route(
            "/v1/jobs/{job_id}",
            self.cancel,
            methods=["DELETE"],
            operation_id="cancelJob",
            summary="Cancel a job; one that has ended is returned unchanged.",
            responses={200: {"model": JobView, "description": "The job as it stands now."}, **_JOB_ERRORS},
        )

    def _submission(self, operation: Operation) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route of one operation."""

        async def submit(request: Request) -> Response:
            tenant = self._backstage.tenant(request)
            job, created = await self._desk.submit(
                operation,
                await read_object(request),
                tenant=tenant,
                idempotency_keys=request.headers.getlist("idempotency-key"),
                wait_s=asked_wait_s(request),
                traceparent=request.headers.get("traceparent", ""),
            )
            headers = {"Location": f"{self._backstage.base_url(request)}/v1/jobs/{job.job_id}"}
            if not created:
                headers["Idempotency-Replayed"] = "true"
            return self._answer(request, job, 200 if job.state in ENDED else 202, headers)

        return submit

    async def page(self, request: Request, query: Annotated[ListQuery, Query()]) -> Response:
        """Lists read from the newest to the oldest; `next` leads on."""
        tenant = self._backstage.tenant(request)
        return json_answer(await self._desk.page(tenant, query, self._backstage.base_url(request)))

    async def read(self, request: Request, job_id: str) -> Response:
        """`Prefer: wait=N` answers as soon as the job has ended, after N seconds at the latest."""
        tenant = self._backstage.tenant(request)
        return self._answer(request, await self._desk.read(tenant, job_id, asked_wait_s(request)))

    async def cancel(self, request: Request, job_id: str) -> Response:
        """Nothing of the job begins any more once this has answered; what others share with it goes on."""
        tenant = self._backstage.tenant(request)
        return self._answer(request, await self._desk.cancel(tenant, job_id))

    def _answer(
        self, request: Request, job: JobRecord, status: int = 200, headers: dict[str, str] | None = None
    ) -> Response:
        wait_s = asked_wait_s(request)
        applied = {} if wait_s is None else {"Preference-Applied": f"wait={wait_s:.0f}"}
        view = self._desk.view(job, self._backstage.base_url(request))
        return json_answer(view, status, (headers or {}) | applied)
