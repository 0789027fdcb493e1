"""The life of a child process: it says when it is ready, and ends with its parent.

Its standard input is a pipe that the supervisor holds and never writes: the end of it means that the
supervisor is gone, however it died. Its standard output says `ready` once.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

from serve.contracts.errors import GalateaError
from serve.settings import Settings, read_settings
from serve.telemetry import configure_logs, configure_traces

__all__ = ["READY", "environment", "run_child", "say_ready"]

READY = "ready"
_ORPHAN_GRACE_S = 5.0  # to stop in order; then the process ends anyway
_PARENT_GONE = 75


def environment(settings: Settings) -> dict[str, str]:
    """The environment of a child: this one's, with exactly these settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GALATEA_")}
    given = settings.model_dump(mode="json", exclude_none=True)
    return kept | {f"GALATEA_{name.upper()}": str(value) for name, value in given.items()}


def run_child(name: str, main: Callable[[Settings, asyncio.Event], Awaitable[None]]) -> None:
    """Run a child process to its end; does not return.

    Args:
        name: For traces: `galatea-worker`.
        main: Is handed an event that is set when it should end: at SIGTERM, or when its parent is gone.
    """
    code = 0
    try:
        settings = read_settings()
        configure_logs(settings.log_level, json=settings.log_json)
        end_traces = configure_traces(name, settings.otlp_endpoint)
        try:
            asyncio.run(_live(settings, main))
        finally:
            end_traces()
    except GalateaError as error:
        sys.stderr.write(f"{name}: {error.message}\n")
        code = error.exit_code
    sys.exit(code)


def say_ready() -> None:
    """Tell the parent."""
    sys.stdout.write(f"{READY}\n")
    sys.stdout.flush()


async def _live(settings: Settings, main: Callable[[Settings, asyncio.Event], Awaitable[None]]) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_signal_handler(signal.SIGINT, lambda: None)  # the parent decides
    threading.Thread(target=_outlive_no_parent, args=(loop, stop), name="parent-watch", daemon=True).start()
    await main(settings, stop)


def _outlive_no_parent(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    while os.read(0, 1):
        pass
    with suppress(RuntimeError):  # the loop has ended already
        loop.call_soon_threadsafe(stop.set)
    time.sleep(_ORPHAN_GRACE_S)
    os._exit(_PARENT_GONE)
