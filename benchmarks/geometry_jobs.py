"""Whole jobs of medium quality: seconds by stage, with textures and without."""

from __future__ import annotations

import asyncio
import statistics
from time import perf_counter

from benchmarks.geometry_table import markdown
from benchmarks.places import make_local
from deployments.local import Local
from serve.contracts.quality import Quality
from serve.contracts.requests import TextTo3dRequest
from serve.contracts.results import JobResult

__all__ = ["jobs_tables"]

_PROMPTS = (
    "a tall red lamp with a blue stand",
    "a wooden chair",
    "a grey castle with three towers",
    "a teddy bear",
    "a green robot",
)
_LIMITS_S = {"textured": 10.0, "untextured": 3.0}


def _request(prompt: str, textured: bool, seed: int) -> TextTo3dRequest:
    size = None if textured else 0
    return TextTo3dRequest(prompt=prompt, quality=Quality.MEDIUM, texture_size=size, seed=seed)


async def _runs(folder: str, kind: str) -> list[tuple[float, JobResult]]:
    """Each prompt, after a first job that starts the engine; in a store of its own."""
    textured = kind == "textured"
    async with make_local(folder, kind) as local:
        await local.text_to_3d(_request("an anvil", textured, 0))
        return [await _timed(local, _request(prompt, textured, 1)) for prompt in _PROMPTS]


async def _timed(local: Local, request: TextTo3dRequest) -> tuple[float, JobResult]:
    begun = perf_counter()
    result = await local.text_to_3d(request)
    return perf_counter() - begun, result


def jobs_tables(folder: str) -> str:
    """Two tables: the jobs, and their stages.

    Args:
        folder: For stores and ledgers.
    """
    runs = {kind: asyncio.run(_runs(folder, kind)) for kind in _LIMITS_S}
    return _jobs_table(runs) + "\n" + _stages_table(runs)


def _jobs_table(runs: dict[str, list[tuple[float, JobResult]]]) -> str:
    rows = []
    for number, prompt in enumerate(_PROMPTS):
        row = [prompt]
        for kind in _LIMITS_S:
            wall_s, result = runs[kind][number]
            row += [f"{wall_s:.2f}", f"{result.assets['glb'].byte_count / 1e6:.2f}"]
        rows.append([*row, f"{result.acceptance.face_count:,}" if result.acceptance else "-"])
    slowest = ["slowest", *(_slowest_cell(runs[kind], limit_s) for kind, limit_s in _LIMITS_S.items())]
    rows.append([slowest[0], slowest[1], "", slowest[2], "", ""])
    head = ["prompt", *(f"{kind}, {unit}" for kind in _LIMITS_S for unit in ("seconds", "MB")), "faces"]
    notes = (
        "Text-to-3D of medium quality, in this process, one after the other: 10,000 faces, GLB, a texture of "
        "1024 texels or none. All that a job does: the pictures and the acceptance report too. The engine is "
        "warm, the text new."
    )
    return markdown("The whole job", notes, head, rows)


def _slowest_cell(runs: list[tuple[float, JobResult]], limit_s: float) -> str:
    slowest_s = max(wall_s for wall_s, _ in runs)
    verdict = "kept" if slowest_s < limit_s else "missed"
    return f"{slowest_s:.2f}: {limit_s:.0f} s {verdict}"


def _stages_table(runs: dict[str, list[tuple[float, JobResult]]]) -> str:
    medians = {kind: _stage_medians([result for _, result in found]) for kind, found in runs.items()}
    names = list(dict.fromkeys(name for found in medians.values() for name in found))
    rows = [
        [name, *(f"{found[name]:.2f}" if name in found else "-" for found in medians.values())]
        for name in names
    ]
    notes = (
        "Median seconds over the prompts, each from its start to its end. `source`, `export`, `render`, "
        "`turntable` and `inspect` run beside other stages, so the sum is more than the job."
    )
    return markdown("The whole job, by stage", notes, ["stage", *medians], rows)


def _stage_medians(results: list[JobResult]) -> dict[str, float]:
    found = [{report.stage: report.wall_s for report in result.stages} for result in results]
    return {name: statistics.median(walls[name] for walls in found) for name in found[0]}
