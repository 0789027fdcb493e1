"""The seam over Ray Serve: stages run in the replicas of a few deployments, reached by their handles."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter
from ray import serve as ray_serve
from ray.exceptions import RayError, RayTaskError
from ray.serve.exceptions import RayServeException

from deployments.frames import REPLY, Reply, StageAbout, StageProblem, Unfit, call_of, event_of
from serve.contracts.artifacts import ArtifactRef
from serve.contracts.errors import GalateaError, NotReadyError, StageMovedError, WorkerLostError
from serve.contracts.jobs import error_of
from serve.contracts.stage import Context, Event, Params, StageSpec

if TYPE_CHECKING:
    from ray.serve.handle import DeploymentHandle

__all__ = ["ABOUT", "RaySeam"]

ABOUT: TypeAdapter[dict[str, StageAbout]] = TypeAdapter(dict[str, StageAbout])

_CHECK_TIMEOUT_S = 5.0
_PAUSE_S = 0.2


class RaySeam:
    """Calls stages through handles; a replica that died is replaced by Ray Serve, and called like before.

    Leaving a call early cancels it there: the replica stops the stage and waits for it, but nobody waits for
    the replica. Should the cancel be lost, the stage finds out by itself that its run is no longer wanted.

    Args:
        handles: Name of a deployment -> its handle.
        places: Resource of a stage -> name of the deployment that runs such stages.
        wait_s: How long to wait for a replica of the version that is wanted, while none is up.
    """

    def __init__(
        self, handles: Mapping[str, DeploymentHandle[Any]], places: Mapping[str, str], *, wait_s: float = 60.0
    ) -> None:
        self._handles = handles
        self._streams = {resource: handles[name].options(stream=True) for resource, name in places.items()}
        self._wait_s = wait_s
        self._stages: dict[str, StageAbout] = {}

    async def open(self) -> None:
        """Learn what the results of each stage depend on.

        Raises:
            NotReadyError: A deployment has no replica that answers.
        """
        for name in self._handles:
            self._stages |= await self._hello(name)

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
        """Each deployment of the application by its name -> None when a replica runs, else what is wrong.

        Serve is asked and not the replicas: one that computes is well, and answers nobody meanwhile.
        """
        try:
            async with asyncio.timeout(_CHECK_TIMEOUT_S):
                found = await asyncio.to_thread(_running_counts)
        except (TimeoutError, RayError, RayServeException) as error:
            return {"ray": f"Ray Serve does not answer ({type(error).__name__})"}
        starting = "no replica runs; they are starting, or see their log"
        return {name: None if count else starting for name, count in sorted(found.items())}

    async def call(
        self, spec: StageSpec, params: Params, inputs: Mapping[str, ArtifactRef], context: Context
    ) -> AsyncGenerator[Event, None]:
        """See `serve.execution.Seam.call`.

        Raises:
            NotReadyError: No replica takes the call.
            StageMovedError: The stage now runs otherwise, as `numeric_class` and `model` now tell.
            WorkerLostError: The replica died.
        """
        give_up_at = asyncio.get_running_loop().time() + self._wait_s
        unfit: Unfit | None = None
        while unfit is None or asyncio.get_running_loop().time() < give_up_at:
            unfit = None
            async with aclosing(self._replies(spec, params, inputs, context)) as replies:
                async for frame in replies:
                    if isinstance(frame, StageProblem):
                        raise error_of(frame.problem)
                    if isinstance(frame, Unfit):
                        unfit = frame
                        break
                    yield event_of(frame)
            if unfit is None:
                return
            self._check_moved(spec, unfit)
            # While new code is rolled out, old and new replicas stand side by side: another one may fit.
            await asyncio.sleep(_PAUSE_S)
        raise NotReadyError(
            f"the replicas have stage {spec.name} in version {unfit.version}, and {spec.version} is needed: "
            "roll out the same version everywhere"
        )

    async def _replies(
        self, spec: StageSpec, params: Params, inputs: Mapping[str, ArtifactRef], context: Context
    ) -> AsyncGenerator[Reply, None]:
        """What one replica says; leaving early cancels the call there."""
        call = call_of(spec, params, inputs, context, self._about(spec))
        replies = self._streams[spec.resource].run.remote(call.model_dump_json())
        try:
            async for data in replies:
                yield REPLY.validate_json(data)
        except (RayError, RayServeException) as error:
            raise _translated(error, spec) from None
        finally:
            replies.cancel()

    def _about(self, spec: StageSpec) -> StageAbout:
        if spec.name not in self._stages:
            raise NotReadyError(f"no replica that runs stage {spec.name} has answered yet; try again")
        return self._stages[spec.name]

    def _check_moved(self, spec: StageSpec, unfit: Unfit) -> None:
        if unfit.version == spec.version and unfit.about is not None:
            self._stages[spec.name] = unfit.about
            raise StageMovedError(f"stage {spec.name} runs otherwise now: {unfit.about}")

    async def _hello(self, name: str) -> dict[str, StageAbout]:
        try:
            async with asyncio.timeout(self._wait_s):
                return ABOUT.validate_json(await self._handles[name].about.remote())
        except (TimeoutError, RayError, RayServeException) as error:
            raise NotReadyError(
                f"no replica of {name} answers ({type(error).__name__}); see its log"
            ) from None


def _running_counts() -> dict[str, int]:
    """Name of each deployment of this replica's application -> how many of its replicas run."""
    application = ray_serve.get_replica_context().app_name
    deployments = ray_serve.status().applications[application].deployments
    return {name: found.replica_states.get("RUNNING", 0) for name, found in deployments.items()}


def _translated(error: Exception, spec: StageSpec) -> GalateaError:
    """What befell a replica, in our words."""
    if isinstance(error, RayTaskError):
        return GalateaError(f"stage {spec.name} failed in its replica: {error.cause!r}; report it")
    if isinstance(error, RayServeException):
        return NotReadyError(f"no replica takes stage {spec.name} ({error}); try again")
    return WorkerLostError(f"the replica that ran stage {spec.name} died ({type(error).__name__})")
