"""What runs inside Ray Serve replicas: thin classes over the parts that run everywhere.

A replica is a process of its own. Its constructor returns when it is ready; `__del__` is awaited when it is
drained; `check_health` raises when it should be replaced.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import ExitStack, suppress
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from ray.exceptions import RayError
from ray.serve.exceptions import RayServeException

from deployments.answers import Answers
from deployments.engines import open_engine, thread_count
from deployments.frames import Call, Frame
from deployments.host import StageHost
from deployments.layout import layout_of
from deployments.nudge import Nudge
from deployments.owners import alive_as_owner, release_dead_owners
from deployments.ownership import owned_by
from deployments.ports import http_of
from deployments.ray_seam import ABOUT, RaySeam
from deployments.readiness import Readiness
from deployments.scaling import autoscaling_stats
from deployments.wires import Wires
from serve.artifacts import open_store
from serve.contracts.errors import GalateaError, NotReadyError
from serve.edges.backstage import Service
from serve.execution import Orchestrator
from serve.ledger import open_ledger
from serve.policies.orchestrators import Load
from serve.retention import Retention
from serve.settings import Settings, read_settings
from serve.stages import STAGES
from serve.telemetry import configure_logs, configure_traces
from serve.webhooks import Webhooks

if TYPE_CHECKING:
    from ray.serve.handle import DeploymentHandle

__all__ = ["Ingress", "Orchestrating", "Stages"]

_log = logging.getLogger(__name__)
_LEARN_PERIOD_S = 10.0
_UNSTOPPABLE = 70
_CANCEL_GRACE_S = 60.0  # for a stage to look whether it is still wanted

Handles = Mapping[str, "DeploymentHandle[Any]"]


class Stages:
    """Runs the stages of some resources; holds the engine if one of them needs it.

    Args:
        settings: Of the service; None to read them from the environment.
        resources: See `serve.contracts.stage.StageSpec.resource`.
    """

    async def __init__(self, settings: Settings | None, resources: Sequence[str]) -> None:  # type: ignore[misc]
        settings = settings or read_settings()
        self._ends = _begin("galatea-stages", settings)
        stages = {name: spec for name, spec in STAGES.items() if spec.resource in resources}
        ledger = open_ledger(settings.database)
        self._ends.callback(ledger.close)
        engine = open_engine(settings) if any(spec.model for spec in stages.values()) else None
        store = open_store(settings.store)
        host = StageHost(
            engine,
            store,
            owned=owned_by(ledger),
            stages=stages,
            cpu_thread_count=0,
            crew_size=thread_count(settings),
        )
        self._ends.callback(host.close)
        for kind in sorted({spec.kind for spec in stages.values()}):
            await host.warm_up(kind)
        self._answers = Answers(host, stages)

    def about(self) -> bytes:
        """What the results of each stage depend on here, as `deployments.ray_seam.ABOUT` reads it."""
        return ABOUT.dump_json(self._answers.about)

    async def run(self, call: str) -> AsyncGenerator[str, None]:
        """Run a stage; frames as JSON, see `deployments.frames`.

        Leaving early stops the stage and waits for its thread.
        """
        frames: asyncio.Queue[Frame | None] = asyncio.Queue()
        work = asyncio.create_task(self._answers.run(Call.model_validate_json(call), frames.put))
        work.add_done_callback(lambda _: frames.put_nowait(None))
        try:
            while (frame := await frames.get()) is not None:
                yield frame.model_dump_json()
            work.result()
        finally:
            work.cancel()
            await asyncio.wait({work}, timeout=_CANCEL_GRACE_S)
            if not work.done():
                _log.error("a stage did not stop in %.0f s: this replica ends", _CANCEL_GRACE_S)
                os._exit(_UNSTOPPABLE)  # a thread cannot be cancelled, and no other call would get through

    async def __del__(self) -> None:
        """Wait for what runs, and free threads and models."""
        await asyncio.to_thread(self._ends.close)


class Orchestrating:
    """Claims jobs and sees them to their end; input and output only.

    Args:
        settings: Of the service; None to read them from the environment.
        stages: Name of a stages deployment -> its handle.
        places: Resource -> the deployment that runs its stages.
        slots: Kind of stage (`async`, `sync`) -> how many this replica runs at once.
        max_jobs: Most jobs of this replica at once.
        drain_s: How long stages may go on when this replica is drained; its jobs wait meanwhile.
    """

    async def __init__(  # type: ignore[misc]
        self,
        settings: Settings | None,
        stages: Handles,
        places: Mapping[str, str],
        *,
        slots: Mapping[str, int],
        max_jobs: int,
        drain_s: float,
    ) -> None:
        settings = settings or read_settings()
        self._ends = _begin("galatea-orchestrator", settings)
        self._drain_s = drain_s
        layout = layout_of(settings)
        layout.make()
        self._ledger = open_ledger(settings.database)
        self._ends.callback(self._ledger.close)
        await asyncio.to_thread(release_dead_owners, self._ledger, layout.owners)
        owner = self._ends.enter_context(alive_as_owner(layout.owners))
        store = open_store(settings.store)
        seam = RaySeam(stages, places)
        await _learned(seam)
        self._orchestrator = Orchestrator(
            self._ledger,
            seam,
            store,
            owner=owner,
            version=version("galatea"),
            slots=slots,
            max_jobs=max_jobs,
            lease_s=settings.lease_s,
            promote_after_s=settings.promote_after_s,
        )
        await self._orchestrator.__aenter__()
        self._loops = [
            asyncio.create_task(self._orchestrator.run(), name="orchestrator"),
            asyncio.create_task(Webhooks(self._ledger, settings, owner=owner).run(), name="webhooks"),
            asyncio.create_task(
                Retention(self._ledger, store, settings, owner=owner).run(), name="retention"
            ),
        ]

    def nudge(self) -> None:
        """Look at the ledger now."""
        self._orchestrator.nudge()

    def check_health(self) -> None:
        """Raise when one of the loops has ended, which none should.

        Raises:
            GalateaError: One has; this replica should be replaced.
        """
        _check_alive(self._loops)

    async def record_autoscaling_stats(self) -> dict[str, float]:
        """The queue, for `deployments.scaling.LedgerPolicy`."""
        queue = await asyncio.to_thread(self._ledger.queue.counts)
        return autoscaling_stats(
            Load(
                queued=sum(queue.depth.values()),
                running=sum(queue.running.values()),
                oldest_s=max(queue.oldest_s.values(), default=0.0),
            )
        )

    async def __del__(self) -> None:
        """Claim no more, and give every job back."""
        for loop in self._loops[1:]:
            loop.cancel()
        await self._orchestrator.drain(self._drain_s)
        await self._orchestrator.__aexit__(None, None, None)
        await asyncio.wait(self._loops)
        self._ends.close()


class Ingress:
    """Both wires of the service, at the ports of the settings.

    It listens by itself and not through Ray's proxies, see docs/decisions/0014-own-wires-on-ray.md. Several
    replicas on one host share the ports: the kernel divides connections among them.

    Args:
        settings: Of the service; None to read them from the environment.
        orchestrators: Told when a job comes or is cancelled.
        stages: As `Orchestrating` takes them.
        places: As `Orchestrating` takes them.
    """

    async def __init__(  # type: ignore[misc]
        self,
        settings: Settings | None,
        orchestrators: DeploymentHandle[Any],
        stages: Handles,
        places: Mapping[str, str],
    ) -> None:
        settings = settings or read_settings()
        self._ends = _begin("galatea-ingress", settings)
        ledger = open_ledger(settings.database)
        self._ends.callback(ledger.close)
        store = open_store(settings.store)
        seam = RaySeam(stages, places)
        # Beside, and again and again: jobs are taken while no stage can run, and models are rolled out.
        self._learning = asyncio.create_task(_keep_learning(seam))
        checks = Readiness(ledger, store, seam.checks)
        nudge = Nudge(lambda: _told(orchestrators))
        listener = self._ends.enter_context(http_of(settings).listen(share=True))
        service = Service(settings, ledger, store, seam.models, checks, nudge)
        self._wires = Wires(service, listener, share_ports=True)
        await self._wires.start()

    def check_health(self) -> None:
        """Raise when HTTP has ended by itself.

        Raises:
            GalateaError: It has; this replica should be replaced.
        """
        _check_alive([self._wires.http])

    async def __del__(self) -> None:
        """Answer what is on its way, and take nothing more."""
        self._learning.cancel()
        await self._wires.stop()
        self._ends.close()


async def _learned(seam: RaySeam) -> None:
    """Wait until the stages are known; where all replicas compute, that may take as long as their stages."""
    while True:
        try:
            await seam.open()
            return
        except NotReadyError as error:
            _log.warning("%s", error)


async def _keep_learning(seam: RaySeam) -> None:
    while True:
        with suppress(NotReadyError):
            await seam.open()
        await asyncio.sleep(_LEARN_PERIOD_S)


async def _told(orchestrators: DeploymentHandle[Any]) -> None:
    with suppress(RayError, RayServeException):  # they look by themselves, four times a second
        await orchestrators.nudge.remote()


def _begin(name: str, settings: Settings) -> ExitStack:
    """Logs and traces of this replica; what the stack holds is undone at its end, the newest first."""
    # Not `sys.stderr`: Serve has put a logger there, which would wrap each of our lines into one of its own.
    configure_logs(settings.log_level, json=settings.log_json, stream=sys.__stderr__)
    ends = ExitStack()
    ends.callback(configure_traces(name, settings.otlp_endpoint))
    return ends


def _check_alive(tasks: Sequence[asyncio.Task[None]]) -> None:
    ended = [task for task in tasks if task.done()]
    if ended:
        error = None if ended[0].cancelled() else ended[0].exception()
        raise GalateaError(f"{ended[0].get_name()} ended by itself: {error!r}; see the log")
