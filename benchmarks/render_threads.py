"""Frames a second of a film that bends, by threads and on CUDA, and where the time of a frame goes."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any, TypeVar

import numpy as np
import warp as wp
from numpy.typing import NDArray

from benchmarks.geometry_meshes import house_mesh
from benchmarks.geometry_table import markdown
from benchmarks.render_galatea import crew_spread
from serve.contracts.quality import Quality
from serve.contracts.stage import Spread, one_by_one
from serve.contracts.video import LightPreset
from serve.geometry.mesh import PartMesh
from serve.geometry.warp_setup import ensure_warp
from serve.render import LIGHT_PRESETS, Camera, FilmScene, film_settings, frame_bounds
from serve.render.backgrounds import develop_frame
from serve.render.exposure import Shot, expose_shots, refine_shot
from serve.render.film import blank_film, smooth_films
from serve.render.posing import Posing, prepare_posing
from serve.render.scene import Scene, upload_lens, upload_scene
from serve.render.studio import place_studio

__all__ = ["threads_tables"]

_TIERS = (Quality.DRAFT, Quality.MEDIUM)
_THREAD_COUNTS = (1, 2)
_LIGHTING = LIGHT_PRESETS[LightPreset.STUDIO]
_STEPS = ("building", "refit", "tracing", "refining", "filtering", "developing")

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where frames are taken: its name in the tables, a Warp device, and what spreads the work there."""

    name: str
    device: str
    spread: Spread


@dataclass(frozen=True, slots=True, eq=False)
class _Clip:
    """A mesh that sways while the camera goes around it."""

    mesh: PartMesh
    side_px: int
    frame_count: int

    def camera(self, number: int) -> Camera:
        """Of a frame."""
        return frame_bounds(*self.mesh.bounds, azimuth_deg=360.0 * number / self.frame_count)

    def pose(self, number: int) -> NDArray[np.float32]:
        """The vertices in a frame, float32 [V, 3], metres: the higher, the further aside."""
        lower, upper = self.mesh.bounds
        height = (self.mesh.vertices[:, 1] - lower[1]) / (upper[1] - lower[1])
        bent = self.mesh.vertices.copy()
        bent[:, 0] += (0.1 * np.sin(2.0 * np.pi * number / self.frame_count) * height**2).astype(np.float32)
        return bent


def threads_tables(face_count: int, side_px: int, frame_count: int) -> str:
    """Two tables: frames a second, and the steps of a frame.

    Args:
        face_count: Of the robot that bends.
        side_px: Width and height.
        frame_count: Frames that are timed in each row.
    """
    ensure_warp()
    clip, places = _Clip(house_mesh(face_count), side_px, frame_count), _places()
    speeds = [[place.name, *(_speed(clip, tier, place) for tier in _TIERS)] for place in places]
    steps = [[place.name, *_step_cells(clip, place)] for place in places]
    if not wp.get_cuda_devices():
        speeds.append(["CUDA", *["no such device here"] * len(_TIERS)])
    return _speed_table(speeds, clip) + "\n" + _step_table(steps)


def _places() -> list[_Place]:
    cpu = [_Place(f"CPU, threads: {count}", "cpu", crew_spread(count)) for count in _THREAD_COUNTS]
    gpus = wp.get_cuda_devices()
    return cpu + [_Place(f"{gpu.alias}, {gpu.name}", gpu.alias, one_by_one) for gpu in gpus]


def _speed(clip: _Clip, tier: Quality, place: _Place) -> str:
    """Frames a second as the stage takes them, after one that is not counted."""
    settings = film_settings(tier, clip.side_px, clip.side_px)
    scene = FilmScene(clip.mesh, settings, lighting=_LIGHTING, device=place.device)
    shots = [(clip.camera(number), clip.pose(number)) for number in range(clip.frame_count)]
    scene.frame(*shots[-1], index=0, spread=place.spread)
    begun_s = perf_counter()
    for index, (camera, pose) in enumerate(shots):
        scene.frame(camera, pose, index=index, spread=place.spread)
    return f"{clip.frame_count / (perf_counter() - begun_s):.2f}"


def _step_cells(clip: _Clip, place: _Place) -> list[str]:
    """Milliseconds of each step, medians after a first frame; of a frame's own steps also the share."""
    taken = [_steps_of_frame(clip, number, place) for number in range(-1, clip.frame_count)][1:]
    build_s, *medians_s = (statistics.median(column) for column in zip(*taken, strict=True))
    frame_s = sum(medians_s)
    return [f"{1e3 * build_s:.1f}", *(f"{1e3 * wall_s:.1f} ({wall_s / frame_s:.0%})" for wall_s in medians_s)]


def _steps_of_frame(clip: _Clip, number: int, place: _Place) -> tuple[float, ...]:
    """Seconds of `_STEPS` in turn: what `FilmScene` calls, one by one."""
    device, spread = place.device, place.spread
    film = film_settings(Quality.MEDIUM, clip.side_px, clip.side_px)
    settings, edge_count, side_px = film.picture, film.edge_sample_count, clip.side_px
    build_s, (scene, posing) = _timed(lambda: _built(clip.mesh, device), device)
    pose = clip.pose(number)
    refit_s, _ = _timed(lambda: posing.pose(pose), device)
    lens = upload_lens(clip.camera(number), side_px, side_px)
    studio = place_studio(_LIGHTING, scene.extent, device)
    shot = Shot(lens, studio, blank_film(side_px, side_px, device))
    where: dict[str, Any] = {"spread": spread, "device": device}
    trace_s, _ = _timed(lambda: expose_shots(scene, [shot], settings, **where), device)
    refine_s, finer = _timed(lambda: refine_shot(scene, shot, settings, edge_count, **where), device)
    filter_s, (smooth,) = _timed(lambda: smooth_films([finer], **where), device)
    radiance, clear = smooth.radiance.numpy(), smooth.clear.numpy()
    develop_s, _ = _timed(lambda: develop_frame(radiance, clear, "light", spread), device)
    return build_s, refit_s, trace_s, refine_s, filter_s, develop_s


def _built(mesh: PartMesh, device: str) -> tuple[Scene, Posing]:
    scene = upload_scene(mesh, device)
    return scene, prepare_posing(scene)


def _timed(work: Callable[[], Result], device: str) -> tuple[float, Result]:
    begun_s = perf_counter()
    result = work()
    wp.synchronize_device(device)
    return perf_counter() - begun_s, result


def _speed_table(rows: Sequence[Sequence[str]], clip: _Clip) -> str:
    notes = (
        f"A robot of {len(clip.mesh.faces):,} faces that sways while the camera goes around it, "
        f"{clip.side_px} x {clip.side_px} pixels, {clip.frame_count} frames, by `FilmScene.frame`: bent, "
        "traced, filtered and developed to bytes, not coded. The threads are a stage's crew."
    )
    return markdown("Frames a second", notes, ["place", *(tier.value for tier in _TIERS)], rows)


def _step_table(rows: Sequence[Sequence[str]]) -> str:
    notes = (
        "Milliseconds of each step of that film at medium quality, medians, and its share of a frame. "
        "Building uploads the mesh, builds its trees and prepares its bending: once for a chunk of frames."
    )
    return markdown("The steps of a frame", notes, ["place", *_STEPS], rows)
