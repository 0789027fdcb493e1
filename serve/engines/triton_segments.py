"""Shared memory between this process and a Triton server on the same host.

Copying tensors through gRPC costs more than computing on them once they are large. What is lent here is
registered with the server, and only after a probe: the same rows are sent in a message and in a segment, and
the answers must be equal. Where they are not, or the server cannot see the segment, tensors go in messages.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from contextlib import suppress
from pathlib import Path
from time import perf_counter

import grpc
import numpy as np
from tritonclient.grpc import service_pb2, service_pb2_grpc
from tritonclient.grpc.aio import InferenceServerClient
from tritonclient.utils import InferenceServerException

from serve.contracts.errors import EngineError
from serve.engines.shared_memory import Segment, is_segment, sweep
from serve.engines.triton_call import TritonCall
from serve.engines.triton_channel import grpc_target
from serve.engines.triton_errors import is_busy, knows_no_segment
from serve.models.spec import Arrays, ModelSpec, example_rows

__all__ = ["LentSegments"]

_log = logging.getLogger(__name__)
_LEAST_SIZE = 2**20
_MOST_BYTES = 2**28  # of all segments; what needs more goes in messages
_PROBE_AGAIN_S = 60.0
_REST_S = 200.0  # after which no call that was given up can still be in the server
_RPC_TIMEOUT_S = 5.0
_CLOSE_TIMEOUT_S = 0.5  # of one call; what is not taken now is swept by the next engine


class LentSegments:
    """Segments of one engine at one server, kept for the next call of their size.

    Args:
        folder: Where they are made.

    Attributes:
        call_count: Calls whose tensors went through them, the probes not counted.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._all: set[Segment] = set()
        self._free: defaultdict[int, list[Segment]] = defaultdict(list)
        self._resting: list[tuple[float, Segment]] = []
        self._works: bool | None = None
        self._probed_at_s = 0.0
        self.call_count = 0

    async def send(self, client: InferenceServerClient, call: TritonCall) -> Arrays | None:
        """Send a call through shared memory; None where that cannot be, and a message must do.

        Raises:
            tritonclient.utils.InferenceServerException: The call failed, but not for the memory's sake.
        """
        segment = await self._lend(client, call)
        if segment is None:
            return None
        try:
            outputs = await call.send(client, segment)
        except InferenceServerException as error:
            if knows_no_segment(error):
                self._forget(segment)
                return None
            self._take_back(segment, answered=is_busy(error))
            raise
        except (asyncio.CancelledError, EngineError):
            self._take_back(segment, answered=False)
            raise
        self._take_back(segment, answered=True)
        self.call_count += 1
        return outputs

    def close(self, url: str) -> None:
        """Take all segments from the server, as far as it answers, and remove them."""
        idle = [segment for segments in self._free.values() for segment in segments]
        if idle:
            with grpc.insecure_channel(grpc_target(url)) as channel:
                stub = service_pb2_grpc.GRPCInferenceServiceStub(channel)
                for segment in idle:
                    asked = service_pb2.SystemSharedMemoryUnregisterRequest(name=segment.name)
                    with suppress(grpc.RpcError):
                        stub.SystemSharedMemoryUnregister(asked, timeout=_CLOSE_TIMEOUT_S)
        self._drop()

    async def _lend(self, client: InferenceServerClient, call: TritonCall) -> Segment | None:
        if not await self._usable(client, call.spec):
            return None
        size = max(_LEAST_SIZE, 1 << (call.size - 1).bit_length())
        self._wake()
        return self._free[size].pop() if self._free[size] else await self._register(client, size)

    def _take_back(self, segment: Segment, *, answered: bool) -> None:
        """Keep it for the next call, or back for a while: the server may still use it for one given up.

        To take it from the server then could end the server in the middle of the execution.
        """
        if segment not in self._all:
            return  # it was forgotten meanwhile
        if answered:
            self._free[segment.size].append(segment)
        else:
            self._resting.append((perf_counter(), segment))

    def _wake(self) -> None:
        while self._resting and perf_counter() - self._resting[0][0] > _REST_S:
            _, segment = self._resting.pop(0)
            self._free[segment.size].append(segment)

    def _forget(self, unknown: Segment) -> None:
        """The server does not know this one: it is another than the one that mapped it, and knows none."""
        if unknown in self._all:
            self._drop()

    def _drop(self) -> None:
        for segment in self._all:
            segment.close()
        self._all.clear()
        self._free.clear()
        self._resting.clear()
        self._works = None

    async def _usable(self, client: InferenceServerClient, spec: ModelSpec) -> bool:
        """Whether a probe has succeeded; one that failed is repeated once in a while."""
        again = self._works is False and perf_counter() - self._probed_at_s > _PROBE_AGAIN_S
        if self._works is None or again:
            self._works, self._probed_at_s = False, perf_counter()  # meanwhile others send messages
            self._works = await self._probe(client, spec)
            _log.info("shared memory with Triton works: %s", self._works)
        return self._works

    async def _probe(self, client: InferenceServerClient, spec: ModelSpec) -> bool:
        sweep(self._folder)
        call = TritonCall(spec, _pattern(spec), 2)
        segment = await self._register(client, max(_LEAST_SIZE, 1 << (call.size - 1).bit_length()))
        if segment is None:
            return False
        try:
            plain, shared = await call.send(client), await call.send(client, segment)
            await self._sweep_server(client)
        except (InferenceServerException, EngineError):
            self._take_back(segment, answered=False)
            return False
        self._take_back(segment, answered=True)
        return all(plain[name].tobytes() == shared[name].tobytes() for name in plain)

    async def _sweep_server(self, client: InferenceServerClient) -> None:
        """Let the server unmap the segments of processes that died, which it keeps otherwise."""
        status = await client.get_system_shared_memory_status(client_timeout=_RPC_TIMEOUT_S)
        for name in [name for name in status.regions if is_segment(name)]:
            if not (self._folder / name).exists():
                await client.unregister_system_shared_memory(name, client_timeout=_RPC_TIMEOUT_S)

    async def _register(self, client: InferenceServerClient, size: int) -> Segment | None:
        if sum(segment.size for segment in self._all) + size > _MOST_BYTES:
            return None
        try:
            segment = Segment(size, self._folder)
        except OSError as error:
            _log.info("no shared memory of %d bytes: %s", size, error)
            return None
        try:
            await client.register_system_shared_memory(
                segment.name, f"/{segment.name}", size, client_timeout=_RPC_TIMEOUT_S
            )
        except BaseException as error:
            segment.close()
            if not isinstance(error, InferenceServerException):
                raise
            _log.info("Triton cannot map %s: %s", segment.name, error.message())
            return None
        self._all.add(segment)
        return segment


def _pattern(spec: ModelSpec) -> Arrays:
    """Two rows that are not what fresh memory holds."""
    rows = example_rows(spec, 2)
    for array in rows.values():
        if array.dtype.kind == "f":
            array.flat[:] = np.linspace(0.0, 1.0, array.size)
    return rows
