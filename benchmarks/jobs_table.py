"""The table of `benchmarks.jobs`, and the words around it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from benchmarks.jobs_client import Timing
from benchmarks.jobs_loads import CANCEL_DELAYS_S, JOB_CLIENT_COUNT, ROUND_COUNT, SEED_COUNT, Latencies
from benchmarks.jobs_memory import LOOK_COUNT, Watch, slope
from benchmarks.machine import commit

__all__ = ["Measured", "Sizes", "table"]

_HEAD = """\
# Jobs over HTTP

{where}. Commit {commit}.
{databases}; each with its own `galatea run`, `GALATEA_ENGINE=fake`, a queue of
10,000, other settings as they are by default, and with fsync. The noop is a bare FastAPI app under
uvicorn, of the same run. Made by `python -m benchmarks.jobs`.

## Requests

{requests:,} of each kind from one process over kept connections, in {rounds} rounds that take turns with
the noop. `POST`: equal jobs with their own idempotency keys, which run meanwhile from the ledger's
cache. `queue stands`: the same while the workers are stopped and 64 more urgent jobs stand before, so
that up to {waiting:,} wait. `GET, waits`: of the last of them, with its place in the queue. Ratios are
against the noop's line of the same method and number of clients. The last column is the share of
one core that the clients took: near 100 %, a line tells more of them than of the service.

| database | request | clients | p50 ms | ratio | p99 ms | ratio | per second | ratio | client |
|---|---|---|---|---|---|---|---|---|---|
"""
_JOBS = """

## Jobs from POST to completed

{clients} clients, each of which sends a draft job with `Prefer: wait=60` and then the next. {seeds} seeds
in turn that have all run before: every stage is a hit in the ledger, so that this is what the
service itself costs, and no asset is made. Waiting ends at a tick of 50 ms. The ratio is against
the noop's POSTs a second with the most clients.

| database | jobs | jobs/s | ratio | p50 ms | p99 ms |
|---|---|---|---|---|---|
"""
_MEMORY = """

## Memory

Private_Dirty of /proc/PID/smaps_rollup, MiB at the start, half-way and at the end of each load,
{looks} looks a load; growth by least squares over the second half, with its standard error.
Descriptors and threads: first / most / last. Cancels: draft jobs with seeds of their own, from 16
clients, each cancelled {delays} ms after its POST, in turn.

| database | load | process | start | half | end | kB/1,000 jobs | descriptors | threads |
|---|---|---|---|---|---|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured.

    Args:
        requests: Of each kind, for each number of clients.
        jobs: From POST to completed.
        cancels: Jobs that are cancelled.
    """

    requests: int
    jobs: int
    cancels: int


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured over one database.

    Args:
        latencies: By number of clients.
        jobs: From POST to completed.
        jobs_watch: The processes meanwhile.
        stood: How far a job had come when it was cancelled -> how many.
        cancels: Each from POST to the answer of its DELETE.
        cancels_watch: The processes meanwhile.
        file_bytes: Files of the ledger at the end, by name, where there are any.
    """

    latencies: list[Latencies]
    jobs: Timing
    jobs_watch: Watch
    stood: Counter[str]
    cancels: Timing
    cancels_watch: Watch
    file_bytes: dict[str, int]


def table(where: str, sizes: Sizes, found: dict[str, Measured]) -> str:
    """The whole text in Markdown.

    Args:
        where: The machine.
        sizes: How much was measured.
        found: Database -> what was measured over it.
    """
    each = list(found.items())
    delays = ", ".join(f"{1000 * delay_s:.0f}" for delay_s in CANCEL_DELAYS_S)
    head = _HEAD.format(
        where=where,
        commit=commit(),
        databases=" and ".join(found),
        requests=sizes.requests,
        rounds=ROUND_COUNT,
        waiting=sizes.requests // ROUND_COUNT,
    )
    latency_rows = [row for name, one in each for of in one.latencies for row in _latency_rows(name, of)]
    memory_rows = [row for name, one in each for row in _memory_rows(name, "jobs", one.jobs_watch)]
    memory_rows += [row for name, one in each for row in _memory_rows(name, "cancels", one.cancels_watch)]
    return "".join(
        [
            head,
            "\n".join(latency_rows),
            _JOBS.format(clients=JOB_CLIENT_COUNT, seeds=SEED_COUNT),
            "\n".join(_job_row(name, one) for name, one in each),
            _MEMORY.format(looks=LOOK_COUNT, delays=delays),
            "\n".join(memory_rows),
            "\n\n",
            "\n".join(_note(name, one) for name, one in each),
        ]
    )


def _latency_rows(database: str, found: Latencies) -> list[str]:
    rows = []
    for name, timing in found.of.items():
        noop = found.of["noop GET" if "GET" in name else "noop POST"]
        cells = [f"| {database} | {name} | {found.client_count} "]
        for share in (0.5, 0.99):
            own, base = timing.quantile_ms(share), noop.quantile_ms(share)
            cells.append(f"| {own:.2f} | {own / base:.1f} ")
        cells.append(f"| {timing.rate:,.0f} | {timing.rate / noop.rate:.3f} ")
        rows.append("".join(cells) + f"| {timing.client_s / timing.wall_s:.0%} |")
    return rows


def _memory_rows(database: str, load: str, watch: Watch) -> list[str]:
    rows = []
    for name, private_kb in watch.private_kb.items():
        growth, error = slope(watch.at, private_kb)
        fds, threads = watch.fd_counts[name], watch.thread_counts[name]
        half = private_kb[len(private_kb) // 2]
        rows.append(
            f"| {database} | {load} | {name} | {private_kb[0] / 1024:.1f} | {half / 1024:.1f} "
            f"| {private_kb[-1] / 1024:.1f} | {growth:+.0f} ± {error:.0f} "
            f"| {fds[0]} / {max(fds)} / {fds[-1]} | {threads[0]} / {max(threads)} / {threads[-1]} |"
        )
    return rows


def _job_row(database: str, found: Measured) -> str:
    noop = found.latencies[-1].of["noop POST"]
    jobs = found.jobs
    return (
        f"| {database} | {len(jobs.seconds):,} | {jobs.rate:.1f} | {jobs.rate / noop.rate:.4f} "
        f"| {jobs.quantile_ms(0.5):.0f} | {jobs.quantile_ms(0.99):.0f} |"
    )


def _note(database: str, found: Measured) -> str:
    stood = ", ".join(f"{many:,} {state}" for state, many in sorted(found.stood.items()))
    files = ", ".join(f"{name} {size / 2**20:.1f} MiB" for name, size in found.file_bytes.items())
    cancelled = f"{database}: the cancels met {stood} ({found.cancels.rate:.0f} a second)."
    return cancelled + (f" At the end: {files}." if files else "") + "\n"
