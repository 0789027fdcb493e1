"""Links to assets: the store's own where it can sign them, else this service's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from serve.contracts.artifacts import ArtifactRef
from serve.contracts.errors import (
    ArtifactMissingError,
    BodyTooLargeError,
    InvalidRequestError,
    LedgerError,
    MalformedBodyError,
    StorageError,
    UnauthenticatedError,
    UnsupportedMediaTypeError,
)
from serve.contracts.requests import LinkRequest, parse_request
from serve.contracts.views import LinkView
from serve.edges.answers import json_answer
from serve.edges.backstage import Backstage
from serve.edges.bodies import read_object
from serve.edges.granted import granted_asset
from serve.edges.openapi import request_body
from serve.edges.presenter import asset_path
from serve.edges.problems import documented

__all__ = ["LinkRoutes"]

_RESPONSES = {
    201: {"model": LinkView, "description": "Whoever has the address may download the asset"},
    **documented(
        ArtifactMissingError,
        BodyTooLargeError,
        InvalidRequestError,
        LedgerError,
        MalformedBodyError,
        StorageError,
        UnauthenticatedError,
        UnsupportedMediaTypeError,
    ),
}


class LinkRoutes:
    """The route of links.

    Args:
        backstage: What it stands on.
    """

    def __init__(self, backstage: Backstage) -> None:
        self._backstage = backstage

    def add_to(self, app: FastAPI) -> None:
        """Register it."""
        app.add_api_route(
            "/v1/assets/{digest}/links",
            self.link,
            methods=["POST"],
            operation_id="linkAsset",
            status_code=201,
            summary="An address of an asset that works without an API key, for a while.",
            responses=_RESPONSES,
            openapi_extra=request_body(LinkRequest),
        )

    async def link(self, request: Request, digest: str) -> Response:
        """Where the assets are in a bucket, the address is the bucket's own."""
        tenant = self._backstage.tenant(request)
        asked = parse_request(LinkRequest, await read_object(request))
        ref = await granted_asset(self._backstage, tenant, digest)
        # In whole seconds, for that is what is signed.
        expires_at = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=asked.expires_s)
        url = await self._backstage.service.store.signed_url(ref, asked.expires_s)
        view = LinkView(url=url or self._own(request, tenant, ref, expires_at), expires_at=expires_at)
        return json_answer(view, 201)

    def _own(self, request: Request, tenant: str, ref: ArtifactRef, expires_at: datetime) -> str:
        query = self._backstage.links.query(tenant, ref.digest, int(expires_at.timestamp()))
        return f"{self._backstage.base_url(request)}{asset_path(ref.digest)}?{query}"
