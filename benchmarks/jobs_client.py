"""An HTTP client that costs little beside what it measures: HTTP/1.1 on a kept connection, and no more."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import perf_counter, process_time
from typing import Any

__all__ = ["Client", "Timing", "connected", "hammer"]


class Client:
    """One connection to a server on this host; one request at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
        self._reader = reader
        self._writer = writer
        self._host = f"127.0.0.1:{port}"

    async def ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Send a request and read the JSON object in its answer.

        Raises:
            RuntimeError: The answer is not 200 or 202.
        """
        content = b"" if body is None else json.dumps(body).encode()
        lines = [f"{method} {path} HTTP/1.1", f"host: {self._host}", f"content-length: {len(content)}"]
        lines += [] if body is None else ["content-type: application/json"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        self._writer.write("\r\n".join([*lines, "", ""]).encode() + content)
        status, answer = await self._answer()
        if status not in (200, 202):
            raise RuntimeError(f"{method} {path} was answered {status}: {answer.decode()[:500]}")
        found: dict[str, Any] = json.loads(answer)
        return found

    async def _answer(self) -> tuple[int, bytes]:
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
        return int(head[9:12]), await self._reader.readexactly(int(length))

    def close(self) -> None:
        """Hang up."""
        self._writer.close()


@asynccontextmanager
async def connected(port: int, count: int) -> AsyncIterator[list[Client]]:
    """So many clients of the server at this port of 127.0.0.1."""
    clients = [Client(*await asyncio.open_connection("127.0.0.1", port), port) for _ in range(count)]
    try:
        yield clients
    finally:
        for client in clients:
            client.close()


@dataclass(slots=True)
class Timing:
    """What requests took.

    Args:
        seconds: Of each request.
        wall_s: Of all together, from the first to the end of the last.
        client_s: CPU time of this process meanwhile.
    """

    seconds: list[float] = field(default_factory=list)
    wall_s: float = 0.0
    client_s: float = 0.0

    def quantile_ms(self, share: float) -> float:
        """The value that this share of the requests did not exceed (nearest rank), milliseconds."""
        ordered = sorted(self.seconds)
        return 1e3 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.seconds) / self.wall_s

    def add(self, other: Timing) -> None:
        """Take in a later round."""
        self.seconds += other.seconds
        self.wall_s += other.wall_s
        self.client_s += other.client_s


async def hammer(
    clients: list[Client], numbers: range, ask: Callable[[Client, int], Awaitable[None]]
) -> Timing:
    """Ask for every number once; each client takes the next one as soon as it has its answer."""
    timing, remaining = Timing(), iter(numbers)

    async def one(client: Client) -> None:
        for number in remaining:
            begun = perf_counter()
            await ask(client, number)
            timing.seconds.append(perf_counter() - begun)

    begun, begun_cpu = perf_counter(), process_time()
    async with asyncio.TaskGroup() as group:
        for client in clients:
            group.create_task(one(client))
    timing.wall_s, timing.client_s = perf_counter() - begun, process_time() - begun_cpu
    return timing
