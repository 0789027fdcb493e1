"""Whole films: seconds by stage, from a sentence to a turntable in H.264."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter

from benchmarks.geometry_table import markdown
from benchmarks.places import make_local
from deployments.local import Local
from serve.contracts.quality import Quality
from serve.contracts.requests import TextTo3d
from serve.contracts.results import JobResult, StageReport
from serve.contracts.video import Codec, ThreeDToVideoRequest
from serve.execution import JobEvent
from serve.operations import THREE_D_TO_VIDEO

__all__ = ["films_tables"]

_PROMPTS = ("a red mug", "a green robot")
_LIMITS_S = {Quality.DRAFT: 60.0, Quality.MEDIUM: 300.0}
_FPS = 30
_FRAMES = re.compile(r"frames_\d+-\d+_of_\d+")
_ASSET, _FILM = "the asset", "render_frames"
_ROWS = (_ASSET, "aim", "peek", _FILM, "encode_video")


@dataclass(slots=True)
class _Run:
    """One film, and when each of its stages ended, in seconds after the request."""

    wall_s: float = 0.0
    result: JobResult | None = None
    ended_s: dict[str, float] = field(default_factory=dict)


def films_tables(folder: str, side_px: int, duration_s: float, prompt_count: int = len(_PROMPTS)) -> str:
    """Two tables: the films, and their stages.

    Args:
        folder: For stores and ledgers.
        side_px: Width and height.
        duration_s: Of each film.
        prompt_count: How many things are filmed.
    """
    prompts = _PROMPTS[:prompt_count]
    runs = asyncio.run(_runs(folder, prompts, side_px, duration_s))
    return _films_table(runs, side_px, duration_s) + "\n" + _stages_table(runs)


Runs = Mapping[tuple[Quality, str], _Run]


async def _runs(folder: str, prompts: Sequence[str], side_px: int, duration_s: float) -> Runs:
    """Every film in a store of its own, after a short one that starts the engine and compiles the kernels."""
    runs = {}
    for tier in _LIMITS_S:
        for number, prompt in enumerate(prompts):
            async with make_local(folder, f"{tier.value}{number}") as local:
                await _filmed(local, _request("an anvil", tier, 64, 0.2))
                runs[tier, prompt] = await _filmed(local, _request(prompt, tier, side_px, duration_s))
    return runs


def _request(prompt: str, tier: Quality, side_px: int, duration_s: float) -> ThreeDToVideoRequest:
    return ThreeDToVideoRequest(
        text_to_3d=TextTo3d(prompt=prompt, quality=Quality.MEDIUM, seed=1),
        quality=tier,
        width=side_px,
        height=side_px,
        fps=_FPS,
        duration_s=duration_s,
        codec=Codec.H264,
    )


async def _filmed(local: Local, request: ThreeDToVideoRequest) -> _Run:
    run, begun_s = _Run(), perf_counter()

    def listen(event: JobEvent) -> None:
        if event.kind == "finished":
            run.ended_s[event.stage] = perf_counter() - begun_s

    run.result = await local.make(THREE_D_TO_VIDEO, request, listen)
    run.wall_s = perf_counter() - begun_s
    return run


def _result(run: _Run) -> JobResult:
    if run.result is None:
        raise RuntimeError("the film was not made")
    return run.result


def _films_table(runs: Runs, side_px: int, duration_s: float) -> str:
    rows = []
    for (tier, prompt), run in runs.items():
        film, limit_s = _result(run).film, _LIMITS_S[tier]
        verdict = "kept" if run.wall_s <= limit_s else "missed"
        megabytes = f"{film.byte_count / 1e6:.2f}" if film else "-"
        rows.append([prompt, tier.value, f"{run.wall_s:.1f}", f"{limit_s:.0f} s {verdict}", megabytes])
    notes = (
        f"From a sentence to a turntable of an asset of medium quality (10,000 faces, a texture of 1024 "
        f"texels): {side_px} x {side_px} pixels, {duration_s:g} s at {_FPS} frames a second, H.264, in this "
        "process. The kernels are compiled and the engine is warm; asset and film are new."
    )
    return markdown("A film", notes, ["prompt", "quality", "seconds", "limit", "MB"], rows)


def _stages_table(runs: Runs) -> str:
    rows: list[list[str]] = [[name] for name in (*_ROWS, "a frame", "the job")]
    for run in runs.values():
        grouped = _grouped(_result(run).stages)
        cells = [_cell(run, grouped[name]) for name in _ROWS]
        frame_count = round(sum(_frame_count(report) for report in grouped[_FILM]))
        cpu_s = sum(report.cost.cpu_s for report in grouped[_FILM])
        cells.append(f"{_span_s(run, grouped[_FILM]) / frame_count:.3f} ({cpu_s / frame_count:.3f})")
        cells.append(f"{run.wall_s:.1f}")
        for row, cell in zip(rows, cells, strict=True):
            row.append(cell)
    notes = (
        "Seconds from the start of the first to the end of the last of these stages, and seconds of CPU in "
        "brackets (without those of the child process that codes the film). Stages that trace wait for "
        "each other, and others run beside them, so the seconds overlap. A frame: its share of "
        "`render_frames`."
    )
    head = ["stages", *(f"{prompt}, {tier.value}" for tier, prompt in runs)]
    return markdown("A film, by stage", notes, head, rows)


def _grouped(stages: Sequence[StageReport]) -> dict[str, list[StageReport]]:
    """The reports by row; what is none of the film's own stages belongs to the asset."""
    grouped: dict[str, list[StageReport]] = {name: [] for name in _ROWS}
    for report in stages:
        name = _FILM if _FRAMES.fullmatch(report.stage) else report.stage
        grouped[name if name in grouped else _ASSET].append(report)
    return grouped


def _frame_count(report: StageReport) -> int:
    first, last = re.findall(r"\d+", report.stage)[:2]
    return int(last) - int(first) + 1


def _cell(run: _Run, reports: Sequence[StageReport]) -> str:
    return f"{_span_s(run, reports):.2f} ({sum(report.cost.cpu_s for report in reports):.2f})"


def _span_s(run: _Run, reports: Sequence[StageReport]) -> float:
    ends = [run.ended_s[report.stage] for report in reports]
    starts = [end_s - report.wall_s for end_s, report in zip(ends, reports, strict=True)]
    return max(ends) - min(starts)
