"""Assets over HTTP: by digest, to the tenants that were granted them, in chunks from the store."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from serve.contracts.artifacts import ArtifactRef
from serve.contracts.errors import (
    ArtifactMissingError,
    ArtifactTamperedError,
    LedgerError,
    LinkRefusedError,
    RangeUnsatisfiableError,
    StorageError,
    UnauthenticatedError,
)
from serve.edges.backstage import Backstage
from serve.edges.granted import asset_missing, granted_asset
from serve.edges.problems import documented, problem_answer
from serve.edges.ranges import chosen_range, matches_etag
from serve.edges.upload_types import UPLOAD_TYPES
from serve.formats import FORMATS
from serve.formats.video import MEDIA_TYPES

__all__ = ["AssetRoutes"]

_PATH = "/v1/assets/{digest}"
_BYTES = {
    "description": "The bytes",
    "content": {"*/*": {}},
    "headers": {
        "ETag": {"description": "The digest", "required": True, "schema": {"type": "string"}},
        "Content-Disposition": {"description": "A name for a file", "schema": {"type": "string"}},
    },
}
_RESPONSES = {
    200: _BYTES,
    206: _BYTES | {"description": "The bytes of the range"},
    304: {"description": "`If-None-Match` names what the client has already"},
    **documented(
        ArtifactMissingError,
        ArtifactTamperedError,
        LedgerError,
        LinkRefusedError,
        RangeUnsatisfiableError,
        StorageError,
        UnauthenticatedError,
    ),
}
_EXTENSIONS = (
    {"application/json": "json"}
    | {row.media_type: row.ext for row in UPLOAD_TYPES}
    | {row.media_type: row.file_ext for row in FORMATS}
    | dict(MEDIA_TYPES.values())
)
# The bytes of a digest never change; whose they are is nobody else's business.
_CACHE_CONTROL = "private, max-age=31536000, immutable"
# A link is all the right that it takes, so pages of any origin may show what it names.
_OF_A_LINK = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}


class AssetRoutes:
    """The routes of assets.

    Args:
        backstage: What they stand on.
    """

    def __init__(self, backstage: Backstage) -> None:
        self._backstage = backstage

    def add_to(self, app: FastAPI) -> None:
        """Register them."""
        app.add_api_route(
            _PATH,
            self.read,
            methods=["GET"],
            operation_id="downloadAsset",
            summary="The bytes of an asset, or of a range of it.",
            responses=_RESPONSES,  # type: ignore[arg-type]
            response_class=Response,
        )
        app.add_api_route(_PATH, self.head, methods=["HEAD"], include_in_schema=False)

    async def read(self, request: Request, digest: str) -> Response:
        """Takes `Range` with one range, `If-Range`, `If-None-Match`; a link's parameters do for a key."""
        ref = await self._granted(request, digest)
        headers = _headers(ref) | (_OF_A_LINK if _is_link(request) else {})
        if matches_etag(request.headers.get("if-none-match"), headers["ETag"]):
            kept = {name: headers[name] for name in ("Cache-Control", "ETag", *_OF_A_LINK) if name in headers}
            return Response(None, 304, kept)
        try:
            chosen = chosen_range(
                request.headers.get("range"),
                request.headers.get("if-range"),
                headers["ETag"],
                ref.byte_count,
            )
        except RangeUnsatisfiableError as error:
            return problem_answer(error, {"Content-Range": f"bytes */{ref.byte_count}"})
        start, stop = chosen or (0, ref.byte_count)
        chunks = await self._backstage.service.store.stream(ref, start, stop)
        headers["Content-Length"] = str(stop - start)
        if chosen:
            headers["Content-Range"] = f"bytes {start}-{stop - 1}/{ref.byte_count}"
        return StreamingResponse(chunks, 206 if chosen else 200, headers, ref.media_type)

    async def head(self, request: Request, digest: str) -> Response:
        """The same without the bytes; ranges are GET's alone."""
        ref = await self._granted(request, digest)
        if not await self._backstage.service.store.exists(digest):
            raise asset_missing(digest)
        return Response(None, 200, _headers(ref) | {"Content-Length": str(ref.byte_count)}, ref.media_type)

    async def _granted(self, request: Request, digest: str) -> ArtifactRef:
        if _is_link(request):
            tenant = self._backstage.links.tenant(digest, request.query_params)
        else:
            tenant = self._backstage.tenant(request)
        return await granted_asset(self._backstage, tenant, digest)


def _is_link(request: Request) -> bool:
    return "signature" in request.query_params


def _headers(ref: ArtifactRef) -> dict[str, str]:
    ext = _EXTENSIONS.get(ref.media_type, "bin")
    return {
        "Accept-Ranges": "bytes",
        "Cache-Control": _CACHE_CONTROL,
        "Content-Disposition": f'attachment; filename="{ref.digest[:12]}.{ext}"',
        "ETag": f'"{ref.digest}"',
    }
