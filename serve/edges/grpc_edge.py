"""gRPC: the server, put together. Handlers are generic: a loop over tables, and no generated servicer."""

from __future__ import annotations

import asyncio

import grpc
from grpc_health.v1 import health, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from serve.contracts.errors import NotReadyError
from serve.edges.backstage import Backstage
from serve.edges.grpc_handlers import SERVICE_NAME, Unknown, handlers_of
from serve.edges.grpc_health import GrpcHealth
from serve.edges.grpc_methods import GrpcMethods
from serve.edges.grpc_uploads import MAX_PIECE_BYTES

__all__ = ["GrpcEdge"]

_OPTIONS = (
    # Above our own limits, so that the refusal is ours; beyond it the library speaks, without a problem.
    ("grpc.max_receive_message_length", 4 * MAX_PIECE_BYTES),
    ("grpc.compression_enabled_algorithms_bitset", 1),  # identity alone: a small body must not grow here
    ("grpc.max_concurrent_streams", 1_000),
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 20_000),
    ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
)


class GrpcEdge:
    """The gRPC server of the service. Make it in the running loop.

    Args:
        backstage: What it stands on, shared with HTTP.
        base_url: Where HTTP is served.
        share_port: Whether others like this one may listen on the same port, and take part of its calls.
    """

    def __init__(self, backstage: Backstage, base_url: str, *, share_port: bool = False) -> None:
        self._server = grpc.aio.server(options=(*_OPTIONS, ("grpc.so_reuseport", int(share_port))))
        self._health = GrpcHealth(backstage, [SERVICE_NAME])
        self._follower: asyncio.Task[None] | None = None
        handlers = handlers_of(backstage, GrpcMethods(backstage, base_url))
        self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE_NAME, handlers),))
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        names = (SERVICE_NAME, health.SERVICE_NAME, reflection.SERVICE_NAME)
        reflection.enable_server_reflection(names, self._server)
        self._server.add_generic_rpc_handlers((Unknown(),))  # the last: it takes what nobody took

    async def start(self, host: str, port: int) -> int:
        """Listen; the port that was taken, which `port` 0 leaves open.

        Raises:
            NotReadyError: The address cannot be had.
        """
        address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        try:
            bound = self._server.add_insecure_port(address)
        except RuntimeError:
            raise NotReadyError(
                f"cannot listen for gRPC on {address}; stop what uses the port, choose another with "
                "GALATEA_GRPC_PORT, or set it to 0 for none"
            ) from None
        await self._health.refresh()
        await self._server.start()
        self._follower = asyncio.create_task(self._health.follow(), name="grpc-health")
        return int(bound)

    async def stop(self, grace_s: float) -> None:
        """Take no more calls, and cut off those that have not ended after `grace_s`."""
        if self._follower is not None:
            self._follower.cancel()
            await asyncio.wait({self._follower})
        await self._health.enter_graceful_shutdown()
        await self._server.stop(grace_s)
