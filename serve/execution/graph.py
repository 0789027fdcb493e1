"""The one loop: run a plan's stages as their inputs come, reuse what is known, tell how it goes.

Cancelling the task that awaits `execute` cancels the job: it reaches every stage that runs, and `execute`
ends only when they have.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Protocol

from opentelemetry.propagate import inject
from opentelemetry.trace import Span, Status, StatusCode

from serve.artifacts import ArtifactStore
from serve.contracts.artifacts import ArtifactRef
from serve.contracts.errors import DeadlineExceededError, GalateaError
from serve.contracts.plan import Plan, StageCall
from serve.contracts.results import JobResult, Manifest, ManifestStage, StageReport, StageResult
from serve.contracts.stage import Context, Done, Event, Params, Progress, StageSpec
from serve.keys import canonical_json, stage_key
from serve.planning import check_plan
from serve.stages import STAGES
from serve.telemetry import bind, tracer

__all__ = ["Job", "JobEvent", "Seam", "execute"]


class Seam(Protocol):
    """Where stages run: in this process, in a child, behind a Ray handle."""

    def call(
        self, spec: StageSpec, params: Params, inputs: Mapping[str, ArtifactRef], context: Context
    ) -> AsyncIterator[Event]:
        """Run a stage: any number of Progress, at last one Done whose outputs lie in the store.

        Closing the iterator, or cancelling the task that reads it, stops the stage and waits for it.
        """
        ...

    def numeric_class(self, spec: StageSpec) -> str:
        """What decides the last bits of this stage's results here."""
        ...

    def model(self, spec: StageSpec) -> str | None:
        """Name, version and weights' digest of the stage's model; None for a stage without one."""
        ...


@dataclass(frozen=True, slots=True)
class Job:
    """What to execute.

    Args:
        job_id: For logs, traces and events.
        scope: Who may share results.
        operation: `text-to-3d`.
        request: The request as JSON, with everything resolved.
        plan: What was planned for it.
        seed: Of all its random numbers.
        deadline_s: Seconds from now after which it is cancelled.
        version: Of the program, for the manifest.
    """

    job_id: str
    scope: str
    operation: str
    request: Mapping[str, Any]
    plan: Plan
    seed: int
    deadline_s: float | None
    version: str


@dataclass(frozen=True, slots=True)
class JobEvent:
    """Something happened.

    Args:
        stage: In which stage.
        kind: `started`, `progress` or `finished`.
        progress: Of the whole job, 0 to 1; never falls.
        cached: Whether a finished stage was found and not run.
    """

    stage: str
    kind: str
    progress: float
    cached: bool = False


@dataclass(frozen=True, slots=True)
class _Ready:
    """A stage of this job that has its inputs."""

    call: StageCall
    spec: StageSpec
    params: Params
    inputs: Mapping[str, ArtifactRef]
    entry: ManifestStage


@dataclass(frozen=True, slots=True)
class _Finished:
    """A stage of this job that has its outputs."""

    entry: ManifestStage
    report: StageReport
    warnings: tuple[str, ...]


async def execute(
    job: Job, seam: Seam, store: ArtifactStore, listen: Callable[[JobEvent], None] = lambda event: None
) -> JobResult:
    """Run the job to its end.

    Args:
        job: What to do.
        seam: Where its stages run.
        store: Where artifacts and results by key lie.
        listen: Told of everything that happens, in this loop; must not block.

    Returns:
        The artifacts: the plan's results, and `manifest`.

    Raises:
        GalateaError: A stage failed, or the deadline passed.
    """
    check_plan(job.plan)
    execution = _Execution(job, seam, store, listen)
    with bind(job_id=job.job_id), tracer().start_as_current_span(f"job {job.operation}") as span:
        span.set_attribute("galatea.job_id", job.job_id)
        try:
            async with asyncio.timeout(job.deadline_s) as limit:
                return await execution.run()
        except TimeoutError:
            if not limit.expired():
                raise  # a stage's own
            raise DeadlineExceededError(
                f"the deadline of {job.deadline_s:g} s passed at {execution.progress:.0%}; "
                "give more time or ask for a lower quality"
            ) from None


class _Execution:
    """One job on its way."""

    def __init__(
        self, job: Job, seam: Seam, store: ArtifactStore, listen: Callable[[JobEvent], None]
    ) -> None:
        self._job = job
        self._seam = seam
        self._store = store
        self._listen = listen
        self._shares = {call.name: 0.0 for call in job.plan.calls}
        self._tasks: dict[str, asyncio.Task[_Finished]] = {}

    @property
    def progress(self) -> float:
        """Of the whole job, 0 to 1, by the stages' usual shares of the time."""
        weights = {call.name: STAGES[call.stage].weight for call in self._job.plan.calls}
        return sum(weights[name] * share for name, share in self._shares.items()) / sum(weights.values())

    async def run(self) -> JobResult:
        try:
            async with asyncio.TaskGroup() as group:
                for call in self._job.plan.calls:
                    self._tasks[call.name] = group.create_task(self._stage(call))
        except BaseExceptionGroup as failures:
            raise _first_cause(failures) from None
        return await self._result([task.result() for task in self._tasks.values()])

    async def _result(self, finished: list[_Finished]) -> JobResult:
        job = self._job
        manifest = Manifest(
            galatea=job.version,
            operation=job.operation,
            request=job.request,
            plan=job.plan,
            stages=tuple(stage.entry for stage in finished),
        )
        outputs = {
            call.name: stage.entry.outputs for call, stage in zip(job.plan.calls, finished, strict=True)
        }
        assets = {name: _lookup(outputs, source) for name, source in job.plan.results.items()}
        document = canonical_json(manifest.model_dump(mode="json"))
        assets["manifest"] = await self._store.put(document, "application/json")
        return JobResult(
            assets=assets,
            main=job.plan.main,
            seed=job.seed,
            warnings=job.plan.warnings + tuple(text for stage in finished for text in stage.warnings),
            stages=tuple(stage.report for stage in finished),
        )

    def _tell(self, call: StageCall, kind: str, share: float, *, cached: bool = False) -> None:
        self._shares[call.name] = max(self._shares[call.name], share)
        self._listen(JobEvent(call.name, kind, self.progress, cached))

    async def _stage(self, call: StageCall) -> _Finished:
        """Wait for the inputs; then find the result or make it."""
        ready = await self._ready(call)
        entry = ready.entry
        begun = perf_counter()
        with bind(stage=call.name), tracer().start_as_current_span(f"stage {call.name}") as span:
            _describe(span, entry)
            known = await self._known(entry.key)
            span.set_attribute("galatea.cached", known is not None)
            result = known or await self._run_stage(ready, span)
        self._tell(call, "finished", 1.0, cached=known is not None)
        entry = entry.model_copy(update={"outputs": result.outputs})
        report = StageReport(stage=call.name, cached=known is not None, wall_s=perf_counter() - begun)
        return _Finished(entry, report, result.warnings)

    async def _ready(self, call: StageCall) -> _Ready:
        """The call with its inputs and its key, once all that it needs is finished."""
        sources = {source.partition(".")[0] for source in call.inputs.values()}
        outputs = {name: (await self._tasks[name]).entry.outputs for name in sorted(sources)}
        inputs = {name: _lookup(outputs, source) for name, source in call.inputs.items()}
        spec = STAGES[call.stage]
        params = spec.params.model_validate(dict(call.params))
        deciding: dict[str, Any] = {
            "params": params.model_dump(mode="json"),
            "inputs": {name: ref.digest for name, ref in inputs.items()},
            "model": self._seam.model(spec),
            "numeric_class": self._seam.numeric_class(spec),
            "seed": self._job.seed if spec.draws else None,
        }
        key = stage_key(spec, scope=self._job.scope, **deciding)
        entry = ManifestStage(key=key, stage=spec.name, version=spec.version, outputs={}, **deciding)
        return _Ready(call, spec, params, inputs, entry)

    async def _known(self, key: str) -> StageResult | None:
        """An earlier result of this key whose artifacts all exist."""
        document = await self._store.get_result(key)
        if document is None:
            return None
        result = StageResult.model_validate_json(document)
        found = [await self._store.exists(ref.digest) for ref in result.outputs.values()]
        return result if all(found) else None

    async def _run_stage(self, ready: _Ready, span: Span) -> StageResult:
        call, spec, entry = ready.call, ready.spec, ready.entry
        self._tell(call, "started", 0.0)
        context = Context(entry.key, self._job.job_id, entry.seed or 0, _traceparent())
        result = None
        try:
            async with aclosing(self._seam.call(spec, ready.params, ready.inputs, context)) as events:  # type: ignore[type-var]
                async for event in events:
                    if isinstance(event, Progress):
                        self._tell(call, "progress", event.share)
                    else:
                        result = self._stage_result(spec, event)
        except GalateaError as error:
            span.set_status(Status(StatusCode.ERROR, error.code))
            raise
        if result is None:
            raise GalateaError(f"stage {spec.name} ended without a result; this is a bug of that stage")
        await self._store.put_result(entry.key, canonical_json(result.model_dump(mode="json")))
        return result

    @staticmethod
    def _stage_result(spec: StageSpec, done: Done) -> StageResult:
        outputs = {name: ref for name, ref in done.outputs.items() if isinstance(ref, ArtifactRef)}
        if set(outputs) != set(spec.returns):
            raise GalateaError(f"stage {spec.name} gave {sorted(outputs)} and not {sorted(spec.returns)}")
        return StageResult(stage=spec.name, outputs=outputs, warnings=done.warnings)


def _lookup(outputs: Mapping[str, Mapping[str, ArtifactRef]], source: str) -> ArtifactRef:
    call, _, output = source.partition(".")
    return outputs[call][output]


def _describe(span: Span, entry: ManifestStage) -> None:
    span.set_attribute("galatea.stage", entry.stage)
    span.set_attribute("galatea.version", entry.version)
    span.set_attribute("galatea.key", entry.key)


def _traceparent() -> str:
    carrier: dict[str, str] = {}
    inject(carrier)
    return carrier.get("traceparent", "")


def _first_cause(failures: BaseExceptionGroup[BaseException]) -> BaseException:
    """The failure that began it: a group holds it and what fell with it."""
    for failure in failures.exceptions:
        if isinstance(failure, BaseExceptionGroup):
            return _first_cause(failure)
        return failure
    return failures
