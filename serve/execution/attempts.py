"""One stage run from its slot to its row: called, called again when its process dies, finished or failed."""

from __future__ import annotations

import asyncio
import itertools
import logging
from contextlib import aclosing
from dataclasses import dataclass

from serve.contracts.artifacts import ArtifactRef
from serve.contracts.errors import (
    CancelledJobError,
    DeadlineExceededError,
    GalateaError,
    StaleFenceError,
    WorkerLostError,
)
from serve.contracts.jobs import error_of, problem_of
from serve.contracts.results import StageResult
from serve.contracts.stage import Checkpoint, Context, Done, Progress, StageSpec
from serve.execution.calls import LedgerCalls, backoff_s
from serve.execution.run import ReadyCall, Run
from serve.execution.seam import Seam
from serve.execution.slots import Slots
from serve.ledger import Acquired, Ledger
from serve.telemetry import traceparent

__all__ = ["Attempts"]

_log = logging.getLogger(__name__)
_MAX_LOSSES = 3
_CLOCK_GRACE_S = 5.0  # by which hosts' clocks may differ


class _WoundUpError(Exception):
    """The process is drained, and the stage has just left a checkpoint from which it can go on elsewhere."""


@dataclass(frozen=True, slots=True)
class Attempts:
    """Runs stages.

    Args:
        ledger: Where their ends go.
        ask: How to ask it.
        seam: Where they run.
        slots: So many at once.
    """

    ledger: Ledger
    ask: LedgerCalls
    seam: Seam
    slots: Slots

    async def work(self, run: Run, job_id: str, ready: ReadyCall, claim: Acquired) -> None:
        """Run the stage to its end and settle the outcome; never raises but when it is cancelled."""
        try:
            result = await self._until_not_lost(run, job_id, ready, claim)
            run.writing = True
            await self.ask(self.ledger.runs.finish, run.key, run.fence, result, preview=ready.spec.preview)
            run.settle(result)
        except StaleFenceError:
            _log.info("the run %s was taken over", run.key)
        except (DeadlineExceededError, _WoundUpError):
            await self._gave_up(run)
        except GalateaError as error:
            await self._failed(run, error)
        except Exception as error:  # the outermost edge of a stage: its bug must not hang those who wait
            _log.exception("stage %s failed", ready.spec.name)
            await self._failed(run, _unexpected(ready.spec, error))

    async def _gave_up(self, run: Run) -> None:
        """Another begins it anew: another job, where this one's deadline passed, or another process."""
        run.writing = True
        try:
            await self.ask(self.ledger.runs.give_back, run.key, run.fence)
        except GalateaError as error:
            _log.info("the run %s was not given back: %s", run.key, error)
        run.settle(None)

    async def _failed(self, run: Run, error: GalateaError) -> None:
        """Tell everybody who waits, here and elsewhere."""
        run.writing = True
        try:
            await self.ask(self.ledger.runs.fail, run.key, run.fence, problem_of(error))
        except GalateaError as second:
            _log.info("the failure of %s could not be written: %s", run.key, second)
            if isinstance(second, StaleFenceError) and isinstance(error, CancelledJobError):
                return  # the stage saw first that the run is not ours; who waits still wants its result
        if not run.outcome.done():
            run.outcome.set_exception(error)

    async def _until_not_lost(self, run: Run, job_id: str, ready: ReadyCall, claim: Acquired) -> StageResult:
        """Call the stage; when its process dies, again from the newest checkpoint, as often as is allowed."""
        for loss_count in itertools.count(1):
            context = _context(run, job_id, ready, claim)
            try:
                async with self.slots.take(ready.spec.kind, run):
                    return await self._call(run, ready, context)
            except WorkerLostError as error:
                _log.warning("stage %s: %s", ready.spec.name, error)
                run.writing = True
                poison = problem_of(WorkerLostError(_poison(ready.spec)))
                again = await self.ask(self.ledger.runs.lose, run.key, run.fence, poison, _MAX_LOSSES)
                if again is None:
                    raise error_of(poison) from error
                claim, run.fence, run.writing = again, again.fence, False
                await asyncio.sleep(backoff_s(loss_count))
        raise AssertionError  # count() has no end

    async def _call(self, run: Run, ready: ReadyCall, context: Context) -> StageResult:
        result = None
        stream = self.seam.call(ready.spec, ready.params, ready.inputs, context)
        async with aclosing(stream) as events:  # type: ignore[type-var]
            async for event in events:
                if isinstance(event, Progress):
                    run.tell(event.share)
                elif isinstance(event, Checkpoint):
                    assert isinstance(event.state, ArtifactRef)
                    await self.ask(self.ledger.runs.checkpoint, run.key, run.fence, event.state)
                    if run.winding_up:
                        raise _WoundUpError
                else:
                    result = _stage_result(ready.spec, event)
        if result is None:
            raise GalateaError(f"stage {ready.spec.name} ended without a result; this is a bug of that stage")
        return result


def _context(run: Run, job_id: str, ready: ReadyCall, claim: Acquired) -> Context:
    # The job itself ends at its deadline, by this host's clock. What runs elsewhere is given a little longer.
    deadline_at = None if ready.deadline_at is None else ready.deadline_at + _CLOCK_GRACE_S
    return Context(
        ready.key,
        job_id,
        run.fence,
        ready.seed,
        traceparent(),
        claim.checkpoint,
        rank=run.urgency[0],
        deadline_at=deadline_at,
    )


def _stage_result(spec: StageSpec, done: Done) -> StageResult:
    """What a stage gave, checked against what it promises.

    Raises:
        GalateaError: An output is missing or unknown.
    """
    outputs = {name: ref for name, ref in done.outputs.items() if isinstance(ref, ArtifactRef)}
    given = set(outputs) | set(done.fragment.results if done.fragment else ())
    if given != set(spec.returns):
        raise GalateaError(f"stage {spec.name} gave {sorted(given)} and not {sorted(spec.returns)}")
    return StageResult(
        stage=spec.name, outputs=outputs, warnings=done.warnings, fragment=done.fragment, cost=done.cost
    )


def _unexpected(spec: StageSpec, error: Exception) -> GalateaError:
    return GalateaError(
        f"stage {spec.name} failed: {type(error).__name__}: {error}; this is a bug, report it"
    )


def _poison(spec: StageSpec) -> str:
    return (
        f"the process that ran stage {spec.name} died {_MAX_LOSSES} times; the request may need more memory "
        "than there is: ask for a lower quality, or look at the worker's log"
    )
