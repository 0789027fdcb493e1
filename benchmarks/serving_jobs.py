"""What the job plane adds to a job's stages, without Ray and on it; what a start takes, and memory."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.bare import run_plan
from benchmarks.jobs_client import connected
from benchmarks.jobs_loads import completed
from benchmarks.jobs_places import Galatea, galatea_running
from benchmarks.places import make_host
from benchmarks.serving_memory import Held, memory_of
from benchmarks.serving_table import Sizes
from deployments.host import StageHost
from serve.contracts.artifacts import ArtifactRef
from serve.contracts.requests import TextTo3dRequest
from serve.planning import plan_text_to_3d

__all__ = ["BARE", "INPROCESS", "Jobs", "Services", "Start", "measure_services"]

BARE = "stages, bare"
INPROCESS, ON_RAY = "galatea run --inprocess", "galatea run"
_FIRST_SEED = 100


@dataclass(slots=True)
class Jobs:
    """Jobs in one place, a value for each.

    Args:
        seconds: As the caller saw them.
        ledger_s: From created to finished, by the ledger's times; none where there is no ledger.
        digests: Of the assets.
    """

    seconds: list[float] = field(default_factory=list)
    ledger_s: list[float] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Start:
    """One start of a service; seconds from the command.

    Args:
        ready_s: To its readiness.
        first_job_s: To the end of a draft job that was sent then.
    """

    ready_s: float
    first_job_s: float


@dataclass(slots=True)
class Services:
    """What was measured, by place or by service.

    Args:
        jobs: Of each place.
        starts: Of each service.
        memory: Of each service, after the jobs.
    """

    jobs: dict[str, Jobs]
    starts: dict[str, list[Start]]
    memory: dict[str, list[Held]]


async def measure_services(sizes: Sizes) -> Services:
    """Start the services some times, alone; then run jobs in all places in turns.

    Raises:
        RuntimeError: Two places gave different assets for one seed.
    """
    starts = {
        INPROCESS: [await _start("--inprocess") for _ in range(sizes.starts)],
        ON_RAY: [await _start() for _ in range(sizes.starts - 1)],
    }
    with ExitStack() as stack:
        on_ray, start = await _started(stack)
        starts[ON_RAY].append(start)
        inprocess, _ = await _started(stack, "--inprocess")
        host = make_host(stack.enter_context(TemporaryDirectory(prefix="galatea-")), "bare")
        stack.callback(host.close)
        running = {INPROCESS: inprocess, ON_RAY: on_ray}
        jobs = await _jobs(host, running, sizes.jobs)
        memory = {name: memory_of(galatea.settings) for name, galatea in running.items()}
    return Services(jobs, starts, memory)


async def _start(*arguments: str) -> Start:
    """One start, which is ended again."""
    with ExitStack() as stack:
        return (await _started(stack, *arguments))[1]


async def _started(stack: ExitStack, *arguments: str) -> tuple[Galatea, Start]:
    galatea = stack.enter_context(galatea_running(engine="onnx", arguments=arguments))
    jobs = Jobs()
    await _asked_of(galatea)(0, jobs)
    return galatea, Start(galatea.start_s, galatea.start_s + jobs.seconds[0])


Run = Callable[[int, Jobs], Awaitable[None]]


async def _jobs(host: StageHost, running: Mapping[str, Galatea], job_count: int) -> dict[str, Jobs]:
    runs: dict[str, Run] = {BARE: await _bare(host)}
    runs |= {name: _asked_of(galatea) for name, galatea in running.items()}
    jobs = {name: Jobs() for name in runs}
    for run in runs.values():
        await run(_FIRST_SEED - 1, Jobs())  # loads what is loaded once, and makes the text known
    for seed in range(_FIRST_SEED, _FIRST_SEED + job_count):
        for name, run in runs.items():
            await run(seed, jobs[name])
    if len({tuple(one.digests) for one in jobs.values()}) > 1:
        raise RuntimeError("the places gave different assets for one seed")
    return jobs


def _request(seed: int) -> TextTo3dRequest:
    return TextTo3dRequest.model_validate(_body(seed))


def _body(seed: int) -> dict[str, object]:
    return {"prompt": "a tall red lamp with a blue stand", "quality": "draft", "seed": seed}


async def _bare(host: StageHost) -> Run:
    plan = plan_text_to_3d(_request(0))
    every = await run_plan(host, plan, 0, {})
    text = {name: ref for name, ref in every.items() if name.startswith(("encode_text.", "classify."))}

    async def run(seed: int, jobs: Jobs) -> None:
        begun = perf_counter()
        found: Mapping[str, ArtifactRef] = await run_plan(host, plan, seed, text)
        jobs.seconds.append(perf_counter() - begun)
        jobs.digests.append(found[plan.results[plan.main]].digest)

    return run


def _asked_of(galatea: Galatea) -> Run:
    async def run(seed: int, jobs: Jobs) -> None:
        async with connected(galatea.port, 1) as (client,):
            begun = perf_counter()
            job = await completed(client, _body(seed))
            jobs.seconds.append(perf_counter() - begun)
        times = [datetime.fromisoformat(job[name]) for name in ("created_at", "finished_at")]
        jobs.ledger_s.append((times[1] - times[0]).total_seconds())
        jobs.digests.append(job["result"]["assets"]["glb"]["digest"])

    return run
