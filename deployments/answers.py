"""What a place where stages run answers to a call, however the call came to it."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing

from pydantic import ValidationError

from deployments.frames import Call, Frame, StageAbout, StageProblem, Unfit, reply_of
from deployments.host import StageHost
from serve.contracts.errors import GalateaError
from serve.contracts.jobs import problem_of
from serve.contracts.stage import Params, StageSpec
from serve.telemetry import bind, tracer, under

__all__ = ["Answers", "Send"]

_log = logging.getLogger(__name__)

Send = Callable[[Frame], Awaitable[None]]


class Answers:
    """Answers calls of some of a host's stages.

    Args:
        host: Runs them.
        stages: Which, by name.
    """

    def __init__(self, host: StageHost, stages: Mapping[str, StageSpec]) -> None:
        self._host = host
        self._stages = stages

    @property
    def about(self) -> dict[str, StageAbout]:
        """What the results of each stage depend on here."""
        return {name: self._about(spec) for name, spec in self._stages.items()}

    async def run(self, call: Call, send: Send) -> None:
        """Run a stage and tell of it; whatever it raises becomes a problem, not the end of this process.

        Cancelling the caller stops the stage and waits for it.

        Raises:
            ConnectionError: `send` found nobody who listens.
        """
        spec = self._stages.get(call.stage)
        about = self._about(spec) if spec else None
        if spec is None or spec.version != call.version or about != call.expects:
            await send(Unfit(version=spec.version if spec else None, about=about))
            return
        parent = under(call.context.traceparent)
        try:
            with (
                bind(job_id=call.context.job_id, stage=call.stage),
                tracer().start_as_current_span(f"run {call.stage}", context=parent),
            ):
                await self._send_events(spec, call, send)
        except ConnectionError:
            raise
        except GalateaError as error:
            await send(StageProblem(problem=problem_of(error)))
        except Exception as error:  # the outermost edge
            _log.exception("stage %s failed", call.stage)
            bug = GalateaError(f"stage {call.stage} failed with {type(error).__name__}: {error}; report it")
            await send(StageProblem(problem=problem_of(bug)))

    def _about(self, spec: StageSpec) -> StageAbout:
        return StageAbout(numeric_class=self._host.numeric_class(spec), model=self._host.model(spec))

    async def _send_events(self, spec: StageSpec, call: Call, send: Send) -> None:
        params = _params(spec, call)
        async with aclosing(self._host.call(spec, params, call.inputs, call.context)) as events:
            async for event in events:
                await send(reply_of(event))


def _params(spec: StageSpec, call: Call) -> Params:
    try:
        return spec.params.model_validate(dict(call.params))
    except ValidationError as error:
        raise GalateaError(f"parameters of stage {call.stage} are not understood: {error}") from None
