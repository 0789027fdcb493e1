"""Drive a flow: perform its steps over a wire, in a thread or an event loop; they differ in `await` alone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing, closing
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from galatea_client.errors import GalateaError
from galatea_client.steps import Ask, Do, Emit, Flow, Open, Pause, Read, Step
from galatea_client.wires.protocol import AsyncStream, AsyncWire, Stream, Wire

__all__ = ["async_iterate", "async_run", "iterate", "run"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _End(Generic[T]):
    """What the flow returned."""

    value: T


def run(flow: Flow[T], wire: Wire) -> T:
    """What a flow that emits nothing returns."""
    with closing(_Course(flow, wire)) as course:
        end = course.advance()
    assert isinstance(end, _End)
    return end.value


def iterate(flow: Flow[None], wire: Wire) -> Generator[Any, None, None]:
    """What the flow emits."""
    with closing(_Course(flow, wire)) as course:
        while isinstance(out := course.advance(), Emit):
            yield out.value


async def async_run(flow: Flow[T], wire: AsyncWire) -> T:
    """What a flow that emits nothing returns."""
    async with aclosing(_AsyncCourse(flow, wire)) as course:
        end = await course.advance()
    assert isinstance(end, _End)
    return end.value


async def async_iterate(flow: Flow[None], wire: AsyncWire) -> AsyncGenerator[Any, None]:
    """What the flow emits."""
    async with aclosing(_AsyncCourse(flow, wire)) as course:
        while isinstance(out := await course.advance(), Emit):
            yield out.value


class _Course(Generic[T]):
    """A flow on its way, with the stream that it has open."""

    def __init__(self, flow: Flow[T], wire: Wire) -> None:
        self._flow = flow
        self._wire = wire
        self._stream: Stream | None = None

    def advance(self) -> Emit | _End[T]:
        """Go on to the next value that it emits, or to its end."""
        resume, outcome = self._flow.send, None
        while True:
            try:
                step = resume(outcome)
            except StopIteration as end:
                return _End(end.value)
            if isinstance(step, Emit):
                return step
            try:
                resume, outcome = self._flow.send, self._perform(step)
            except GalateaError as error:
                resume, outcome = self._flow.throw, error

    def _perform(self, step: Step) -> Any:
        match step:
            case Ask(call):
                return self._wire.ask(call)
            case Open(call):
                self._close_stream()
                self._stream = self._wire.open(call)
            case Read():
                return None if self._stream is None else next(self._stream, None)
            case Pause(seconds):
                time.sleep(seconds)
            case Do(function):
                return function()

    def _close_stream(self) -> None:
        if self._stream is not None:
            self._stream.close()

    def close(self) -> None:
        """Let the flow clean up, wherever it is, and leave no stream open."""
        self._flow.close()
        self._close_stream()


class _AsyncCourse(Generic[T]):
    """The same in an event loop."""

    def __init__(self, flow: Flow[T], wire: AsyncWire) -> None:
        self._flow = flow
        self._wire = wire
        self._stream: AsyncStream | None = None

    async def advance(self) -> Emit | _End[T]:
        """Go on to the next value that it emits, or to its end."""
        resume, outcome = self._flow.send, None
        while True:
            try:
                step = resume(outcome)
            except StopIteration as end:
                return _End(end.value)
            if isinstance(step, Emit):
                return step
            try:
                resume, outcome = self._flow.send, await self._perform(step)
            except GalateaError as error:
                resume, outcome = self._flow.throw, error

    async def _perform(self, step: Step) -> Any:
        match step:
            case Ask(call):
                return await self._wire.ask(call)
            case Open(call):
                await self._close_stream()
                self._stream = self._wire.open(call)
            case Read():
                return None if self._stream is None else await anext(self._stream, None)
            case Pause(seconds):
                await asyncio.sleep(seconds)
            case Do(function):
                return await asyncio.to_thread(function)

    async def _close_stream(self) -> None:
        if self._stream is not None:
            await self._stream.aclose()

    async def aclose(self) -> None:
        """Let the flow clean up, wherever it is, and leave no stream open."""
        self._flow.close()
        await self._close_stream()
