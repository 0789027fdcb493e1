"""Both wires of the service in one process: HTTP by uvicorn, gRPC beside it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from deployments.heads import BoundedHeads
from deployments.layout import http_address
from serve.edges.backstage import Service
from serve.edges.grpc_edge import GrpcEdge
from serve.edges.http_edge import create_app

__all__ = ["Wires"]

_ANSWER_GRACE_S = 5  # for answers on their way when the process stops


class _Server(uvicorn.Server):
    """Uvicorn as one task among others: signals are not its own."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Wires:
    """Serves from `start` to `stop`.

    Args:
        service: What stands behind both.
        listener: Of HTTP, listening; gRPC listens on the same host by itself, at the port of the settings.
        share_ports: Whether other processes listen on the same ports for the same service.

    Attributes:
        http: Ends when HTTP does, which it should only after `stop`.

    Raises:
        InvalidRequestError: The settings must not be served.
    """

    http: asyncio.Task[None]

    def __init__(self, service: Service, listener: socket.socket, *, share_ports: bool = False) -> None:
        self._settings = service.settings
        self._listener = listener
        self._share_ports = share_ports
        self._app = create_app(service)
        self._server = _Server(
            uvicorn.Config(
                self._app,
                http=BoundedHeads,
                ws="none",  # nothing here speaks it: who asks for it gets the answer over HTTP
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=_ANSWER_GRACE_S,
            )
        )
        self._grpc: GrpcEdge | None = None

    async def start(self) -> None:
        """Take requests from now on.

        Raises:
            NotReadyError: The port of gRPC cannot be had.
        """
        if self._settings.grpc_port:
            backstage, url = self._app.state.backstage, http_address(self._settings)
            self._grpc = GrpcEdge(backstage, url, share_port=self._share_ports)
            await self._grpc.start(self._settings.http_host, self._settings.grpc_port)
        self.http = asyncio.create_task(self._server.serve([self._listener]), name="http")

    async def stop(self) -> None:
        """Answer what is on its way, and take nothing more."""
        self._app.state.backstage.let_go()
        if self._grpc is not None:  # first: the end of HTTP closes what both stand on
            await self._grpc.stop(_ANSWER_GRACE_S)
        self._server.should_exit = True
        await asyncio.wait({self.http})
