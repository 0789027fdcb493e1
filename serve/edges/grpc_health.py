"""The standard health service (grpc.health.v1), which follows the readiness of the whole service."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from grpc_health.v1 import health, health_pb2

from serve.edges.backstage import Backstage

__all__ = ["GrpcHealth"]

_PERIOD_S = 5.0
_CHECKS_TIMEOUT_S = 5.0


class GrpcHealth(health.aio.HealthServicer):  # type: ignore[misc]  # it has no types
    """Asks every part when it is asked, and every few seconds for those who watch.

    Args:
        backstage: The service.
        names: The services that are as well as the whole.
    """

    def __init__(self, backstage: Backstage, names: Sequence[str]) -> None:
        super().__init__()
        self._backstage = backstage
        self._names = ("", *names)

    async def Check(self, request: Any, context: Any) -> Any:  # the protocol's name
        """The state of a service now."""
        await self.refresh()
        return await super().Check(request, context)

    async def follow(self) -> None:
        """Look again and again; does not end."""
        while True:
            await self.refresh()
            await asyncio.sleep(_PERIOD_S)

    async def refresh(self) -> None:
        """Look once, and tell those who watch."""
        states = health_pb2.HealthCheckResponse
        state = states.SERVING if await self._is_ready() else states.NOT_SERVING
        for name in self._names:
            await self.set(name, state)

    async def _is_ready(self) -> bool:
        try:
            async with asyncio.timeout(_CHECKS_TIMEOUT_S):
                parts = await self._backstage.service.checks()
        except TimeoutError:
            return False
        return all(wrong is None for wrong in parts.values())
