"""Every answer that is no success: a problem document (RFC 9457) from the one table of errors."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from serve.contracts.errors import (
    GalateaError,
    InvalidRequestError,
    MethodNotAllowedError,
    RouteMissingError,
    UnauthenticatedError,
)
from serve.contracts.jobs import Problem, problem_of, without_insides

__all__ = [
    "PROBLEM_MEDIA_TYPE",
    "add_handlers",
    "documented",
    "internal_answer",
    "problem_answer",
    "route_of",
]

_log = logging.getLogger(__name__)

PROBLEM_MEDIA_TYPE = "application/problem+json"
_RETRY_AFTER_S = 5.0  # where nobody knows better
_MAX_SHOWN = 80
_WAIT = {
    "Retry-After": {"description": "Seconds", "required": True, "schema": {"type": "integer", "minimum": 0}}
}
_DOCUMENTED_HEADERS: Mapping[int | str, Mapping[str, Any]] = {
    401: {
        "WWW-Authenticate": {
            "description": "Of RFC 6750",
            "required": True,
            "schema": {"type": "string"},
        }
    },
    429: _WAIT,
    503: _WAIT,
}


def problem_answer(error: GalateaError, headers: Mapping[str, str] | None = None, **members: Any) -> Response:
    """The answer that tells of an error.

    Args:
        error: What happened.
        headers: More headers.
        members: More members of the document.
    """
    return _problem_answer(problem_of(error), error, headers, members)


def _problem_answer(
    problem: Problem, error: GalateaError, headers: Mapping[str, str] | None, members: Mapping[str, Any]
) -> Response:
    document = problem.model_dump(mode="json", exclude_none=True) | dict(members)
    return Response(
        json.dumps(document).encode(),
        error.http_status,
        _headers(error) | dict(headers or {}),
        PROBLEM_MEDIA_TYPE,
    )


def _headers(error: GalateaError) -> dict[str, str]:
    headers = {"Cache-Control": "no-store"}
    if error.http_status in (429, 503):
        headers["Retry-After"] = str(math.ceil(getattr(error, "retry_after_s", _RETRY_AFTER_S)))
    if isinstance(error, UnauthenticatedError):
        headers["WWW-Authenticate"] = 'Bearer realm="galatea"'
    return headers


def internal_answer() -> Response:
    """The answer to a bug; what happened stands in the log alone. Call it where the exception is handled."""
    _log.exception("a request failed by a bug")
    return problem_answer(
        GalateaError("the service failed by a bug of its own, which it has logged; tell the operator when")
    )


def add_handlers(app: FastAPI) -> None:
    """Let the app answer our errors, and those of its framework, as problems."""
    app.add_exception_handler(GalateaError, _answer_ours)
    app.add_exception_handler(HTTPException, _answer_frameworks)
    app.add_exception_handler(RequestValidationError, _answer_parameters)


async def _answer_ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, GalateaError)
    if error.http_status >= 500:
        _log.warning("%s %s: %s", request.method, route_of(request.scope), error)
    problem = problem_of(error)
    shared = bool(request.app.state.backstage.keys)
    return _problem_answer(without_insides(problem) if shared else problem, error, None, {})


async def _answer_frameworks(request: Request, error: Exception) -> Response:
    """The framework's own: no route, or not for this method."""
    assert isinstance(error, HTTPException)
    path = str(request.scope["path"])[:_MAX_SHOWN]
    if error.status_code == MethodNotAllowedError.http_status:
        allowed = ", ".join(_allowed(request))
        refusal = MethodNotAllowedError(f"{path!a} does not take {request.method[:16]}; it takes {allowed}")
        return problem_answer(refusal, {"Allow": allowed})
    if error.status_code == RouteMissingError.http_status:
        return problem_answer(RouteMissingError(f"nothing answers at {path!a}; /docs lists all addresses"))
    return problem_answer(GalateaError(f"the request was refused: {error.detail}"))


async def _answer_parameters(request: Request, error: Exception) -> Response:
    """A query parameter that is unknown or out of range; bodies do not come this way."""
    del request
    assert isinstance(error, RequestValidationError)
    item = error.errors()[0]
    name = str(item["loc"][-1])[:_MAX_SHOWN]
    shown = repr(item["input"])[:_MAX_SHOWN]
    refusal = f"{name}: {shown} is not allowed: {item['msg']}; /docs lists what is"
    return problem_answer(InvalidRequestError(refusal, name))


def _allowed(request: Request) -> list[str]:
    """The methods of all routes at this path."""
    path = route_of(request.scope)
    routes = [route for route in request.app.routes if getattr(route, "path", None) == path]
    return sorted({method for route in routes for method in route.methods or ()})


def route_of(scope: Scope) -> str:
    """The template of the route that was found, never what the client wrote; `none` where none was."""
    return getattr(scope.get("route"), "path", "none")


def documented(*kinds: type[GalateaError]) -> dict[int | str, dict[str, Any]]:
    """What the OpenAPI says of these errors, by status."""
    schema = {"$ref": "#/components/schemas/Problem"}
    by_status: dict[int | str, list[str]] = {}
    for kind in kinds:
        by_status.setdefault(kind.http_status, []).append(
            f"`{kind.code}`: {(kind.__doc__ or '').splitlines()[0]}"
        )
    return {
        status: {
            "description": " ".join(texts),
            "content": {PROBLEM_MEDIA_TYPE: {"schema": schema}},
            "headers": _DOCUMENTED_HEADERS.get(status, {}),
        }
        for status, texts in sorted(by_status.items(), key=str)
    }
