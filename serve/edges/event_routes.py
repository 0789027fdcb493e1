"""A job's events over HTTP, as a stream that can be resumed."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import FastAPI, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from serve.contracts.errors import InvalidRequestError, JobMissingError, LedgerError, UnauthenticatedError
from serve.edges.backstage import Backstage
from serve.edges.feed import LAST_SEQ
from serve.edges.problems import documented
from serve.edges.sse import MEDIA_TYPE, EventStream

__all__ = ["EventRoutes"]

_LAST_EVENT_ID = "Last-Event-ID"
_HEADER = {
    "name": _LAST_EVENT_ID,
    "in": "header",
    "required": False,
    "description": "The last event that you have, and so go on after it; stronger than `after`",
    "schema": {"type": "integer", "minimum": 0, "maximum": LAST_SEQ},
}
# Each event: OpenAPI 3.1 has no word for a stream, and tools take the schema for that of its items.
_EVENT = {
    "type": "object",
    "properties": {
        "event": {"type": "string"},
        "id": {"type": "string", "pattern": "^[1-9][0-9]*$"},
        "data": {
            "type": "string",
            "contentMediaType": "application/json",
            "contentSchema": {"$ref": "#/components/schemas/JobEvent"},
        },
    },
    "required": ["data", "event"],
}
_STREAM = {
    "description": "Server-sent events: `event` is the kind, `data` a `JobEvent` as JSON, `id` its `seq` "
    "(progress has none). The stream ends after `finished`",
    "content": {MEDIA_TYPE: {"schema": _EVENT}},
}


class WatchQuery(BaseModel):
    """Where to begin."""

    model_config = ConfigDict(extra="forbid")

    after: int = Field(0, ge=0, le=LAST_SEQ, description="Only events with a larger `seq`")


class EventRoutes:
    """The route of events.

    Args:
        backstage: What it stands on.
    """

    def __init__(self, backstage: Backstage) -> None:
        self._backstage = backstage

    def add_to(self, app: FastAPI) -> None:
        """Register it."""
        errors = documented(InvalidRequestError, JobMissingError, LedgerError, UnauthenticatedError)
        responses: dict[int | str, dict[str, Any]] = {200: _STREAM, **errors}
        app.add_api_route(
            "/v1/jobs/{job_id}/events",
            self.watch,
            methods=["GET"],
            operation_id="watchJob",
            summary="What happens to a job, as it happens, from its first event or any later one.",
            responses=responses,
            response_class=Response,
            openapi_extra={"parameters": [_HEADER]},
        )

    async def watch(self, request: Request, job_id: str, query: Annotated[WatchQuery, Query()]) -> Response:
        """A browser's `EventSource` reads it, and comes again by itself where it was cut off."""
        tenant = self._backstage.tenant(request)
        after = _last_event_id(request)
        base_url = self._backstage.base_url(request)
        events = await self._backstage.feed.watch(
            tenant, job_id, query.after if after is None else after, base_url
        )
        return EventStream(events)


def _last_event_id(request: Request) -> int | None:
    given = request.headers.getlist(_LAST_EVENT_ID)
    if not given:
        return None
    if len(given) > 1 or not re.fullmatch("[0-9]{1,10}", given[0], re.ASCII) or int(given[0]) > LAST_SEQ:
        raise InvalidRequestError(
            f"{_LAST_EVENT_ID}: {given[0][:40]!a} is no event's number; send the last `id` that you have",
            _LAST_EVENT_ID,
        )
    return int(given[0])
