"""Looks after the models of one Triton server: one loop for each server, held by a lease.

A model whose process was killed fails every call and still counts as ready, for ever: it is unloaded and
loaded. One that is only slow is left alone, for loading takes longer than any queue, and ends what waits.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

from deployments.triton.models import Endpoint, Health, TritonModels, open_models
from serve.contracts.errors import GalateaError, LedgerError
from serve.ledger import Ledger
from serve.models import MODELS
from serve.models.spec import ModelSpec

__all__ = ["Lease", "file_lease", "ledger_lease", "watch"]

Lease = Callable[[], Awaitable[bool]]
"""Takes or keeps the duty of watching a server; False while another has it."""

_PROBE_TIMEOUT_S = 10.0
_log = logging.getLogger(__name__)


def ledger_lease(ledger: Ledger, endpoint: Endpoint, owner: str, lease_s: float = 60.0) -> Lease:
    """A lease for a cluster: one watchdog of a server among all processes that share a ledger.

    Args:
        ledger: Holds it.
        endpoint: The server.
        owner: Name of this process in the ledger.
        lease_s: Of a length in which a model is loaded.
    """

    async def take() -> bool:
        try:
            return await asyncio.to_thread(ledger.leases.take_duty, f"triton {endpoint.url}", owner, lease_s)
        except LedgerError as error:
            _log.warning("nobody can tell who watches %s: %s", endpoint.url, error)
            return False

    return take


@contextmanager
def file_lease(path: Path) -> Iterator[Lease]:
    """A lease for one host, which ends with the process that has it."""
    with path.open("a") as file:

        async def take() -> bool:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True

        yield take


async def watch(
    endpoint: Endpoint,
    lease: Lease,
    restart: Callable[[], Awaitable[None]],
    *,
    wanted: Callable[[], Iterable[ModelSpec]] = lambda: MODELS,
    period_s: float = 5.0,
    load_timeout_s: float = 60.0,
) -> None:
    """Look after a server until cancelled.

    Args:
        endpoint: The server.
        lease: Asked before each round.
        restart: Ends the server, for whoever keeps it to start it again: nothing less mends a model that has
            been loading for `load_timeout_s`.
        wanted: The models that should be loaded there now; one that a rollout takes away is not among them.
        period_s: Seconds between two rounds.
        load_timeout_s: Longer than any of the models takes to be loaded.
    """
    async with open_models(endpoint) as models:
        watchdog = _Watchdog(models, restart, load_timeout_s)
        while True:
            if await lease():
                for spec in wanted():
                    await watchdog.see_to(spec)
            await asyncio.sleep(period_s)


class _Watchdog:
    """What is known of the models from round to round."""

    def __init__(
        self, models: TritonModels, restart: Callable[[], Awaitable[None]], load_timeout_s: float
    ) -> None:
        self._models = models
        self._restart = restart
        self._load_timeout_s = load_timeout_s
        self._known: dict[ModelSpec, tuple[Health, float]] = {}

    async def see_to(self, spec: ModelSpec) -> None:
        """Look, tell what is new, and heal; the next round tries again what failed."""
        place = f"{spec.name} at {self._models.endpoint.url}"
        try:
            health = await self._models.health(spec, _PROBE_TIMEOUT_S)
            before, since_s = self._known.get(spec, (Health.WELL, perf_counter()))
            if health is not before:
                _log.warning("%s is %s, and was %s", place, health.value, before.value)
                since_s = perf_counter()
            self._known[spec] = health, since_s
            if not await self._heal(spec, health, perf_counter() - since_s):
                _log.error("%s loads for ever: the server must start again", place)
                await self._restart()
        except GalateaError as error:
            _log.error("%s is not healed: %s", place, error)

    async def _heal(self, spec: ModelSpec, health: Health, age_s: float) -> bool:
        """Do what loading mends; False where only a new server helps."""
        if health is Health.DEAD:
            return await self._models.replace_dead(spec, self._load_timeout_s)
        if health is Health.UNLOADED:
            return await self._models.load(spec, self._load_timeout_s)
        return health is not Health.LOADING or age_s <= self._load_timeout_s
