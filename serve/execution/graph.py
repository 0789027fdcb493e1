"""One job's graph: run a plan's stages as their inputs come, and tell how it goes.

Cancelling the task that awaits `execute` leaves the job's stage runs to those who still want them.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from time import perf_counter
from typing import Any, Protocol

from opentelemetry.trace import Span, Status, StatusCode
from pydantic import BaseModel

from serve.artifacts import ArtifactStore
from serve.contracts.acceptance import Acceptance
from serve.contracts.artifacts import ArtifactRef
from serve.contracts.errors import (
    CancelledJobError,
    DeadlineExceededError,
    GalateaError,
    StageMovedError,
    StaleFenceError,
)
from serve.contracts.film import FilmReport
from serve.contracts.plan import ASSET, Plan, StageCall
from serve.contracts.results import Cost, JobResult, Manifest, ManifestStage, StageReport, StageResult
from serve.contracts.stage import StageSpec
from serve.execution.run import Outcome, ReadyCall
from serve.execution.seam import Seam
from serve.keys import canonical_json, stage_key
from serve.ledger import ClaimedJob
from serve.planning import check_fragment, check_plan, plan_weight, spare_calls
from serve.telemetry import bind, metrics, tracer, under

__all__ = ["JobEvent", "Means", "Runs", "execute"]

_MAX_MOVES = 20  # old and new workers side by side answer in turn
_MOVE_PAUSE_S = 0.1
# Results that a job tells in full.
_TOLD: Mapping[str, type[BaseModel]] = {"acceptance": Acceptance, "film": FilmReport}


class Runs(Protocol):
    """Gives stage results: found, made, or waited for."""

    async def obtain(
        self, job: ClaimedJob, ready: ReadyCall, listen: Callable[[float], None]
    ) -> tuple[StageResult, Outcome]:
        """See `serve.execution.runs.SharedRuns.obtain`."""
        ...


@dataclass(frozen=True, slots=True)
class JobEvent:
    """Something happened.

    Args:
        stage: In which stage.
        kind: `progress` or `finished`.
        progress: Of the whole job, 0 to 1; never falls.
        cached: Whether the result of a run was used that this job did not begin.
    """

    stage: str
    kind: str
    progress: float
    cached: bool = False


@dataclass(frozen=True, slots=True)
class _Finished:
    """A stage of this job that has its outputs, those of its fragment too."""

    entry: ManifestStage
    report: StageReport
    warnings: tuple[str, ...]
    outputs: Mapping[str, ArtifactRef]
    fragment: tuple[_Finished, ...] = ()

    def all(self) -> tuple[_Finished, ...]:
        """Itself, then what it expanded to, in the plan's order."""
        return (self, *(inner for stage in self.fragment for inner in stage.all()))


@dataclass(frozen=True, slots=True)
class Means:
    """What `execute` needs beside the job.

    Args:
        runs: Gives stage results.
        seam: Knows numeric classes and models.
        store: Takes the manifest.
        stages: By name.
        version: Of the program, for the manifest.
        grow: Told the new weight of a job whose plan has grown.
    """

    runs: Runs
    seam: Seam
    store: ArtifactStore
    stages: Mapping[str, StageSpec]
    version: str
    grow: Callable[[ClaimedJob, float], Awaitable[None]]


async def execute(
    job: ClaimedJob, means: Means, listen: Callable[[JobEvent], None] = lambda event: None
) -> JobResult:
    """Run the job to its end.

    Args:
        job: What to do.
        means: Where and by whom.
        listen: Told of everything that happens, in this loop; must not block.

    Returns:
        The artifacts: the plan's results, and `manifest`.

    Raises:
        GalateaError: A stage failed, or the deadline passed.
    """
    check_plan(job.plan, means.stages)
    graph = _Graph(job, means, listen)
    with (
        bind(job_id=job.job_id),
        tracer().start_as_current_span(f"job {job.operation}", context=under(job.traceparent)) as span,
    ):
        span.set_attribute("galatea.job_id", job.job_id)
        try:
            async with asyncio.timeout(job.remaining_s) as limit:
                return await graph.run()
        except TimeoutError:
            if not limit.expired():
                raise  # a stage's own
            raise DeadlineExceededError(
                f"the deadline passed at {graph.progress:.0%}; give more time or ask for a lower quality"
            ) from None


class _Graph:
    """One job on its way."""

    def __init__(self, job: ClaimedJob, means: Means, listen: Callable[[JobEvent], None]) -> None:
        self._job = job
        self._means = means
        self._listen = listen
        self._weight = plan_weight(job.plan, means.stages)
        self._shares: dict[str, float] = {}  # call -> weight so far done
        self._progress = 0.0
        self._missed: list[str] = []  # what spare calls failed of
        left_s = job.remaining_s
        self._deadline_at = None if left_s is None else datetime.now(UTC).timestamp() + left_s

    @property
    def progress(self) -> float:
        """Of the whole job, 0 to 1, by the stages' usual shares of the time; it never falls."""
        self._progress = max(self._progress, min(1.0, sum(self._shares.values()) / self._weight))
        return self._progress

    async def run(self) -> JobResult:
        return await self._result(await self._calls(self._job.plan, "", {}))

    async def _calls(self, plan: Plan, prefix: str, own: Mapping[str, ArtifactRef]) -> dict[str, _Finished]:
        """Run a plan or a fragment; `own` holds the outputs of the stage that gave the fragment.

        Returns:
            Call name -> what it gave, without spare calls that failed.
        """
        spare_names = spare_calls(plan, self._means.stages)
        tasks: dict[str, asyncio.Task[_Finished]] = {}
        spare: dict[str, asyncio.Task[_Finished | None]] = {}
        try:
            async with asyncio.TaskGroup() as group:
                for call in plan.calls:
                    if call.name in spare_names:
                        spare[call.name] = group.create_task(self._spare(call, prefix, tasks, own))
                    else:
                        tasks[call.name] = group.create_task(self._stage(call, prefix, tasks, own))
        except BaseExceptionGroup as failures:
            raise _first_cause(failures) from None
        ended = {name: task.result() for name, task in (tasks | spare).items()}
        return {call.name: stage for call in plan.calls if (stage := ended[call.name]) is not None}

    async def _spare(
        self,
        call: StageCall,
        prefix: str,
        tasks: Mapping[str, asyncio.Task[_Finished]],
        own: Mapping[str, ArtifactRef],
    ) -> _Finished | None:
        """Nothing is made of what this call gives: when it fails, the job says so and goes on."""
        try:
            return await self._stage(call, prefix, tasks, own)
        except (StaleFenceError, CancelledJobError):
            raise
        except GalateaError as error:
            self._missed.append(f"there was nothing to look at before the end: {call.stage}: {error.message}")
            return None

    async def _result(self, finished: Mapping[str, _Finished]) -> JobResult:
        plan, every = self._job.plan, [stage for outer in finished.values() for stage in outer.all()]
        manifest = Manifest(
            galatea=self._means.version,
            operation=self._job.operation,
            request=self._job.request,
            plan=plan,
            stages=tuple(stage.entry for stage in every),
        )
        assets = _results(plan, finished)
        document = canonical_json(manifest.model_dump(mode="json"))
        assets["manifest"] = await self._means.store.put(document, "application/json")
        told = {name: await self._means.store.get(assets[name]) for name in _TOLD if name in assets}
        return JobResult(
            assets=assets,
            main=plan.main,
            seed=self._job.seed,
            warnings=(*plan.warnings, *self._missed, *(text for stage in every for text in stage.warnings)),
            stages=tuple(stage.report for stage in every),
            cost=sum((stage.report.cost for stage in every), Cost()),
            **{name: _TOLD[name].model_validate_json(data) for name, data in told.items()},
        )

    def _tell(self, name: str, kind: str, done: float, *, cached: bool = False) -> None:
        self._shares[name] = max(self._shares.get(name, 0.0), done)
        self._listen(JobEvent(name, kind, self.progress, cached))

    async def _stage(
        self,
        call: StageCall,
        prefix: str,
        tasks: Mapping[str, asyncio.Task[_Finished]],
        own: Mapping[str, ArtifactRef],
    ) -> _Finished:
        """Wait for the inputs; obtain the result; then run what it expands to."""
        sources = sorted({source.partition(".")[0] for source in call.inputs.values()} - {"self", ASSET})
        outputs = {name: (await tasks[name]).outputs for name in sources}
        outputs |= {"self": own, ASSET: self._job.plan.assets}
        inputs = {name: _lookup(outputs, source) for name, source in call.inputs.items()}
        name = f"{prefix}{call.name}"
        begun = perf_counter()
        with bind(stage=name), tracer().start_as_current_span(f"stage {name}") as span:
            ready, entry, result, outcome = await self._settled(name, call, inputs, span)
        wall_s = perf_counter() - begun
        ran = outcome == "ran"
        if ran:
            metrics.STAGE_SECONDS.labels(ready.spec.name).observe(wall_s)
        self._tell(ready.name, "finished", ready.weight, cached=not ran)
        cost = result.cost if ran else Cost()
        report = StageReport(stage=ready.name, cached=not ran, wall_s=wall_s, cost=cost)
        entry = entry.model_copy(update={"outputs": result.outputs})
        finished = _Finished(entry, report, result.warnings, result.outputs)
        return await self._expanded(ready, finished, result.fragment) if result.fragment else finished

    async def _expanded(self, ready: ReadyCall, stage: _Finished, fragment: Plan) -> _Finished:
        """The stage with its fragment run, whose results are outputs of the stage."""
        check_fragment(ready.spec, fragment, self._means.stages)
        self._weight += plan_weight(fragment, self._means.stages)
        await self._means.grow(self._job, self._weight)
        inner = await self._calls(fragment, f"{ready.name}/", stage.outputs)
        outputs = {**stage.outputs, **_results(fragment, inner)}
        entry = stage.entry.model_copy(update={"outputs": outputs})
        return _Finished(entry, stage.report, stage.warnings, outputs, tuple(inner.values()))

    async def _settled(
        self, name: str, call: StageCall, inputs: Mapping[str, ArtifactRef], span: Span
    ) -> tuple[ReadyCall, ManifestStage, StageResult, Outcome]:
        """The result, under the key that the stage has where it runs: a rollout may change it meanwhile."""
        for move_count in itertools.count(1):
            ready, entry = self._ready(name, call, inputs)
            try:
                return ready, entry, *(await self._obtain(ready, entry, span))
            except StageMovedError:
                if move_count == _MAX_MOVES:
                    raise
                await asyncio.sleep(_MOVE_PAUSE_S)
        raise AssertionError  # count() has no end

    def _ready(
        self, name: str, call: StageCall, inputs: Mapping[str, ArtifactRef]
    ) -> tuple[ReadyCall, ManifestStage]:
        """The call with its key, and its line in the manifest."""
        spec = self._means.stages[call.stage]
        params = spec.params.model_validate(dict(call.params))
        deciding: dict[str, Any] = {
            "params": params.model_dump(mode="json"),
            "inputs": {name: ref.digest for name, ref in inputs.items()},
            "model": self._means.seam.model(spec),
            "numeric_class": self._means.seam.numeric_class(spec),
            "seed": self._job.seed if spec.draws else None,
        }
        key = stage_key(spec, scope=self._job.tenant, **deciding)
        entry = ManifestStage(
            key=key, call=name, stage=spec.name, version=spec.version, outputs={}, **deciding
        )
        ready = ReadyCall(name, key, spec, params, inputs, entry.seed or 0, spec.weight, self._deadline_at)
        return ready, entry

    async def _obtain(
        self, ready: ReadyCall, entry: ManifestStage, span: Span
    ) -> tuple[StageResult, Outcome]:
        span.set_attribute("galatea.stage", entry.stage)
        span.set_attribute("galatea.version", entry.version)
        span.set_attribute("galatea.key", entry.key)

        def listen(share: float) -> None:
            self._tell(ready.name, "progress", share * ready.weight)

        try:
            result, outcome = await self._means.runs.obtain(self._job, ready, listen)
        except GalateaError as error:
            metrics.STAGE_RUNS.labels(ready.spec.name, "failed").inc()
            span.set_status(Status(StatusCode.ERROR, error.code))
            raise
        metrics.STAGE_RUNS.labels(ready.spec.name, outcome).inc()
        span.set_attribute("galatea.outcome", outcome)
        return result, outcome


def _results(plan: Plan, finished: Mapping[str, _Finished]) -> dict[str, ArtifactRef]:
    outputs = {name: stage.outputs for name, stage in finished.items()}
    return {name: _lookup(outputs, source) for name, source in plan.results.items()}


def _lookup(outputs: Mapping[str, Mapping[str, ArtifactRef]], source: str) -> ArtifactRef:
    call, _, output = source.partition(".")
    return outputs[call][output]


def _first_cause(failures: BaseExceptionGroup[BaseException]) -> BaseException:
    """The failure that began it: a group holds it and what fell with it."""
    for failure in failures.exceptions:
        if isinstance(failure, BaseExceptionGroup):
            return _first_cause(failure)
        return failure
    return failures
