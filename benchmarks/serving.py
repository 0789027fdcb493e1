"""`python -m benchmarks.serving`: what Ray Serve and Triton cost and give, beside named baselines."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path
from time import perf_counter

from benchmarks.machine import commit, machine
from benchmarks.serving_batch_tables import batches_table, ray_batches_table, steps_table
from benchmarks.serving_engines import measure_batches, measure_steps
from benchmarks.serving_jobs import measure_services
from benchmarks.serving_plane_tables import jobs_table, start_table, wires_table
from benchmarks.serving_ray_batch import measure_ray_batching
from benchmarks.serving_table import FULL, SMALL, Sizes
from benchmarks.serving_triton import triton_running
from benchmarks.serving_wires import measure_wires
from deployments.triton.environment import PINS, why_impossible

_HEAD = """\
# Serving: Ray and Triton

{where}. Commit {commit}.
Ray {ray}; in Triton's environment {pins}.
Made by `python -m benchmarks.serving{small}`; every ratio is against a baseline of the same run.
"""


def _wires(sizes: Sizes) -> list[str]:
    return [wires_table(asyncio.run(measure_wires(sizes)), sizes)]


def _services(sizes: Sizes) -> list[str]:
    services = asyncio.run(measure_services(sizes))
    return [jobs_table(services, sizes), start_table(services, sizes)]


def _engines(sizes: Sizes) -> list[str]:
    reason = why_impossible()
    with ExitStack() as stack:
        url = None if reason else stack.enter_context(triton_running())
        steps = steps_table(asyncio.run(measure_steps(url, sizes)))
        batches = batches_table(asyncio.run(measure_batches(url, sizes)), sizes)
    missing = [f"Without Triton: {reason}.\n"] if reason else []
    return [steps, batches, *missing]


def _ray_batching(sizes: Sizes) -> list[str]:
    return [ray_batches_table(measure_ray_batching(sizes.repeats))]


_PARTS: dict[str, Callable[[Sizes], list[str]]] = {
    "wires": _wires,
    "services": _services,
    "engines": _engines,
    "ray-batch": _ray_batching,
}


def main() -> None:
    """Measure and write `benchmarks/serving.md`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".md"))
    parser.add_argument("--small", action="store_true", help="a quick try, whose numbers say little")
    parser.add_argument("--parts", nargs="+", choices=sorted(_PARTS), default=list(_PARTS))
    options = parser.parse_args()
    head = _HEAD.format(
        where=machine(),
        commit=commit(),
        ray=version("ray"),
        pins=", ".join(PINS),
        small=" --small" if options.small else "",
    )
    sections = [head]
    for part in options.parts:
        begun = perf_counter()
        sections += _PARTS[part](SMALL if options.small else FULL)
        print(f"{part}: {perf_counter() - begun:.0f} s", file=sys.stderr)
    options.out.write_text("\n".join(sections))
    print(options.out.read_text())


if __name__ == "__main__":
    main()
