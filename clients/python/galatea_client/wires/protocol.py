"""The one seam between the client and a wire: make a call, open a stream.

A wire raises `GalateaError` for all that the service answers and all that keeps it from answering, and never
tries again: that is the flows' to decide.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from typing import Any, Protocol, TypeAlias

from galatea_client.steps import Call

__all__ = ["AsyncStream", "AsyncWire", "Stream", "Wire"]

Stream: TypeAlias = Generator[Any, None, None]
"""An event's fields, or bytes, as they come; closing it ends the call."""
AsyncStream: TypeAlias = AsyncGenerator[Any, None]


class Wire(Protocol):
    """A wire for threads, which may share it."""

    def ask(self, call: Call) -> Any:
        """The answer's fields, as JSON has them."""

    def open(self, call: Call) -> Stream:
        """The answer as a stream; the call begins with its first item."""

    def close(self) -> None:
        """Close its connections."""


class AsyncWire(Protocol):
    """A wire for an event loop."""

    async def ask(self, call: Call) -> Any:
        """The answer's fields, as JSON has them."""

    def open(self, call: Call) -> AsyncStream:
        """The answer as a stream; the call begins with its first item."""

    async def close(self) -> None:
        """Close its connections."""
