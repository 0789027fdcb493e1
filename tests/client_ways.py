"""The Python client on both wires, for threads and for event loops: one test, four ways."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from galatea_client import AsyncGalatea, Galatea, Retries
from serve.edges.grpc_edge import GrpcEdge
from tests.grpc_service import BASE_URL
from tests.http_service import HttpService, listening

__all__ = ["KINDS", "QUICK", "WIRES", "CuttingProxy", "Served", "ask", "clients", "served"]

WIRES = ("http", "grpc")
KINDS = {"threads": Galatea, "loop": AsyncGalatea}
QUICK = Retries(first_pause_s=0.02, longest_pause_s=0.1)


async def clients(kind: str) -> AsyncIterator[Callable[..., Galatea | AsyncGalatea]]:
    """Gives a factory of clients of this kind, which are closed at the end; for a fixture."""
    made: list[Galatea | AsyncGalatea] = []

    def make(url: str, *args: Any, retries: Retries = QUICK, **options: Any) -> Galatea | AsyncGalatea:
        made.append(KINDS[kind](url, *args, retries=retries, **options))
        return made[-1]

    yield make
    for client in made:
        if isinstance(client, Galatea):
            await asyncio.to_thread(client.close)
        else:
            await client.close()


async def ask(client: Galatea | AsyncGalatea, name: str, *args: Any, **kwargs: Any) -> Any:
    """What a method gives; all that it gives, where it is an iterator."""
    method = getattr(client, name)
    if isinstance(client, Galatea):
        return await asyncio.to_thread(_whole, method, args, kwargs)
    outcome = method(*args, **kwargs)
    return [item async for item in outcome] if isinstance(outcome, AsyncIterator) else await outcome


def _whole(method: Any, args: Any, kwargs: Any) -> Any:
    outcome = method(*args, **kwargs)
    return list(outcome) if isinstance(outcome, Iterator) else outcome


@dataclass(frozen=True, slots=True)
class Served:
    """A service on both wires, in this process.

    Args:
        http: Its parts.
        ports: Wire -> port.
    """

    http: HttpService
    ports: dict[str, int]

    def url(self, wire: str, port: int | None = None) -> str:
        return f"{wire}://127.0.0.1:{port or self.ports[wire]}"


@asynccontextmanager
async def served(http: HttpService) -> AsyncIterator[Served]:
    """The application and its gRPC edge on free ports of loopback."""
    backstage = http.app.state.backstage
    edge = GrpcEdge(backstage, BASE_URL)
    grpc_port = await edge.start("127.0.0.1", 0)
    try:
        async with listening(http.app) as http_port:
            yield Served(http, {"http": http_port, "grpc": grpc_port})
            backstage.let_go()
    finally:
        await edge.stop(1.0)


@dataclass(slots=True)
class CuttingProxy:
    """Stands before a port and cuts each connection after a random time, or after so many bytes of answers.

    Args:
        port: What it stands before.
        rng: Draws the times.
        answer_bytes: For each connection in turn, after how many bytes of answers it is cut; then never.
        longest_s: The longest of the random times; None cuts by bytes alone.
    """

    port: int
    rng: np.random.Generator
    answer_bytes: list[int] = field(default_factory=list)
    longest_s: float | None = None
    cut_count: int = 0
    serving: set[asyncio.Task[None]] = field(default_factory=set)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[int]:
        """Yields its own port."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            await server.wait_closed()
            while self.serving:
                for task in self.serving:
                    task.cancel()
                await asyncio.wait(self.serving)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self.serving.add(task)
        task.add_done_callback(self.serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        left_s = None if self.longest_s is None else float(self.rng.uniform(0.0, self.longest_s))
        limit = self.answer_bytes.pop(0) if self.answer_bytes else None
        try:
            inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            writer.transport.abort()
            return
        there = asyncio.create_task(_relay(reader, inner_writer, None))
        back = asyncio.create_task(_relay(inner_reader, writer, limit))
        try:
            done, _ = await asyncio.wait({there, back}, timeout=left_s, return_when=asyncio.FIRST_COMPLETED)
            self.cut_count += not done or (back in done and back.result())
        finally:
            for task in (there, back):
                task.cancel()
            for end in (writer, inner_writer):
                end.transport.abort()


async def _relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, limit: int | None) -> bool:
    """Whether it ended because the limit was reached."""
    left = limit
    try:
        while data := await reader.read(65_536 if left is None else min(left, 65_536)):
            writer.write(data)
            await writer.drain()
            left = None if left is None else left - len(data)
            if left == 0:
                return True
    except ConnectionError:
        pass
    return False
