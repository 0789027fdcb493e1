"""Drives a sync stage in a thread, seen from the loop as an async iterator."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from time import thread_time

from deployments.tools import Tools
from serve.contracts.stage import Event

__all__ = ["in_thread"]


async def in_thread(
    events: Iterator[Event], pool: ThreadPoolExecutor, tools: Tools
) -> AsyncGenerator[Event, None]:
    """The events of a sync stage, whose code runs in the pool alone.

    Leaving early sets `tools.stop` and waits for the thread, which cannot be cancelled; a stage that still
    waits for a thread is taken out of the queue. `tools.cpu_s` is the CPU time of the thread and of its crew
    at each event.
    """
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[Event | None] = asyncio.Queue()

    def drive() -> None:
        begun_s = thread_time()
        try:
            tools.check()
            for event in events:
                tools.cpu_s = thread_time() - begun_s + tools.crew_cpu_s
                loop.call_soon_threadsafe(queue.put_nowait, event)
        finally:
            loop.call_soon_threadsafe(queue.put_nowait, None)

    work = pool.submit(copy_context().run, drive)  # the context carries the ids of the log lines
    finished = asyncio.wrap_future(work)
    try:
        while (event := await queue.get()) is not None:
            yield event
        await finished
    finally:
        tools.stop.set()
        if not work.cancel():
            await asyncio.wait({finished})
            finished.exception()  # looked at: whoever left early has a reason of his own
