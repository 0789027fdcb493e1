"""Server-sent events: the text that a browser's `EventSource` reads.

The format is that of the HTML standard, section 9.2 (https://html.spec.whatwg.org/#server-sent-events).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing

from starlette.responses import StreamingResponse
from starlette.types import Send

from serve.contracts.errors import GalateaError
from serve.contracts.events import JobEvent, JobProgress

__all__ = ["HEARTBEAT_S", "MEDIA_TYPE", "EventStream"]

_log = logging.getLogger(__name__)

MEDIA_TYPE = "text/event-stream"
HEARTBEAT_S = 15.0
"""Proxies cut connections that are silent for longer, often after 30 s."""
_RETRY = "retry: 1000\n\n"  # milliseconds after which a client that lost us comes again
_HEARTBEAT = ":\n\n"
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class EventStream(StreamingResponse):
    """An answer that tells a job's events until they end, or the client goes.

    Args:
        events: From `Feed.watch`; closed with the answer.
        heartbeat_s: Seconds of silence after which an empty comment is sent.
    """

    def __init__(self, events: AsyncGenerator[JobEvent, None], heartbeat_s: float = HEARTBEAT_S) -> None:
        self._frames = _frames(events, heartbeat_s)
        super().__init__(self._frames, headers=_HEADERS, media_type=MEDIA_TYPE)

    async def stream_response(self, send: Send) -> None:
        """Send it; a client that leaves while we send to it leaves no generator behind."""
        async with aclosing(self._frames):
            await super().stream_response(send)


async def _frames(events: AsyncGenerator[JobEvent, None], heartbeat_s: float) -> AsyncGenerator[str, None]:
    yield _RETRY
    ahead: asyncio.Task[JobEvent | None] | None = None
    try:
        while True:
            ahead = asyncio.create_task(_next(events))
            while not ahead.done():
                await asyncio.wait({ahead}, timeout=heartbeat_s)
                if not ahead.done():
                    yield _HEARTBEAT
            event = ahead.result()
            if event is None:
                return
            yield _frame(event)
    except GalateaError as error:
        _log.warning("a stream of events ends early, its client will come again: %s", error)
    finally:
        if ahead is not None and not ahead.done():
            ahead.cancel()  # which ends `events` too, as it waits inside them
        else:
            await events.aclose()


async def _next(events: AsyncGenerator[JobEvent, None]) -> JobEvent | None:
    return await anext(events, None)


def _frame(event: JobEvent) -> str:
    """Progress has no `id`: the client's cursor stays at the last event that is kept."""
    cursor = "" if isinstance(event, JobProgress) else f"id: {event.seq}\n"
    return f"{cursor}event: {event.kind}\ndata: {event.model_dump_json()}\n\n"
