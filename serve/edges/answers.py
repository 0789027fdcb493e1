"""Answers that tell how things are now: JSON that nobody on the way may keep."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel
from starlette.responses import Response

__all__ = ["json_answer"]

_NO_STORE = {"Cache-Control": "no-store"}


def json_answer(view: BaseModel, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """The view as JSON, with further headers."""
    return Response(view.model_dump_json(), status, _NO_STORE | dict(headers or {}), "application/json")
