"""Bakes what one mesh looks like onto the texture coordinates of another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import warp as wp
from numpy.typing import NDArray

from serve.contracts.errors import InvalidRequestError
from serve.contracts.stage import Spread, one_by_one
from serve.geometry.launching import launch_spans, spans_of
from serve.geometry.mesh import PartMesh, Surface, TextureMaps
from serve.render.baking.atlas import Atlas, nearest_filled, rasterise
from serve.render.baking.kernels.structs import Findings, TargetView
from serve.render.baking.kernels.transfer import transfer_texels
from serve.render.baking.openness import measure_openness
from serve.render.baking.target import check_target, upload_target
from serve.render.scene import Scene, upload_scene
from serve.render.tone import srgb_to_linear

__all__ = ["bake"]

_SPAN_TEXEL_COUNT = 16_384
_SIZE_RANGE_PX = (16, 4096)


def bake(
    source: PartMesh,
    target: PartMesh,
    texture_size: int,
    *,
    check: Callable[[], None] = lambda: None,
    spread: Spread = one_by_one,
    device: str = "cpu",
) -> PartMesh:
    """Give the target textures that make it look like the source.

    Each texel takes the source's nearest point that belongs to the part of the same name, where there is one,
    and looks the same way: its base colour, roughness and metallic, from texture, corners or part; its
    shading normal, in the target's tangent space; and how open the source is there (`baking.openness`).
    Texels outside of all charts copy the nearest one inside.

    Args:
        source: Finite, at least one face.
        target: With texture coordinates in the unit square, as `serve.geometry.unwrapping` gives them.
        texture_size: Texels on a side, 16 to 4096.
        check: Called between steps; it raises to stop.
        spread: Runs the spans of texels of a step; raises to stop.
        device: A Warp device.

    Returns:
        The target with one texture, which all of its parts share; their colours, roughnesses and metallics
        are the texture's means.

    Raises:
        InvalidRequestError: A mesh cannot be baked, or the size is out of range.
    """
    if not _SIZE_RANGE_PX[0] <= texture_size <= _SIZE_RANGE_PX[1]:
        raise InvalidRequestError(
            f"texture_size = {texture_size} must lie in {_SIZE_RANGE_PX}", "texture_size"
        )
    check_target(target)
    assert target.corner_uv is not None
    scene = upload_scene(source, device)
    check()
    atlas = rasterise(target.corner_uv, texture_size, device)
    check()
    view = upload_target(target, source, atlas, device)
    findings = _transferred(scene, view, len(atlas.texels), spread, device)
    check()
    openness = measure_openness(scene, view, findings, atlas, spread=spread, device=device)
    color, orm, normal = (array.numpy() for array in (findings.color, findings.finish, findings.bend))
    # A source's own map may know of details that its faces do not have: the darker of both is right.
    orm[:, 0] = np.minimum(orm[:, 0], np.rint(255.0 * np.clip(openness, 0.0, 1.0)).astype(np.uint8))
    nearest = nearest_filled(atlas, device)
    maps = TextureMaps(*(values[nearest] for values in (color, orm, normal)))
    surfaces = _mean_surfaces(target, atlas, color, orm)
    return replace(target, surfaces=surfaces, corner_color=None, textures=(maps,))


def _transferred(scene: Scene, view: TargetView, count: int, spread: Spread, device: str) -> Findings:
    findings = Findings()
    for name in ("color", "finish", "bend"):
        setattr(findings, name, wp.zeros(count, dtype=wp.vec3ub, device=device))
    for name in ("start", "normal", "facing"):
        setattr(findings, name, wp.zeros(count, dtype=wp.vec3, device=device))
    launch_spans(
        transfer_texels,
        spans_of(count, _SPAN_TEXEL_COUNT),
        lambda texels: [scene.view, view, texels.start, findings],
        spread=spread,
        device=device,
    )
    return findings


def _mean_surfaces(
    target: PartMesh, atlas: Atlas, color: NDArray[np.uint8], orm: NDArray[np.uint8]
) -> tuple[Surface, ...]:
    """The parts as they are on average; one without a texel keeps its numbers."""
    parts, count = target.face_part[atlas.faces].astype(np.int64) * 256, len(target.surfaces)
    plain = np.arange(256, dtype=np.float32) / np.float32(255.0)
    levels = [srgb_to_linear(plain)] * 3 + [plain] * 2
    channels = [*color.T, *orm.T[1:]]
    counts = [np.bincount(parts + channel, minlength=256 * count).reshape(-1, 256) for channel in channels]
    texel_counts = counts[0].sum(axis=1)
    sums = np.stack([count @ level for count, level in zip(counts, levels, strict=True)], axis=1)
    means = (sums / np.maximum(texel_counts, 1)[:, None]).tolist()
    return tuple(
        replace(surface, base_color=(r, g, b), roughness=roughness, metallic=metallic, texture=0)
        if texel_count
        else replace(surface, texture=0)
        for surface, texel_count, (r, g, b, roughness, metallic) in zip(
            target.surfaces, texel_counts.tolist(), means, strict=True
        )
    )
