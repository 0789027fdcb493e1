"""The one table of endpoints: each wire offers every row, and knows none by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from serve.contracts.plan import Plan
from serve.contracts.quality import Quality
from serve.contracts.requests import ConvertRequest, JobRequest, TextTo3dRequest
from serve.contracts.video import MotionPreset, ThreeDToVideoRequest
from serve.planning import film_work, plan_convert, plan_text_to_3d, plan_three_d_to_video

__all__ = ["CONVERT", "OPERATIONS", "TEXT_TO_3D", "THREE_D_TO_VIDEO", "Operation"]

# Seconds of one job on two laptop cores, before any was measured here: benchmarks/generate.md, rounded up.
_TIER_S = {Quality.DRAFT: 0.7, Quality.MEDIUM: 4.5, Quality.HIGH: 13.0, Quality.ULTRA: 41.0}
_CONVERT_S, _BAKE_S = 2.0, 3.0
# A film on two laptop cores (benchmarks/render.md): what a pixel costs however few its rays, and the rays.
_PIXELS_A_SECOND, _CAMERA_RAYS_A_SECOND, _RIG_S = 1.2e6, 1.8e6, 3.0


@dataclass(frozen=True, slots=True)
class Operation:
    """Something that the service can be asked to do.

    Args:
        name: What jobs of it are called; also names the gRPC method.
        path: Where HTTP takes it.
        request: The contract of its fields.
        plan: Request -> its stages; raises `UnsupportedFormatError` and its like, and has no other effect.
        summary: One sentence for the documentation.
        estimate_s: Request -> seconds that such a job usually takes.
        example: Fields of a request that works, for pages and tests; an asset's digest is any.
    """

    name: str
    path: str
    request: type[JobRequest]
    plan: Callable[[Any], Plan]
    summary: str
    estimate_s: Callable[[Any], float]
    example: Mapping[str, Any]


def _text_to_3d_s(request: TextTo3dRequest) -> float:
    return _TIER_S[request.quality]


TEXT_TO_3D = Operation(
    name="text-to-3d",
    path="/v1/text-to-3d",
    request=TextTo3dRequest,
    plan=plan_text_to_3d,
    summary="A sentence becomes a 3D asset.",
    estimate_s=_text_to_3d_s,
    example={"prompt": "a tall red lamp with a blue stand"},
)


def _convert_s(request: ConvertRequest) -> float:
    return _CONVERT_S + _BAKE_S * (1 + request.lod_count) * bool(request.poly_count or request.texture_size)


CONVERT = Operation(
    name="convert",
    path="/v1/convert",
    request=ConvertRequest,
    plan=plan_convert,
    summary="An uploaded mesh is repaired, brought to a budget, textured, and written in other formats.",
    estimate_s=_convert_s,
    example={"asset": "0" * 64, "formats": ["glb", "stl"], "poly_count": 5000},
)


def _three_d_to_video_s(request: ThreeDToVideoRequest) -> float:
    wish = request.text_to_3d
    making = _CONVERT_S if wish is None else _TIER_S[wish.quality]
    moving = _RIG_S * (request.motion.preset is not MotionPreset.NONE)
    (width, height), count = request.size_px, request.frame_count
    taking = width * height * count / _PIXELS_A_SECOND + film_work(request) / _CAMERA_RAYS_A_SECOND
    return making + moving + taking


THREE_D_TO_VIDEO = Operation(
    name="3d-to-video",
    path="/v1/3d-to-video",
    request=ThreeDToVideoRequest,
    plan=plan_three_d_to_video,
    summary="An asset becomes a film: the camera goes around it, or it moves, or both.",
    estimate_s=_three_d_to_video_s,
    example={"asset": "0" * 64, "quality": "draft", "duration_s": 2, "motion": {"preset": "spin"}},
)

# Sorted by name.
OPERATIONS: tuple[Operation, ...] = (THREE_D_TO_VIDEO, CONVERT, TEXT_TO_3D)
