"""Mitsuba 3 as `benchmarks.render` times it: its path tracer, one ray at a time and compiled by LLVM."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.render_scene import BenchPart
from benchmarks.render_taking import MissingToolError, Opened, Order, Way

__all__ = ["open_mitsuba_llvm", "open_mitsuba_scalar"]

_SAMPLE_COUNTS = (4, 16, 64)
# Light, a bounce and the camera make three; each wall of the bottle is one more.
_MOST_DEPTH = 5


def open_mitsuba_scalar(order: Order) -> Opened:
    """The plain build, which spreads blocks of the picture over threads."""
    return _opened(order, "scalar_rgb")


def open_mitsuba_llvm(order: Order) -> Opened:
    """The build that compiles the whole integrator to wide instructions.

    Raises:
        MissingToolError: There is no LLVM.
    """
    import drjit  # type: ignore[import-not-found]

    if not drjit.has_backend(drjit.JitBackend.LLVM):
        raise MissingToolError("no libLLVM")
    return _opened(order, "llvm_ad_rgb")


def _opened(order: Order, variant: str) -> Opened:
    import drjit
    import mitsuba  # type: ignore[import-not-found]

    mitsuba.set_variant(variant)
    drjit.set_thread_count(order.thread_count)
    scene = mitsuba.load_dict(_scene(order))

    def take(sample_count: int, seed: int) -> NDArray[np.float32]:
        return np.asarray(mitsuba.render(scene, spp=sample_count, seed=seed), dtype=np.float32)[..., :3]

    def truth(sample_count: int, seed: int) -> NDArray[np.float32]:
        # In portions: a compiled integrator holds all paths of a picture in memory at once.
        portions = [take(64, seed + number) for number in range(max(1, sample_count // 64))]
        return np.asarray(np.mean(portions, axis=0, dtype=np.float64), np.float32)

    return Opened({f"Mitsuba 3, {variant}": Way(take, _SAMPLE_COUNTS)}, truth)


def _scene(order: Order) -> dict[str, Any]:
    import mitsuba

    camera, scene = order.scene.camera, order.scene
    # Its pictures of surroundings have straight ahead of us at their left edge.
    turned = np.roll(scene.surroundings, scene.surroundings.shape[1] // 2, axis=1)
    look_at = mitsuba.ScalarTransform4f().look_at(
        origin=list(camera.eye), target=list(camera.target), up=list(camera.up)
    )
    film = {"type": "hdrfilm", "width": order.side_px, "height": order.side_px, "rfilter": {"type": "box"}}
    return {
        "type": "scene",
        "integrator": {"type": "path", "max_depth": _MOST_DEPTH, "rr_depth": _MOST_DEPTH + 1},
        "sensor": {
            "type": "perspective",
            "fov_axis": "y",
            "fov": camera.fov_deg,
            "to_world": look_at,
            "film": film,
            "sampler": {"type": "multijitter"},
        },
        "light": {"type": "envmap", "bitmap": mitsuba.Bitmap(turned), "scale": 1.0},
        **{part.surface.name: _mesh(part) for part in scene.parts()},
    }


def _mesh(part: BenchPart) -> Any:
    import mitsuba

    props = mitsuba.Properties()
    props["bsdf"] = mitsuba.load_dict(_material(part))
    count = len(part.points)
    mesh = mitsuba.Mesh(part.surface.name, count, count // 3, has_vertex_normals=True, props=props)
    params = mitsuba.traverse(mesh)
    params["vertex_positions"] = part.points.ravel()
    params["vertex_normals"] = part.normals.ravel()
    params["faces"] = part.faces.ravel().astype(np.uint32)
    params.update()
    return mesh


def _material(part: BenchPart) -> dict[str, Any]:
    surface = part.surface
    if surface.opacity < 1.0:
        tint = 0.985 + 0.5 * surface.opacity * (np.array(surface.base_color) - 0.985)
        return {"type": "thindielectric", "int_ior": 1.5, "specular_transmittance": _rgb(tint)}
    return {
        "type": "twosided",
        "bsdf": {
            "type": "principled",
            "base_color": _rgb(np.array(surface.base_color)),
            "roughness": surface.roughness,
            "metallic": surface.metallic,
            "specular": 0.5,
        },
    }


def _rgb(color: NDArray[np.float64]) -> dict[str, Any]:
    return {"type": "rgb", "value": color.tolist()}
