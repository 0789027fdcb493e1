"""The tables of `benchmarks.serving` about the service: wires, jobs, starts, memory; and their words."""

from __future__ import annotations

import statistics
from collections.abc import Iterator

from benchmarks.jobs_client import Timing
from benchmarks.jobs_loads import ROUND_COUNT
from benchmarks.serving_jobs import BARE, INPROCESS, Services, Start
from benchmarks.serving_memory import Held
from benchmarks.serving_table import Sizes, markdown
from benchmarks.serving_wires import NOOP_BARE, NOOP_ON_RAY, Wires

__all__ = ["jobs_table", "start_table", "wires_table"]

_WIRES = """\
## Wires on Ray

`galatea` is `galatea run` on Ray Serve with `GALATEA_ENGINE=fake`; its ingress replica listens itself.
The noop is one bare FastAPI app in two places: in a replica of another Ray, behind Ray's HTTP proxy, and
under uvicorn without any Ray. {requests:,} requests of each kind over kept connections, in {rounds}
rounds in which all take turns; who has no turn is idle. `POST job`: equal jobs with idempotency keys of
their own, which run meanwhile from the ledger's cache, on the same cores. Ratios are against the two
noops, of the same method and number of clients. The last column is the share of one core that the clients
took: near 100 %, a line tells more of them than of the server.

"""
_JOBS = """\
## The job plane

{count} draft jobs with seeds of their own and one known text, one at a time, `GALATEA_ENGINE=onnx`; all
places in turns. `stages, bare`: the same stages called one after the other in one process, without
ledger, orchestrator or wire. Seconds are the caller's: from the POST, with `Prefer: wait=60`, whose
waiting ends at a tick of 50 ms. By the ledger: from created to finished. Ratios are against `stages,
bare`. A plan's stages run beside one another where they can (`export` and `render`, `sketch` and
`extract_mesh`), which the bare ones do not. For each seed the assets of all places had the same bytes.

"""
_START = """\
## Start, and memory

Seconds from the command to the first 200 of `/readyz`, and to the end of a draft job that was sent then;
real engine, empty data folder, Warp's kernels compiled before. Starts of each: {count}; medians.

"""
_MEMORY = """
Private_Dirty of /proc/PID/smaps_rollup after the jobs above. `Ray itself`: its daemons, its controller, its
monitors and idle workers; what it keeps in shared memory is not in it.

"""


def wires_table(wires: Wires, sizes: Sizes) -> str:
    """Requests by number of clients."""
    values = ("p50 ms", "p99 ms", "per second")
    columns = [f"{value}{against}" for value in values for against in ("", " / Ray", " / uvicorn")]
    rows = [row for client_count, timings in wires.items() for row in _wire_rows(client_count, timings)]
    return _WIRES.format(requests=sizes.requests, rounds=ROUND_COUNT) + markdown(
        ["clients", "request", *columns, "client"], rows
    )


def _wire_rows(client_count: int, timings: dict[str, Timing]) -> Iterator[list[str]]:
    for name, timing in timings.items():
        method = name.partition(" ")[0]
        bases = [timings[f"{method} {NOOP_ON_RAY}"], timings[f"{method} {NOOP_BARE}"]]
        cells = [str(client_count), name]
        for share in (0.5, 0.99):
            own = timing.quantile_ms(share)
            cells += [f"{own:.2f}", *(f"{own / base.quantile_ms(share):.2f}" for base in bases)]
        cells += [f"{timing.rate:,.0f}", *(f"{timing.rate / base.rate:.3f}" for base in bases)]
        yield [*cells, f"{timing.client_s / timing.wall_s:.0%}"]


def jobs_table(services: Services, sizes: Sizes) -> str:
    """Seconds of a job by place."""
    bare_s = statistics.median(services.jobs[BARE].seconds)
    rows = []
    for name, jobs in services.jobs.items():
        p50_s = statistics.median(jobs.seconds)
        ledger_s = statistics.median(jobs.ledger_s) if jobs.ledger_s else None
        by_ledger = ["-", "-"] if ledger_s is None else [f"{ledger_s:.3f}", f"{ledger_s / bare_s:.2f}"]
        rows.append([name, f"{p50_s:.3f}", f"{p50_s / bare_s:.2f}", f"{max(jobs.seconds):.3f}", *by_ledger])
    head = ["", "p50 s", "ratio", "longest s", "p50 s by the ledger", "ratio"]
    return _JOBS.format(count=sizes.jobs) + markdown(head, rows)


def start_table(services: Services, sizes: Sizes) -> str:
    """Seconds and MiB of each service."""
    base = _medians(services.starts[INPROCESS])
    rows = []
    for name, starts in services.starts.items():
        each = ", ".join(f"{start.ready_s:.1f}" for start in starts)
        pairs = zip(_medians(starts), base, strict=True)
        cells = [cell for own_s, base_s in pairs for cell in (f"{own_s:.1f}", f"{own_s / base_s:.1f}")]
        rows.append([name, *cells, each])
    starts_table = markdown(["", "ready s", "ratio", "first job s", "ratio", "ready, each"], rows)
    memory = [row for name, held in services.memory.items() for row in _memory_rows(name, held)]
    memory_table = markdown(["", "process", "how many", "MiB"], memory)
    return _START.format(count=sizes.starts) + starts_table + _MEMORY + memory_table


def _medians(starts: list[Start]) -> tuple[float, float]:
    ready_s = statistics.median(start.ready_s for start in starts)
    return ready_s, statistics.median(start.first_job_s for start in starts)


def _memory_rows(service: str, every: list[Held]) -> Iterator[list[str]]:
    for held in every:
        yield [service, held.name, str(held.process_count), f"{held.mib:.0f}"]
    count = sum(held.process_count for held in every)
    yield [service, "**all**", f"**{count}**", f"**{sum(held.mib for held in every):.0f}**"]
