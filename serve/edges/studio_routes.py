"""The studio over HTTP: the page at `/`, and its files, whose names hold a digest of what is in them."""

from __future__ import annotations

import hashlib

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from serve.contracts.errors import RouteMissingError
from serve.edges.backstage import Backstage
from serve.edges.pages import examples
from serve.edges.ranges import matches_etag
from serve.edges.studio_files import LICENCES, StudioFile, index_html, studio_files
from serve.formats import FORMATS

__all__ = ["StudioRoutes"]

_EXAMPLES, _FORMATS = "<!--examples-->", "<!--formats-->"
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval'",  # the decoder of meshopt is WebAssembly; text stays no code
        "style-src 'self'",
        "font-src 'self'",
        "img-src 'self' blob:",  # blob: pictures that are fetched with a key, and those inside a dropped file
        "media-src 'self' blob:",  # blob: films that are fetched with a key
        "connect-src 'self' blob:",  # blob: three.js reads those pictures by fetch
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
_OF_PAGE = {"Cache-Control": "no-cache", "Content-Security-Policy": _POLICY}
_FOREVER = "public, max-age=31536000, immutable"


class StudioRoutes:
    """The routes of the page.

    Args:
        backstage: What they stand on.
    """

    def __init__(self, backstage: Backstage) -> None:
        self._backstage = backstage
        formats = ",".join(row.ext for row in FORMATS if row.available)
        self._index = index_html().replace(_FORMATS, formats)
        self._files = studio_files()

    def add_to(self, app: FastAPI) -> None:
        """Register them."""
        methods = ["GET", "HEAD"]
        app.add_api_route("/", self.page, methods=methods, include_in_schema=False)
        app.add_api_route("/studio/{name}", self.file, methods=methods, include_in_schema=False)

    async def page(self, request: Request) -> Response:
        """For whoever opens the address in a browser; without JavaScript it tells how to ask by hand."""
        base_url = self._backstage.base_url(request)
        html = self._index.replace(_EXAMPLES, examples(base_url, with_keys=bool(self._backstage.keys)))
        etag = f'"{hashlib.sha256(html.encode()).hexdigest()[:32]}"'
        if matches_etag(request.headers.get("if-none-match"), etag):
            return Response(None, 304, _OF_PAGE | {"ETag": etag})
        return HTMLResponse(html, headers=_OF_PAGE | {"ETag": etag})

    async def file(self, request: Request, name: str) -> Response:
        """A file as small as the client can take it."""
        file = self._files.get(name)
        if file is None:
            raise RouteMissingError(f"the studio has no file {name[:80]!r}; reload the page at /")
        headers = {
            "Cache-Control": "no-cache" if name == LICENCES else _FOREVER,
            "ETag": file.etag,
            "Vary": "Accept-Encoding",
        }
        if matches_etag(request.headers.get("if-none-match"), file.etag):
            return Response(None, 304, headers)
        coding = _coding(request.headers.get("accept-encoding", ""), file)
        if coding != "identity":
            headers["Content-Encoding"] = coding
        return Response(file.bodies[coding], 200, headers, file.media_type)


def _coding(accepted: str, file: StudioFile) -> str:
    """The smallest body of those that `Accept-Encoding` takes (RFC 9110, 12.5.3)."""
    words = [word.strip().lower().partition(";") for word in accepted.split(",")]
    taken = {name.strip() for name, _, weight in words if weight.replace(" ", "") not in ("q=0", "q=0.0")}
    return next(coding for coding in file.bodies if coding in taken or coding == "identity")
