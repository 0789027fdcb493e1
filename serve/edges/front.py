"""What every request passes first and every answer last.

Hosts, headers, metrics, bodies that nobody read, and the end of all bugs.
"""

from __future__ import annotations

import base64
import hashlib
import re
from time import perf_counter

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serve.admission import is_loopback
from serve.contracts.errors import MisdirectedError
from serve.edges.problems import internal_answer, problem_answer, route_of
from serve.edges.unread import BodyWatch
from serve.telemetry.metrics import HTTP_REQUESTS, HTTP_SECONDS

__all__ = ["Front", "page_policy"]

_HOST = re.compile(r"([A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")
_METHODS = {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}
_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def page_policy(style: str) -> str:
    """The Content-Security-Policy of a page whose only style sheet is this one, inline."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"{_POLICY}; style-src 'sha256-{digest}'"


class Front:
    """ASGI middleware.

    Args:
        app: What it stands before.
        any_host: Whether hosts beyond loopback are served. Without API keys they must not be: a web page
            whose name was made to point here (DNS rebinding) would speak with the user's own rights.
    """

    def __init__(self, app: ASGIApp, *, any_host: bool) -> None:
        self._app = app
        self._any_host = any_host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = perf_counter()
        status = 0
        watch = BodyWatch(scope, receive, send)

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await watch.send(message)

        try:
            await self._serve(scope, watch.receive, send_on)
        except Exception:  # the outermost edge of HTTP
            if status:
                raise  # too late for an answer: the server cuts the connection, so the client sees the loss
            await internal_answer()(scope, watch.receive, send_on)
        finally:
            _count(scope, status, perf_counter() - begun)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(Headers(scope=scope).getlist("host"))
        await (problem_answer(refusal) if refusal else self._app)(scope, receive, send)

    def _refusal(self, hosts: list[str]) -> MisdirectedError | None:
        found = _HOST.fullmatch(hosts[0]) if len(hosts) == 1 else None
        if found is None:
            return MisdirectedError("the request needs one Host header, with a name or an address and a port")
        if self._any_host or is_loopback(found[1]):
            return None
        return MisdirectedError(
            f"the host {found[1]!r} is not served: without API keys only localhost, 127.0.0.1 and [::1] are; "
            "use one of these, or have the operator set GALATEA_API_KEYS"
        )


def _count(scope: Scope, status: int, seconds: float) -> None:
    method = scope["method"] if scope["method"] in _METHODS else "other"
    HTTP_REQUESTS.labels(route_of(scope), method, str(status or 499)).inc()  # 499: nobody was there any more
    HTTP_SECONDS.labels(route_of(scope), method).observe(seconds)
