"""Bytes of unknown length on their way into a store: gathered, counted and digested as they pass."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator, AsyncIterator

from serve.contracts.errors import BodyTooLargeError

__all__ = ["Intake"]

_PIECE_BYTES = 256 * 1024  # networks give a few kilobytes at a time; each piece costs a thread and a write


class Intake:
    """Counts and digests one stream.

    Args:
        limit_bytes: The most it may have.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._found = hashlib.sha256()
        self._reader: asyncio.Task[object] | None = None
        self._over = False
        self.byte_count = 0

    @property
    def digest(self) -> str:
        """SHA-256 of what has passed so far."""
        return self._found.hexdigest()

    async def pieces(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The same bytes in larger pieces; a store asks for each in a task of its own.

        Raises:
            BodyTooLargeError: They are more than the limit; the rest is not asked for.
            CancelledError: The intake has ended.
        """
        gathered = self._gathered(chunks)
        while not self._over:
            self._reader = asyncio.current_task()
            try:
                piece = await anext(gathered, None)
            finally:
                self._reader = None
            if piece is None:
                return
            yield piece
        raise asyncio.CancelledError

    async def end(self) -> None:
        """Nothing is read any more once this returns, though the store's threads may still ask."""
        self._over = True
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.wait({self._reader})

    async def _gathered(self, chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
        held = bytearray()
        async for chunk in chunks:
            self.byte_count += len(chunk)
            if self.byte_count > self._limit_bytes:
                raise BodyTooLargeError(
                    f"the body is longer than {self._limit_bytes:,} bytes, the limit; send less"
                )
            held += chunk
            if len(held) >= _PIECE_BYTES:
                yield await self._taken(held)
                held = bytearray()
        if held:
            yield await self._taken(held)

    async def _taken(self, held: bytearray) -> bytes:
        await asyncio.to_thread(self._found.update, held)
        return bytes(held)
