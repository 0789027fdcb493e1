"""`python -m benchmarks.generate`: seconds by stage, cold and warm; 16 jobs at once against one by one."""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
from pathlib import Path
from time import perf_counter

from benchmarks.denoising import JOB_COUNT, STEP_COUNT, encode, here, measure_batching
from benchmarks.machine import machine
from benchmarks.places import make_host, make_local
from deployments.local import Local
from serve.contracts.quality import Quality
from serve.contracts.requests import TextTo3dRequest
from serve.contracts.results import JobResult
from serve.models.prompt_domain import CATEGORY_NAMES
from serve.planning import plan_text_to_3d

_PROMPT = "a tall red lamp with a blue stand"
_REPEAT_COUNT = 5
_CALLS = [call.name for call in plan_text_to_3d(TextTo3dRequest(prompt=_PROMPT)).calls]
_WARM_COUNTS = {Quality.DRAFT: 5, Quality.MEDIUM: 5, Quality.HIGH: 3, Quality.ULTRA: 1}


async def _timed(
    local: Local, quality: Quality, seed: int, texture_size: int | None = None
) -> tuple[float, JobResult]:
    request = TextTo3dRequest(prompt=_PROMPT, quality=quality, seed=seed, texture_size=texture_size)
    begun = perf_counter()
    result = await local.text_to_3d(request)
    return perf_counter() - begun, result


async def _quality_row(folder: str, quality: Quality, texture_size: int | None) -> str:
    """Cold: a new engine and an empty store, kernels compiled before. Warm: other seeds, the text known."""
    kind = quality.value if texture_size is None else f"{quality.value}, no texture"
    async with make_local(folder, kind.replace(", ", "-").replace(" ", "-")) as local:
        cold_s, cold = await _timed(local, quality, 1, texture_size)
        runs = [
            await _timed(local, quality, 100 + number, texture_size)
            for number in range(_WARM_COUNTS[quality])
        ]
    cells = [f"| {kind} | {cold_s:.2f} | {statistics.median(wall for wall, _ in runs):.2f} |"]
    colds, warms = _walls(cold), [_walls(result) for _, result in runs]
    for name in _CALLS:
        warm = statistics.median(walls.get(name, 0.0) for walls in warms)
        cells.append(f" {colds[name]:.2f} / {warm:.2f} |" if name in colds else " |")
    return "".join(cells)


def _walls(result: JobResult) -> dict[str, float]:
    return {stage.stage: stage.wall_s for stage in result.stages}


async def _category_lines(folder: str) -> list[str]:
    """Warm jobs over every fourth category: the lamp is slender, and pictures cost by what they show."""
    walls = []
    async with make_local(folder, "categories") as local:
        await _timed(local, Quality.MEDIUM, 0)
        for seed, name in enumerate(CATEGORY_NAMES[::4]):
            begun = perf_counter()
            await local.text_to_3d(TextTo3dRequest(prompt=f"a {name}", quality=Quality.MEDIUM, seed=seed))
            walls.append((perf_counter() - begun, name))
    slowest_s, slowest = max(walls)
    return [
        f"Medium over {len(walls)} categories: median {statistics.median(wall for wall, _ in walls):.2f} s, "
        f"fastest {min(walls)[0]:.2f} s ({min(walls)[1]}), slowest {slowest_s:.2f} s ({slowest}).",
        "",
    ]


async def _batching_rows(folder: str) -> list[str]:
    """The denoising of the jobs, one by one and at once, in turns in one run."""
    host = make_host(folder, "batching")
    found = (await measure_batching({"": here(host)}, await encode(host), _REPEAT_COUNT))[""]
    host.close()
    return [
        f"| one by one | {statistics.median(found.alone_s):.3f} | 1.00 |",
        f"| at once (up to {max(found.batch_counts)} rows a batch) "
        f"| {statistics.median(found.together_s):.3f} | {found.gain:.2f} |",
    ]


async def _measure(folder: str) -> str:
    where = machine()
    async with make_local(folder, "warmer") as warmer:
        await _timed(warmer, Quality.DRAFT, 0)  # compiles Warp's kernels, which the cache keeps
    kinds = [*((quality, None) for quality in Quality), (Quality.MEDIUM, 0)]
    rows = [await _quality_row(folder, *kind) for kind in kinds]
    head = f"| quality | cold job | warm job | {' | '.join(_CALLS)} |"
    rule = "|" + "---|" * (3 + len(_CALLS))
    batching = await _batching_rows(folder)
    categories = await _category_lines(folder)
    return "\n".join(
        [
            "# `galatea generate`, by stage",
            "",
            f"{where}. Made by `python -m benchmarks.generate`.",
            "",
            f"Wall seconds of {_PROMPT!r}, poly_count 10,000. Cold: a new engine and",
            "an empty store, with Warp's compiled kernels in their cache. Warm: the median of 5 other seeds",
            "(high 3, ultra 1) on the same engine; the text is then known. Stages: cold / warm; those that",
            "do not wait for each other run side by side.",
            "",
            head,
            rule,
            *rows,
            "",
            *categories,
            f"## Step-wise batching: the denoising of {JOB_COUNT} jobs, {STEP_COUNT} steps each",
            "",
            "| | seconds | against one by one |",
            "|---|---|---|",
            *batching,
            "",
        ]
    )


def main() -> None:
    """Measure and write `benchmarks/generate.md`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".md"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        table = asyncio.run(_measure(folder))
    options.out.write_text(table)
    print(table)


if __name__ == "__main__":
    main()
