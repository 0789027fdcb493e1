"""Our ray tracer beside other renderers: one scene, camera and light; time, error, time at equal error."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

from benchmarks.geometry_table import markdown, seconds
from benchmarks.render_cycles import open_cycles
from benchmarks.render_error import relative_mse, seconds_to_error
from benchmarks.render_galatea import open_galatea
from benchmarks.render_mitsuba import open_mitsuba_llvm, open_mitsuba_scalar
from benchmarks.render_newton import open_newton
from benchmarks.render_raster import open_raster
from benchmarks.render_scene import shared_scene
from benchmarks.render_taking import Family, Opened, Order, measure

__all__ = ["beside_tables"]

_OURS = "Galatea"


@dataclass(frozen=True, slots=True)
class _Renderer:
    """A renderer, and the package that it needs, if it is none of ours."""

    open: Callable[[Order], Opened]
    package: str = ""


_RENDERERS = {
    _OURS: _Renderer(open_galatea),
    "Mitsuba 3, scalar_rgb": _Renderer(open_mitsuba_scalar, "mitsuba"),
    "Mitsuba 3, llvm_ad_rgb": _Renderer(open_mitsuba_llvm, "mitsuba"),
    "Cycles": _Renderer(open_cycles, "bpy"),
    "Newton SensorCamera": _Renderer(open_newton, "newton"),
    "moderngl on llvmpipe": _Renderer(open_raster, "moderngl"),
}
_NOTES = (
    "A wooden stool, a metal trophy and a glass bottle on a ground, {face_count:,} faces; {side_px} x "
    "{side_px} pixels, {thread_count} threads (Newton's kernels run in one). All light is one picture of "
    "the surroundings: even, with a bright window. Seconds: the median of up to five frames of a scene "
    "that is loaded, its trees built and its kernels compiled, to radiance in memory; Cycles also writes "
    "and reads a file. Samples: camera rays of a pixel; up to 16, ours send 1 to 4 rays to the sky each, "
    "as in the films' tiers, then one; the others follow one path each. relMSE: the mean of (x - r)^2 / "
    "(r^2 + 0.01) over linear radiance, clipped at its 99.9 % quantile, against the renderer's own "
    "reference of {reference_count:,} samples with another seed. Newton (flat, with a hard shadow) and "
    "the rasteriser (no shadow) have no truth of their own and are held against ours. From ours: relMSE "
    "of a renderer's reference against our reference, which other materials and more bounces make. Ours "
    "and Cycles follow one bounce; Mitsuba counts each wall of the bottle as a bounce and is given two "
    "more, and its matt surfaces are Disney's, not Lambert's. Ours are traced and filtered, without what a "
    "film adds: more samples at outlines, and, with one sample, variance and light from neighbours."
)


def beside_tables(face_count: int, side_px: int, reference_count: int) -> str:
    """Two tables: what each renderer takes and misses, and what equal errors take.

    Args:
        face_count: Of the things, at most.
        side_px: Width and height.
        reference_count: Samples of a pixel of the references.
    """
    order = Order(shared_scene(face_count), side_px, os.cpu_count() or 1, reference_count)
    found = {name: _measured(renderer, order) for name, renderer in _RENDERERS.items()}
    ours = found[_OURS]
    if isinstance(ours, str) or ours.reference is None:
        raise RuntimeError(f"our own renderer gave nothing to compare with: {ours}")
    errors = {
        name: _errors(family, ours.reference) for name, family in found.items() if isinstance(family, Family)
    }
    return _frames_table(found, errors, ours.reference, order) + "\n" + _equal_table(found, errors)


def _measured(renderer: _Renderer, order: Order) -> Family | str:
    """Each renderer has a process of its own: their libraries do not get on with each other."""
    if renderer.package and find_spec(renderer.package) is None:
        return "not installed"
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"), initializer=_hush) as pool:
        try:
            return pool.submit(measure, renderer.open, order).result()
        except BrokenProcessPool:
            return "its process died"


def _hush() -> None:
    """Blender tells of every sample on the standard output, which belongs to the table here."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _errors(family: Family, ours: NDArray[np.float32]) -> tuple[float, ...]:
    """Of each shot, against the family's own reference, or ours where it has none."""
    truth = ours if family.reference is None else family.reference
    return tuple(relative_mse(shot.picture, truth) for shot in family.shots)


def _frames_table(
    found: Mapping[str, Family | str],
    errors: Mapping[str, tuple[float, ...]],
    ours: NDArray[np.float32],
    order: Order,
) -> str:
    rows = []
    for name, family in found.items():
        if isinstance(family, str):
            rows.append([name, family, "-", "-", "-", "-"])
            continue
        apart = "-" if family.reference is None else f"{relative_mse(family.reference, ours):.4f}"
        for shot, error in zip(family.shots, errors[name], strict=True):
            speed = f"{1.0 / shot.wall_s:.2f}"
            rows.append(
                [shot.way, f"{shot.sample_count}", seconds(shot.wall_s), speed, f"{error:.5f}", apart]
            )
    notes = _NOTES.format(
        face_count=len(order.scene.mesh.faces),
        side_px=order.side_px,
        thread_count=order.thread_count,
        reference_count=order.reference_count,
        sky="1 to 4",
    )
    head = ["renderer", "samples", "seconds", "frames/s", "relMSE", "from ours"]
    return markdown("A frame beside other renderers", notes, head, rows)


def _equal_table(found: Mapping[str, Family | str], errors: Mapping[str, tuple[float, ...]]) -> str:
    """What the errors of our filtered frames take, for all that have a reference of their own."""
    curves = _curves(found, errors)
    targets = [point for way, points in curves.items() if way == f"{_OURS}, filtered" for point in points]
    rows = [[way, *(_time_cell(points, error) for error, _, _ in targets)] for way, points in curves.items()]
    notes = (
        "Seconds for a frame with the relMSE that ours has, filtered, at so many samples: on straight lines "
        "between the logarithms of the rows above. < and >: all that was measured has less error, or more; "
        "then the time is that of the nearest row. A filter errs by itself, so that its error falls slower "
        "than that of raw samples."
    )
    head = ["renderer", *(f"{count} samples: {error:.5f}" for error, _, count in targets)]
    return markdown("Time at equal error", notes, head, rows)


Curve = list[tuple[float, float, int]]
"""relMSE, seconds and samples of each measurement."""


def _curves(found: Mapping[str, Family | str], errors: Mapping[str, tuple[float, ...]]) -> dict[str, Curve]:
    curves: dict[str, Curve] = {}
    for name, family in found.items():
        if not isinstance(family, str) and family.reference is not None:
            for shot, error in zip(family.shots, errors[name], strict=True):
                curves.setdefault(shot.way, []).append((error, shot.wall_s, shot.sample_count))
    return curves


def _time_cell(points: Curve, wanted: float) -> str:
    measured, walls_s = [point[0] for point in points], [point[1] for point in points]
    wall_s = seconds_to_error(measured, walls_s, wanted)
    if wall_s is not None:
        return seconds(wall_s)
    is_worse = min(measured) > wanted
    nearest = walls_s[int(np.argmin(measured))] if is_worse else walls_s[int(np.argmax(measured))]
    return f"{'>' if is_worse else '<'} {seconds(nearest)}"
