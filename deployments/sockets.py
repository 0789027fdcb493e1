"""The seam over Unix sockets: stages run in worker processes on this host."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from time import perf_counter

from deployments.frames import (
    REPLY,
    About,
    Call,
    Hello,
    Ping,
    Pong,
    Reply,
    StageAbout,
    StageProblem,
    Unfit,
    call_of,
    event_of,
)
from deployments.wire import MAX_FRAME_BYTE_COUNT, read_frame, write_frame
from serve.contracts.artifacts import ArtifactRef
from serve.contracts.errors import GalateaError, NotReadyError, StageMovedError, WorkerLostError
from serve.contracts.jobs import error_of
from serve.contracts.stage import Context, Done, Event, Params, StageSpec

__all__ = ["SocketSeam", "ping"]

_RETRY_S = 0.05
_PING_TIMEOUT_S = 5.0


class SocketSeam:
    """Calls workers at their sockets; one that died and came back is called like before.

    Args:
        sockets: Kind of stage (`async`, `sync`) -> where its workers listen.
        wait_s: How long a call waits for a worker while none is up.
    """

    def __init__(self, sockets: Mapping[str, Sequence[Path]], *, wait_s: float = 30.0) -> None:
        self._sockets = sockets
        self._wait_s = wait_s
        self._busy: Counter[Path] = Counter()
        self._stages: dict[str, StageAbout] = {}

    async def open(self, wait_s: float = 300.0) -> None:
        """Wait for a worker of each kind, and learn what its stages depend on.

        Args:
            wait_s: How long; the first start on a machine compiles kernels.

        Raises:
            NotReadyError: None came up in time.
        """
        for kind in self._sockets:
            self._stages |= (await self._hello(kind, wait_s)).stages

    def numeric_class(self, spec: StageSpec) -> str:
        """See `serve.execution.Seam.numeric_class`."""
        return self._about(spec).numeric_class

    def model(self, spec: StageSpec) -> str | None:
        """See `serve.execution.Seam.model`."""
        return self._about(spec).model

    def models(self) -> dict[str, str]:
        """Name of each model in use -> digest of its weights."""
        named = [about.model.split("/") for about in self._stages.values() if about.model]
        return {name: digest for name, _, digest in sorted(named)}

    async def checks(self) -> dict[str, str | None]:
        """Each worker by its socket's name -> None when it answers, else what is wrong."""
        paths = [path for paths in self._sockets.values() for path in paths]
        found = await asyncio.gather(*(ping(path) for path in paths))
        return {path.stem: wrong for path, wrong in zip(paths, found, strict=True)}

    async def call(
        self, spec: StageSpec, params: Params, inputs: Mapping[str, ArtifactRef], context: Context
    ) -> AsyncGenerator[Event, None]:
        """See `serve.execution.Seam.call`.

        Raises:
            NotReadyError: No worker of this kind came up in time.
            StageMovedError: The worker now runs the stage otherwise, as `numeric_class` and `model` now tell.
            WorkerLostError: The worker died.
        """
        if spec.name not in self._stages:
            self._stages |= (await self._hello(spec.kind, self._wait_s)).stages
        about = self._about(spec)
        path, reader, writer = await self._connect(spec.kind, self._wait_s)
        try:
            await _send(writer, call_of(spec, params, inputs, context, about), path)
            event: Event | None = None
            while not isinstance(event, Done):
                frame = await _next(reader, path)
                if isinstance(frame, Unfit):
                    raise self._moved(spec, frame)
                event = event_of(frame)
                yield event
        finally:
            try:
                await _hang_up(reader, writer)
            finally:
                self._busy[path] -= 1

    def _about(self, spec: StageSpec) -> StageAbout:
        if spec.name not in self._stages:
            raise NotReadyError(f"no worker that runs stage {spec.name} has come up; try again")
        return self._stages[spec.name]

    def _moved(self, spec: StageSpec, unfit: Unfit) -> GalateaError:
        if unfit.about is None or unfit.version != spec.version:
            return NotReadyError(
                f"the worker has stage {spec.name} in version {unfit.version}, and {spec.version} is needed: "
                "run the same version everywhere"
            )
        self._stages[spec.name] = unfit.about
        return StageMovedError(f"stage {spec.name} runs otherwise now: {unfit.about}")

    async def _hello(self, kind: str, wait_s: float) -> About:
        """What a worker of this kind says of itself; one that dies over it is asked again."""
        begun = perf_counter()
        while True:
            path, reader, writer = await self._connect(kind, wait_s - (perf_counter() - begun))
            try:
                await _send(writer, Hello(), path)
                frame = await _next(reader, path)
            except WorkerLostError:
                continue
            finally:
                self._busy[path] -= 1
                await _hang_up(reader, writer)
            if isinstance(frame, About):
                return frame
            raise GalateaError(f"the worker at {path} answered a hello with {frame.kind!r}")

    async def _connect(
        self, kind: str, wait_s: float
    ) -> tuple[Path, asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection to the least busy worker that is up, which from now on counts as busier by one.

        Raises:
            NotReadyError: None was, all the time.
        """
        begun = perf_counter()
        while True:
            for path in sorted(self._sockets[kind], key=lambda path: self._busy[path]):
                self._busy[path] += 1  # before the connection stands: two at once should not choose alike
                try:
                    return path, *await asyncio.open_unix_connection(path, limit=MAX_FRAME_BYTE_COUNT)
                except OSError:
                    self._busy[path] -= 1
                except asyncio.CancelledError:
                    self._busy[path] -= 1
                    raise
            if perf_counter() - begun >= wait_s:
                raise NotReadyError(
                    f"no worker for {kind} stages came up in {max(wait_s, 0):.0f} s; look at the log for why"
                )
            await asyncio.sleep(_RETRY_S)


async def _send(writer: asyncio.StreamWriter, frame: Call | Hello | Ping, path: Path) -> None:
    try:
        await write_frame(writer, frame)
    except ConnectionError:
        raise _lost(path) from None


async def _next(reader: asyncio.StreamReader, path: Path) -> Reply:
    """The worker's next word.

    Raises:
        WorkerLostError: It died.
        GalateaError: The stage's own error.
    """
    try:
        frame = await read_frame(reader, REPLY)
    except ConnectionError:
        frame = None
    if frame is None:
        raise _lost(path)
    if isinstance(frame, StageProblem):
        raise error_of(frame.problem)
    return frame


async def _hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Say that nothing more is wanted, and wait until the worker has stopped: it closes last."""
    try:
        with suppress(OSError):
            writer.write_eof()
            while await reader.read(2**16):
                pass
    finally:
        writer.close()


async def ping(path: Path, timeout_s: float = _PING_TIMEOUT_S) -> str | None:
    """None when the worker at this socket answers in time, else what is wrong."""
    try:
        async with asyncio.timeout(timeout_s):
            reader, writer = await asyncio.open_unix_connection(path, limit=MAX_FRAME_BYTE_COUNT)
            try:
                await _send(writer, Ping(), path)
                frame = await _next(reader, path)
            finally:
                writer.close()  # no waiting for its end: this may be a worker that never ends
    except (OSError, TimeoutError, GalateaError) as error:
        return f"does not answer ({type(error).__name__}); it is starting, or see the log"
    return None if isinstance(frame, Pong) else f"answered a ping with {frame.kind!r}"


def _lost(path: Path) -> WorkerLostError:
    return WorkerLostError(f"the worker {path.stem} died while it ran the stage; it is started again")
