"""An asset becomes a film."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from serve.contracts.camera import idle_fields
from serve.contracts.errors import UnsupportedFormatError
from serve.contracts.plan import ASSET, Plan, StageCall
from serve.contracts.video import BackgroundKind, Codec, MotionPreset, ThreeDToVideoRequest
from serve.formats.video import HOW_TO_GET_VIDEO, VideoFormat, video_available
from serve.motion.presets import kinds_for
from serve.planning.finishing import call, textured
from serve.planning.names import asset_name
from serve.planning.text_to_3d import shape_warnings, shaped, texture_size_of
from serve.render.film_settings import FILM_SAMPLE_COUNTS

__all__ = ["film_work", "plan_three_d_to_video"]

_CHUNK_WORK = 12 * 512 * 512 * 4  # camera rays of a chunk: ten or twenty seconds of two laptop cores
_FEWEST_FRAMES, _MOST_FRAMES = 4, 60  # of a chunk


def plan_three_d_to_video(request: ThreeDToVideoRequest) -> Plan:
    """The stages from an asset, or from a sentence, to a film of it; beside them a small one to look at.

    Raises:
        UnsupportedFormatError: This build cannot write the codec.
    """
    _check_codec(request.codec)
    warnings: list[str] = [*idle_fields(request.camera)]
    calls, mesh, name = _subject(request, warnings)
    seen = _moving(calls, request, mesh)
    results: dict[str, str] = {}
    _exported(calls, results, seen, name)
    _filmed(calls, results, seen, request)
    main = VideoFormat(**_coding(request)).file_ext
    results = {main: results.pop("video"), **results}
    return Plan(calls=tuple(calls), results=results, main=main, warnings=tuple(warnings))


def film_work(request: ThreeDToVideoRequest) -> int:
    """How many camera rays a film takes."""
    width, height = request.size_px
    count = request.sample_count or FILM_SAMPLE_COUNTS[request.quality][0]
    return width * height * count * request.frame_count


def _check_codec(codec: Codec) -> None:
    if codec is not Codec.PNG and not video_available():
        raise UnsupportedFormatError(
            f"codec: {codec.value} cannot be written here: {HOW_TO_GET_VIDEO}; "
            "or take png, a ZIP of pictures",
            "codec",
        )


def _subject(request: ThreeDToVideoRequest, warnings: list[str]) -> tuple[list[StageCall], str, str]:
    """The calls that give the mesh, its source, and what it is called in files."""
    wish = request.text_to_3d
    if wish is None:
        return [call("read_mesh", file=f"{ASSET}.{request.asset}")], "read_mesh.mesh", "asset"
    warnings += shape_warnings(wish)
    size = texture_size_of(wish)
    calls, mesh = shaped(wish, with_source=size > 0)
    return calls, textured(calls, mesh, size, ""), asset_name(wish.prompt)


def _moving(calls: list[StageCall], request: ThreeDToVideoRequest, mesh: str) -> dict[str, str]:
    """Add the calls that let it move, if it shall; return what a film needs of it."""
    motion = request.motion
    if motion.preset is MotionPreset.NONE:
        return {"mesh": mesh}
    kinds = kinds_for(motion.preset)
    calls.append(call("rig", {"kinds": kinds}, mesh=mesh))
    moves = {"mesh": "rig.mesh", "rig": "rig.rig"}
    if motion.bvh is not None:
        calls.append(
            call(
                "retarget",
                {"speed": motion.speed, "turns": motion.turns, "duration_s": request.duration_s},
                **moves,
                file=f"{ASSET}.{motion.bvh}",
            )
        )
        return {**moves, "clip": "retarget.clip"}
    timing = {"duration_s": request.duration_s, "speed": motion.speed, "fps": request.fps}
    what = {"preset": motion.preset.value, "turns": motion.turns}
    calls.append(call("animate", {**what, **timing}, **moves))
    return {**moves, "clip": "animate.clip"}


def _exported(calls: list[StageCall], results: dict[str, str], seen: Mapping[str, str], name: str) -> None:
    """Add the asset's own file: one that plays, where it moves."""
    if "clip" in seen:
        calls.append(call("export_animation", {"name": name}, **seen))
        results["glb"] = "export_animation.asset"
    else:
        calls.append(call("export", {"format": "glb", "name": name}, **seen))
        results["glb"] = "export.asset"


def _filmed(
    calls: list[StageCall], results: dict[str, str], seen: Mapping[str, str], request: ThreeDToVideoRequest
) -> None:
    """Add the camera, the frames in chunks, and the film."""
    width, height = request.size_px
    aiming = {
        "path": request.camera.model_dump(mode="json"),
        "frame_count": request.frame_count,
        "fps": request.fps,
        "aspect": width / height,
    }
    calls.append(call("aim", aiming, **seen))
    shown = {**seen, "camera": "aim.camera", "room": "aim.room", **_environment(request)}
    look = _look(request)
    calls.append(call("peek", {**look, "frame_count": request.frame_count}, **shown))
    chunks = {}
    for number, (first, count) in enumerate(_chunks(request)):
        # The name is how those who watch the job learn which frames are done.
        name = f"frames_{first + 1}-{first + count}_of_{request.frame_count}"
        which = {"quality": request.quality.value, "sample_count": request.sample_count}
        taken = {**look, **which, "first": first, "frame_count": count}
        calls.append(call(name, taken, stage="render_frames", **shown))
        chunks[f"frames{number}"] = f"{name}.frames"
    calls.append(call("encode_video", _coding(request), **chunks))
    results |= {output: f"encode_video.{output}" for output in ("video", "poster", "film")}
    results["camera"] = "aim.camera"


def _environment(request: ThreeDToVideoRequest) -> dict[str, str]:
    digest = request.light.environment
    return {} if digest is None else {"environment": f"{ASSET}.{digest}"}


def _look(request: ThreeDToVideoRequest) -> dict[str, Any]:
    """How all frames are taken."""
    (width, height), light = request.size_px, request.light
    return {
        "fps": request.fps,
        "light": light.preset.value,
        "rotation_deg": light.rotation_deg,
        "intensity": light.intensity,
        "background": request.background.model_dump(mode="json"),
        "width": width,
        "height": height,
    }


def _chunks(request: ThreeDToVideoRequest) -> list[tuple[int, int]]:
    """First frame and number of frames of each chunk, as even as can be."""
    each = _CHUNK_WORK * request.frame_count // film_work(request)
    each = min(max(each, _FEWEST_FRAMES), _MOST_FRAMES)
    count = -(-request.frame_count // each)
    ends = [request.frame_count * number // count for number in range(count + 1)]
    return [(first, end - first) for first, end in pairwise(ends)]


def _coding(request: ThreeDToVideoRequest) -> dict[str, Any]:
    """How the frames are coded."""
    width, height = request.size_px
    return {
        "width": width,
        "height": height,
        "fps": request.fps,
        "frame_count": request.frame_count,
        "codec": request.codec,
        "container": request.container,
        "quality": request.quality,
        "transparent": request.background.kind is BackgroundKind.TRANSPARENT,
    }
