"""The OpenAPI document: what FastAPI cannot see, since bodies are read strictly by ourselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from serve.contracts.events import EVENT
from serve.contracts.jobs import Problem
from serve.contracts.requests import LinkRequest
from serve.operations import OPERATIONS

__all__ = [
    "IDEMPOTENCY_HEADER",
    "LINK_PARAMETERS",
    "PREFER_HEADER",
    "add_reading",
    "describe",
    "request_body",
]

_COMPONENTS = "#/components/schemas/{model}"

IDEMPOTENCY_HEADER: Mapping[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key and body again give the same job, for 24 hours; another body is refused",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}
PREFER_HEADER: Mapping[str, Any] = {
    "name": "Prefer",
    "in": "header",
    "required": False,
    "description": "`wait=N`: answer when the job has ended, after N seconds (at most 60) at the latest",
    "schema": {"type": "string"},
}
LINK_PARAMETERS: Sequence[Mapping[str, Any]] = tuple(
    {"name": name, "in": "query", "required": False, "description": "Of a signed link", "schema": schema}
    for name, schema in {
        "tenant": {"type": "string"},
        "expires": {"type": "integer"},
        "signature": {"type": "string"},
    }.items()
)


def request_body(model: type[BaseModel]) -> dict[str, Any]:
    """What the document says of a JSON body."""
    reference = {"$ref": _COMPONENTS.format(model=model.__name__)}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": reference}}}}


def add_reading(
    app: FastAPI,
    path: str,
    endpoint: Callable[..., Any],
    *,
    summary: str,
    view: type[BaseModel],
    errors: Mapping[int | str, dict[str, Any]],
    headers: Sequence[Mapping[str, Any]] = (),
) -> None:
    """Register a route that reads: GET, and HEAD, which the document leaves out.

    Args:
        app: Where.
        path: The address.
        endpoint: What answers.
        summary: One sentence.
        view: What it answers.
        errors: As `documented` gives them.
        headers: The request headers that it looks at.
    """
    app.add_api_route(
        path,
        endpoint,
        methods=["GET"],
        summary=summary,
        responses={200: {"model": view, "description": view.__doc__ or ""}, **errors},
        openapi_extra={"parameters": list(headers)},
    )
    app.add_api_route(path, endpoint, methods=["HEAD"], include_in_schema=False)


def describe(app: FastAPI, *, with_keys: bool) -> None:
    """Let the app give the whole document.

    Args:
        app: With all its routes.
        with_keys: Whether clients need API keys.
    """
    made: dict[str, Any] = {}

    def document() -> dict[str, Any]:
        if not made:
            made.update(_document(app, with_keys=with_keys))
        return made

    app.openapi = document  # type: ignore[method-assign]  # as FastAPI's documentation shows it


def _document(app: FastAPI, *, with_keys: bool) -> dict[str, Any]:
    document = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes
    )
    components = document.setdefault("components", {})
    components.setdefault("schemas", {}).update(_own_schemas())
    if with_keys:
        components["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
        for path, methods in document["paths"].items():
            if path.startswith("/v1/"):
                for method in methods.values():
                    method["security"] = [{"key": []}]
    return document


def _own_schemas() -> dict[str, Any]:
    models = [*(operation.request for operation in OPERATIONS), LinkRequest]
    requests = [(model, "validation") for model in models]
    _, schemas = models_json_schema(
        [*requests, (Problem, "serialization")],  # type: ignore[list-item]
        ref_template=_COMPONENTS,
    )
    events = EVENT.json_schema(mode="serialization", ref_template=_COMPONENTS)
    return {**schemas["$defs"], **events.pop("$defs"), "JobEvent": events}
