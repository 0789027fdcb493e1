"""Where a service is, and over which wire it is asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from galatea_client.errors import InvalidRequestError, UnsupportedError, problem
from galatea_client.texts import printable
from galatea_client.wires.protocol import AsyncWire, Wire

__all__ = ["Address", "open_async_wire", "open_wire", "read_address"]

_PORTS = {"grpc": 8001, "grpcs": 443}


@dataclass(frozen=True, slots=True)
class Address:
    """A service.

    Args:
        url: As the user gave it, without a slash at the end.
        scheme: `http`, `https`, `grpc` or `grpcs`.
        target: Host and port, as gRPC takes it.
        api_key: The tenant's, if any.
        timeout_s: Seconds after which an answer that does not come is given up.
    """

    url: str
    scheme: str
    target: str
    api_key: str | None = field(repr=False)
    timeout_s: float

    @property
    def has_tls(self) -> bool:
        """Whether the connection is encrypted."""
        return self.scheme in ("https", "grpcs")


def read_address(url: str, api_key: str | None, timeout_s: float) -> Address:
    """The address that a URL tells.

    Raises:
        InvalidRequestError: The URL or the key cannot be used.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise _refusal(f"{url!r} is no URL: {error}") from None
    if parts.scheme not in ("http", "https", "grpc", "grpcs") or not host:
        raise _refusal(
            f"{url!r} names no service; give such as http://127.0.0.1:8000 or grpc://127.0.0.1:8001"
        )
    key = None if api_key is None else printable("api_key", api_key)
    shown = f"[{host}]" if ":" in host else host
    target = f"{shown}:{port or _PORTS.get(parts.scheme, 0)}"
    return Address(url.rstrip("/"), parts.scheme, target, key, timeout_s)


def _refusal(detail: str) -> InvalidRequestError:
    return InvalidRequestError(problem("invalid_url", detail, field="url"))


def open_wire(address: Address) -> Wire:
    """A wire to the service, for threads.

    Raises:
        UnsupportedError: What gRPC needs is not installed.
    """
    if address.scheme.startswith("http"):
        from galatea_client.wires.http import HttpWire

        return HttpWire(address)
    try:
        from galatea_client.wires.grpc import GrpcWire
    except ImportError as error:
        raise _no_grpc(error) from None
    return GrpcWire(address)


def open_async_wire(address: Address) -> AsyncWire:
    """A wire to the service, for an event loop.

    Raises:
        UnsupportedError: What gRPC needs is not installed.
    """
    if address.scheme.startswith("http"):
        from galatea_client.wires.http import AsyncHttpWire

        return AsyncHttpWire(address)
    try:
        from galatea_client.wires.grpc import AsyncGrpcWire
    except ImportError as error:
        raise _no_grpc(error) from None
    return AsyncGrpcWire(address)


def _no_grpc(error: ImportError) -> UnsupportedError:
    detail = f"grpc:// needs more ({error}); install galatea-client with its extra `grpc`, or use http://"
    return UnsupportedError(problem("unsupported", detail))
