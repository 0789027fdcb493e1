"""A child process that is started again whenever it dies."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from time import perf_counter

from deployments.child import READY

__all__ = ["KeptChild"]

_FIRST_DELAY_S, _LONGEST_DELAY_S = 0.1, 5.0
_LONG_LIFE_S = 30.0  # after that a death is a new misfortune, and not the same again
_SPOKEN_CODES = range(64, 79)  # sysexits.h: the child has said itself what is wrong

_log = logging.getLogger(__name__)


class KeptChild:
    """One child and those that follow it.

    Args:
        name: For people: `sync-0`.
        module: Run as `python -m`.
        arguments: Of the command.
        env: Its whole environment.
        inherited: File descriptors that it keeps open.
        changed: Called when a process was started, is ready or has ended.

    Attributes:
        ready: Set while the process that now runs has said that it is ready.
    """

    def __init__(
        self,
        name: str,
        module: str,
        arguments: Sequence[str],
        *,
        env: Mapping[str, str],
        inherited: Sequence[int],
        changed: Callable[[], None],
    ) -> None:
        self.name = name
        self.ready = asyncio.Event()
        self._command = (sys.executable, "-m", module, *arguments)
        self._env = env
        self._inherited = tuple(inherited)
        self._changed = changed
        self._process: Process | None = None
        self._stopping = False

    @property
    def pid(self) -> int | None:
        """Of the process that runs now, if one does."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def keep(self) -> int:
        """Run the child again and again, until `stop`.

        Returns:
            0 after `stop`; else the exit code of a child that says that it can never start.
        """
        delay_s, was_ready = _FIRST_DELAY_S, False
        while True:
            begun = perf_counter()
            code = await self._live()
            was_ready = was_ready or self.ready.is_set()
            self.ready.clear()
            self._changed()
            if self._stopping:
                return 0
            if code in _SPOKEN_CODES and not was_ready:
                return code
            if perf_counter() - begun >= _LONG_LIFE_S:
                delay_s = _FIRST_DELAY_S
            _log.warning("%s ended (%s); it starts again in %.1f s", self.name, _how(code), delay_s)
            await asyncio.sleep(delay_s)
            delay_s = min(2 * delay_s, _LONGEST_DELAY_S)

    async def stop(self, grace_s: float) -> None:
        """End the process: in order while `grace_s` lasts, then by force; it is not started again."""
        self._stopping = True
        process = self._process
        if process is None or process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            # One that is not ready has nothing to put in order, and may be deep in a compiler.
            process.send_signal(signal.SIGTERM if self.ready.is_set() else signal.SIGKILL)
        try:
            await asyncio.wait_for(process.wait(), grace_s)
        except TimeoutError:
            _log.warning("%s did not end in %.0f s and is killed", self.name, grace_s)
            self.kill()
            await process.wait()

    def kill(self) -> None:
        """End the process at once; it is not started again."""
        self._stopping = True
        self.end()

    def end(self) -> None:
        """End the process at once; another takes its place."""
        if self.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    async def _live(self) -> int:
        """One process from its start to its end; its exit code, negative for a signal."""
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            env=self._env,
            stdin=PIPE,  # never written: its end tells the child that this process is gone
            stdout=PIPE,
            pass_fds=self._inherited,
            start_new_session=True,  # a terminal's Ctrl-C is for the supervisor to pass on
        )
        if self._stopping:
            self.kill()
        self._changed()
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            if line.decode(errors="replace").strip() == READY:
                self.ready.set()
                self._changed()
            else:
                sys.stderr.write(f"{self.name}: {line.decode(errors='replace')}")
        return await self._process.wait()


def _how(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    return f"signal {signal.Signals(-code).name}"
