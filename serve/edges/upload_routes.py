"""Uploads: the body is the asset, stored by its digest and granted to whoever sent it."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from serve.contracts.errors import (
    BodyTooLargeError,
    InvalidRequestError,
    LedgerError,
    MalformedBodyError,
    StorageError,
    UnauthenticatedError,
    UnsupportedMediaTypeError,
)
from serve.contracts.views import AssetView
from serve.edges.answers import json_answer
from serve.edges.backstage import Backstage
from serve.edges.bodies import refuse_compressed
from serve.edges.openapi import LOCATION
from serve.edges.presenter import asset_view
from serve.edges.problems import documented
from serve.edges.upload_desk import UploadDesk
from serve.edges.upload_types import EXAMPLE_OBJ, UPLOAD_TYPES, upload_type
from serve.edges.uploads import in_time, refuse_length

__all__ = ["UploadRoutes"]

_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The bytes of the asset as they are",
        "content": {
            row.media_type: {"schema": {"type": "string", "format": "binary", "minLength": 1}}
            | ({"example": EXAMPLE_OBJ} if row.ext == "obj" else {})
            for row in UPLOAD_TYPES
        },
    }
}
_RESPONSES = {
    200: {"model": AssetView, "description": "You had this asset already", "headers": LOCATION},
    201: {
        "model": AssetView,
        "description": "The asset is stored; `Location` tells where it is",
        "headers": LOCATION,
    },
    **documented(
        BodyTooLargeError,
        InvalidRequestError,
        LedgerError,
        MalformedBodyError,
        StorageError,
        UnauthenticatedError,
        UnsupportedMediaTypeError,
    ),
}


class UploadRoutes:
    """The route of uploads.

    Args:
        backstage: What it stands on.
    """

    def __init__(self, backstage: Backstage) -> None:
        self._backstage = backstage
        self._desk = UploadDesk(backstage)

    def add_to(self, app: FastAPI) -> None:
        """Register it."""
        app.add_api_route(
            "/v1/assets",
            self.upload,
            methods=["POST"],
            operation_id="uploadAsset",
            status_code=201,
            summary="Store an asset of yours: a mesh, a picture, or a ZIP of them.",
            responses=_RESPONSES,
            openapi_extra=_BODY,
        )

    async def upload(self, request: Request) -> Response:
        """The body is read in flat memory; the same bytes again are the same asset."""
        tenant = self._backstage.tenant(request)
        refuse_compressed(request)
        kind = upload_type(request.headers.get("content-type", ""))
        refuse_length(request, self._desk.limit_bytes)
        ref, known = await self._desk.store(tenant, kind, in_time(request.stream()))
        view = asset_view(ref, self._backstage.base_url(request))
        return json_answer(view, 200 if known else 201, {"Location": view.url})
