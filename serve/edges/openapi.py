"""The OpenAPI document: what FastAPI cannot see, since bodies are read strictly by ourselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import models_json_schema

from serve.contracts.artifacts import Digest, digest_of
from serve.contracts.events import EVENT
from serve.contracts.jobs import Problem
from serve.contracts.requests import AssetFormat, LinkRequest
from serve.edges.job_desk import JOB_ID
from serve.edges.openapi_links import add_links
from serve.edges.upload_types import EXAMPLE_OBJ
from serve.formats import FORMATS
from serve.operations import OPERATIONS

__all__ = [
    "IDEMPOTENCY_HEADER",
    "LOCATION",
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
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]*$"},
}
PREFER_HEADER: Mapping[str, Any] = {
    "name": "Prefer",
    "in": "header",
    "required": False,
    "description": "`wait=N`: answer when the job has ended, after N seconds (at most 60) at the latest",
    "schema": {"type": "string"},
    "example": "wait=30",
}
LOCATION: Mapping[str, Any] = {
    "Location": {
        "description": "Where it is: absolute",
        "required": True,
        "schema": {"type": "string", "format": "uri"},
    }
}
_KEY: Mapping[str, Any] = {
    "type": "http",
    "scheme": "bearer",
    "description": "An API key; the operator gives it out",
}
# All three together stand in the place of an API key, for the one asset that they name.
_LINK: Mapping[str, Mapping[str, Any]] = {
    f"link-{name}": {"type": "apiKey", "in": "query", "name": name, "description": "Of a link"}
    for name in ("tenant", "expires", "signature")
}
_PATH_PARAMETERS: Mapping[str, Mapping[str, Any]] = {
    "digest": {
        "schema": TypeAdapter(Digest).json_schema(),
        "example": digest_of(EXAMPLE_OBJ.encode()),
    },
    "job_id": {"schema": {"type": "string", "pattern": JOB_ID}},
}
_FRAMEWORKS_REFUSAL = {"HTTPValidationError", "ValidationError"}  # schemas of answers that are never given


def request_body(model: type[BaseModel]) -> dict[str, Any]:
    """What the document says of a JSON body."""
    reference = {"$ref": _COMPONENTS.format(model=model.__name__)}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": reference}}}}


def add_reading(
    app: FastAPI,
    path: str,
    endpoint: Callable[..., Any],
    *,
    operation_id: str,
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
        operation_id: Its name for machines, as of its gRPC method where there is one.
        summary: One sentence.
        view: What it answers.
        errors: As `documented` gives them.
        headers: The request headers that it looks at.
    """
    app.add_api_route(
        path,
        endpoint,
        methods=["GET"],
        operation_id=operation_id,
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
    schemas = document["components"]["schemas"]
    schemas.update(_own_schemas())
    for name in _FRAMEWORKS_REFUSAL:
        schemas.pop(name, None)
    for methods in document["paths"].values():
        for operation in methods.values():
            _mend(operation)
    _secure(document, with_keys=with_keys)
    add_links(document)
    return document


def _secure(document: dict[str, Any], *, with_keys: bool) -> None:
    """Say where a key is asked for, and that a link does instead where an asset is read."""
    by_key: dict[str, list[str]] = {"key": []} if with_keys else {}
    document["components"]["securitySchemes"] = ({"key": _KEY} if with_keys else {}) | dict(_LINK)
    for path, methods in document["paths"].items():
        for operation in methods.values():
            if operation["operationId"] == "downloadAsset":
                operation["security"] = [by_key, {name: [] for name in _LINK}]
            elif with_keys and path.startswith("/v1/"):
                operation["security"] = [by_key]


def _mend(operation: dict[str, Any]) -> None:
    """Say what the framework cannot see, and leave out the refusal that it believes to give."""
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path":
            parameter.update(_PATH_PARAMETERS[parameter["name"]])
    content = operation["responses"].get("422", {}).get("content", {})
    if content.get("application/json", {}).get("schema", {}).get("$ref", "").endswith("/HTTPValidationError"):
        del operation["responses"]["422"]


def _own_schemas() -> dict[str, Any]:
    models = [*(operation.request for operation in OPERATIONS), LinkRequest]
    requests = [(model, "validation") for model in models]
    _, schemas = models_json_schema(
        [*requests, (Problem, "serialization")],  # type: ignore[list-item]
        ref_template=_COMPONENTS,
    )
    events = EVENT.json_schema(mode="serialization", ref_template=_COMPONENTS)
    own = {**schemas["$defs"], **events.pop("$defs"), "JobEvent": events}
    own[AssetFormat.__name__]["enum"] = [row.ext for row in FORMATS if row.available]
    return own
