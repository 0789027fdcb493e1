"""Uploads from an event loop: they go through a thread.

A service that refuses an upload answers before all bytes have come, and closes. asyncio and grpc.aio, which
are still writing then, drop that answer with the connection: a user would hear of a lost connection where the
service has said what is wrong. Blocking sockets and gRPC's own threads do not.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from typing import Any

from galatea_client.bodies import PIECE_BYTES, Body
from galatea_client.steps import Call
from galatea_client.wires.protocol import Wire

__all__ = ["ThreadedUploads"]


class ThreadedUploads:
    """A wire for threads, on which an event loop sends its uploads.

    Args:
        connect: Makes the wire, when it is first needed.
    """

    def __init__(self, connect: Callable[[], Wire]) -> None:
        self._connect = connect
        self._wire: Wire | None = None

    async def ask(self, call: Call, body: Body) -> Any:
        """The answer's fields; whoever is cancelled here ends the upload with its next piece."""
        if self._wire is None:
            self._wire = self._connect()
        source = _Source(body, asyncio.get_running_loop())
        call = replace(call, body=replace(body, pieces=lambda: iter(source)))
        try:
            return await asyncio.to_thread(self._wire.ask, call)
        finally:
            source.is_left = True

    async def close(self) -> None:
        """Close its connections."""
        if self._wire is not None:
            await asyncio.to_thread(self._wire.close)


class _Source:
    """The pieces of a body, for a thread; those of an async iterable are fetched from its loop."""

    def __init__(self, body: Body, loop: asyncio.AbstractEventLoop) -> None:
        self._body = body
        self._loop = loop
        self.is_left = False

    def __iter__(self) -> Iterator[bytes]:
        pieces = self._body.pieces()
        for piece in self._fetched(pieces) if isinstance(pieces, AsyncIterator) else pieces:
            if self.is_left:
                raise ConnectionAbortedError("nobody waits for this upload any more")
            yield piece

    def _fetched(self, pieces: AsyncIterator[bytes]) -> Iterator[bytes]:
        while (piece := self._fetch(pieces)) is not None:
            for start in range(0, len(piece), PIECE_BYTES):
                yield piece[start : start + PIECE_BYTES]

    def _fetch(self, pieces: AsyncIterator[bytes]) -> bytes | None:
        async def following() -> bytes | None:
            return await anext(pieces, None)

        return asyncio.run_coroutine_threadsafe(following(), self._loop).result()
