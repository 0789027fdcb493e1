"""Calls as HTTP has them: requests, answers, errors and server-sent events, without any input or output."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx
from pydantic import ValidationError

from galatea_client.errors import GalateaError, InvalidRequestError, error_of, problem, unreachable
from galatea_client.models import Problem
from galatea_client.steps import Call
from galatea_client.version import __version__
from galatea_client.wires.address import Address

__all__ = [
    "EventDecoder",
    "client_options",
    "decoder_of",
    "fields_in",
    "refusal_in",
    "request_of",
    "translated",
]

_HEARTBEAT_S = 15.0  # a stream of events is never silent for longer
_LIMITS = httpx.Limits(
    max_connections=None, max_keepalive_connections=20
)  # who waits must not hold up others
_RETRYABLE = (429, 502, 503, 504)


@dataclass(frozen=True, slots=True)
class _Route:
    """Where HTTP has a method.

    Args:
        verb: GET, POST or DELETE.
        path: With the names of fields in braces.
        headers: Fields that are headers -> header and how its value is written.
    """

    verb: str
    path: str
    headers: Mapping[str, tuple[str, str]]

    def places(self, field: str) -> bool:
        """Whether the field stands in the path or in a header."""
        return f"{{{field}}}" in self.path or field in self.headers


_ROUTES = {
    "CancelJob": _Route("DELETE", "/v1/jobs/{job_id}", {}),
    "CreateLink": _Route("POST", "/v1/assets/{digest}/links", {}),
    "DownloadAsset": _Route("GET", "/v1/assets/{digest}", {"start": ("range", "bytes={}-")}),
    "GetJob": _Route("GET", "/v1/jobs/{job_id}", {}),
    "ListJobs": _Route("GET", "/v1/jobs", {}),
    "ListModels": _Route("GET", "/v1/models", {}),
    "UploadAsset": _Route(
        "POST", "/v1/assets", {"media_type": ("content-type", "{}"), "bytes": ("content-length", "{}")}
    ),
    "WatchJob": _Route("GET", "/v1/jobs/{job_id}/events", {}),
}


def client_options(address: Address) -> dict[str, Any]:
    """What an `httpx` client of this service is made with."""
    key = {"authorization": f"Bearer {address.api_key}"} if address.api_key else {}
    return {
        "base_url": address.url,
        "headers": {"user-agent": f"galatea-client/{__version__}", **key},
        "limits": _LIMITS,
    }


def request_of(
    client: httpx.Client | httpx.AsyncClient, call: Call, content: Any, timeout_s: float
) -> httpx.Request:
    """The call as a request.

    Args:
        client: Who will send it.
        call: What is asked.
        content: Its body as the client sends it, where the call has one.
        timeout_s: Seconds after which it gives up.

    Raises:
        InvalidRequestError: A field is nothing that JSON can say.
    """
    route = _ROUTES.get(call.method) or _Route("POST", f"/v1/{quote(call.method, safe='')}", {})
    rest = {name: value for name, value in call.fields.items() if not route.places(name)}
    headers = _headers(call, route)
    if route.verb == "POST" and call.body is None:
        content = _json(rest)
        headers["content-type"] = "application/json"
    return client.build_request(
        route.verb,
        _path(call, route),
        params=rest if route.verb == "GET" else None,
        content=content,
        headers=headers,
        timeout=httpx.Timeout(timeout_s, read=timeout_s + _silence_s(call)),
    )


def _path(call: Call, route: _Route) -> str:
    names = [name for name in call.fields if f"{{{name}}}" in route.path]
    return route.path.format_map(
        {name: quote(str(call.fields[name]), safe="", errors="replace") for name in names}
    )


def _headers(call: Call, route: _Route) -> dict[str, str]:
    given = {
        name: form.format(value)
        for field, (name, form) in route.headers.items()
        if (value := call.fields.get(field))
    }
    if call.idempotency_key is not None:
        given["idempotency-key"] = call.idempotency_key
    if call.wait_s is not None:
        given["prefer"] = f"wait={call.wait_s}"
    return given


def _json(fields: Mapping[str, Any]) -> bytes:
    try:
        return json.dumps(fields, allow_nan=False).encode()
    except (TypeError, ValueError) as error:
        raise InvalidRequestError(problem("invalid_request", f"{error}; give what JSON can say")) from None


def _silence_s(call: Call) -> float:
    """Seconds for which the service may be silent on purpose."""
    return _HEARTBEAT_S if call.method == "WatchJob" else call.wait_s or 0.0


@contextmanager
def translated(url: str) -> Iterator[None]:
    """Turn what keeps the service from answering into our error."""
    try:
        yield
    except (httpx.RequestError, httpx.InvalidURL, httpx.StreamError) as error:
        refused = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
        raise unreachable(url, f"{type(error).__name__}: {error}", refused=refused) from None


def fields_in(answer: httpx.Response) -> Any:
    """The fields of a whole answer.

    Raises:
        GalateaError: It tells of an error, or is none of Galatea's.
    """
    if not answer.is_success:
        raise refusal_in(answer)
    try:
        return answer.json()
    except ValueError:
        raise _unreadable(answer) from None


def refusal_in(answer: httpx.Response) -> GalateaError:
    """The error that an answer, which has been read, tells of."""
    try:
        told = Problem.model_validate_json(answer.content)
    except ValidationError:
        return _unreadable(answer)
    after = answer.headers.get("retry-after", "")
    if told.retry_after_s is None and after.isdecimal():
        told = told.model_copy(update={"retry_after_s": float(after)})
    return error_of(told)


def _unreadable(answer: httpx.Response) -> GalateaError:
    detail = (
        f"{answer.request.url} answered {answer.status_code} with no words of Galatea's: is that Galatea?"
    )
    retryable = answer.status_code in _RETRYABLE
    told = problem("unreadable_answer", detail, status=answer.status_code, retryable=retryable)
    return error_of(told)


def decoder_of(call: Call) -> Callable[[bytes], Iterable[Any]]:
    """What makes the items of a stream from its bytes: events, or the bytes themselves."""
    return EventDecoder().feed if call.method == "WatchJob" else lambda chunk: (chunk,)


class EventDecoder:
    """Server-sent events -> the fields of each.

    The format is that of the HTML standard, section 9.2 (https://html.spec.whatwg.org/#server-sent-events);
    only `data` matters here, for it holds all. Lines end at line feeds alone: JSON may hold other separators.
    """

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[bytes] = []

    def feed(self, chunk: bytes) -> Iterator[Any]:
        """The events that are complete now."""
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in (line.removesuffix(b"\r") for line in lines):
            if line.startswith(b"data:"):
                self._data.append(line.removeprefix(b"data:"))
            elif not line and self._data:
                yield _event(b"\n".join(self._data))
                self._data.clear()


def _event(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        detail = f"an event cannot be read: {data[:80]!a}; is that Galatea?"
        raise GalateaError(problem("unreadable_answer", detail)) from None
