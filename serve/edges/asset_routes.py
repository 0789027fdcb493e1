"""Assets over HTTP: by digest, to the tenants that were granted them, in chunks from the store."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from serve.contracts.artifacts import ArtifactRef, is_digest
from serve.contracts.errors import (
    ArtifactMissingError,
    ArtifactTamperedError,
    LedgerError,
    RangeUnsatisfiableError,
    StorageError,
    UnauthenticatedError,
)
from serve.edges.backstage import Backstage
from serve.edges.problems import documented, problem_answer
from serve.edges.ranges import chosen_range, matches_etag
from serve.formats import FORMATS

__all__ = ["AssetRoutes"]

_PATH = "/v1/assets/{digest}"
_BYTES = {"description": "The bytes", "content": {"application/octet-stream": {}}}
_RESPONSES = {
    200: _BYTES,
    206: _BYTES | {"description": "The bytes of the range"},
    304: {"description": "`If-None-Match` names what the client has already"},
    **documented(
        ArtifactMissingError,
        ArtifactTamperedError,
        LedgerError,
        RangeUnsatisfiableError,
        StorageError,
        UnauthenticatedError,
    ),
}
_EXTENSIONS = {"application/json": "json", "image/png": "png"} | {
    row.media_type: row.file_ext for row in FORMATS if row.available
}
# The bytes of a digest never change; whose they are is nobody else's business.
_CACHE_CONTROL = "private, max-age=31536000, immutable"


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
            summary="The bytes of an asset, or of a range of it.",
            responses=_RESPONSES,  # type: ignore[arg-type]
            response_class=Response,
        )
        app.add_api_route(_PATH, self.head, methods=["HEAD"], include_in_schema=False)

    async def read(self, request: Request, digest: str) -> Response:
        """Strong ETag, `If-None-Match`, `Range` with one range, `If-Range`."""
        ref = await self._granted(request, digest)
        headers = _headers(ref)
        if matches_etag(request.headers.get("if-none-match"), headers["ETag"]):
            return Response(None, 304, {name: headers[name] for name in ("Cache-Control", "ETag")})
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
            raise _missing(digest)
        return Response(None, 200, _headers(ref) | {"Content-Length": str(ref.byte_count)}, ref.media_type)

    async def _granted(self, request: Request, digest: str) -> ArtifactRef:
        """What the digest names, if the tenant may have it; another's is as missing as one that never was."""
        tenant = self._backstage.tenant(request)
        if not is_digest(digest):
            raise _missing(digest)
        ref = await self._backstage.calls(self._backstage.service.ledger.grants.find, tenant, digest)
        if ref is None:
            raise _missing(digest)
        return ref


def _missing(digest: str) -> ArtifactMissingError:
    return ArtifactMissingError(f"there is no asset {digest[:64]!a}; take the url that its job tells")


def _headers(ref: ArtifactRef) -> dict[str, str]:
    ext = _EXTENSIONS.get(ref.media_type, "bin")
    return {
        "Accept-Ranges": "bytes",
        "Cache-Control": _CACHE_CONTROL,
        "Content-Disposition": f'attachment; filename="{ref.digest[:12]}.{ext}"',
        "ETag": f'"{ref.digest}"',
    }
