"""`galatea film`: an asset, or what a sentence becomes, as a film."""

from __future__ import annotations

from collections.abc import Mapping
from os.path import isfile
from pathlib import Path
from typing import Annotated, Any

import typer

from galatea.options import ApiKey, Deadline, Out, There
from serve.contracts.camera import CameraMove, Easing
from serve.contracts.errors import InvalidRequestError
from serve.contracts.quality import Quality
from serve.contracts.video import BackgroundKind, Codec, Container, LightPreset, MotionPreset

__all__ = ["film"]

_MESH_ENDINGS = {".glb", ".gltf", ".obj", ".ply", ".stl", ".zip"}


def film(
    subject: Annotated[str, typer.Argument(help="A GLB, glTF, OBJ, PLY or STL file, or 'a sentence'.")],
    out: Out = Path("."),
    quality: Annotated[Quality | None, typer.Option(help="Of the film; medium by default.")] = None,
    width: Annotated[int | None, typer.Option(help="Pixels; by default the quality's.")] = None,
    height: Annotated[int | None, typer.Option(help="Pixels; by default the width.")] = None,
    fps: Annotated[float | None, typer.Option(help="Frames a second; 30 by default.")] = None,
    duration_s: Annotated[float | None, typer.Option(help="Seconds; 4 by default.")] = None,
    sample_count: Annotated[int | None, typer.Option(help="Camera rays for each pixel.")] = None,
    codec: Annotated[Codec | None, typer.Option(help="h264 by default; png is a ZIP of pictures.")] = None,
    container: Annotated[Container | None, typer.Option(help="The file around the frames.")] = None,
    move: Annotated[CameraMove | None, typer.Option(help="How the camera goes; orbit by default.")] = None,
    azimuth_deg: Annotated[float | None, typer.Option(help="Where it begins; 0 is before the front.")] = None,
    elevation_deg: Annotated[float | None, typer.Option(help="Above the horizon; 20 by default.")] = None,
    turns: Annotated[float | None, typer.Option(help="Of an orbit or a spiral; 1 by default.")] = None,
    distance_factor: Annotated[float | None, typer.Option(help="1 fills the picture.")] = None,
    fov_deg: Annotated[float | None, typer.Option(help="Vertical angle of view; 30 by default.")] = None,
    easing: Annotated[Easing | None, typer.Option(help="How the camera begins and ends.")] = None,
    camera: Annotated[Path | None, typer.Option(help="A JSON file of its fields, such as keys.")] = None,
    motion: Annotated[MotionPreset | None, typer.Option(help="How the asset moves.")] = None,
    speed: Annotated[float | None, typer.Option(help="Of the motion; 1 is natural.")] = None,
    spin_turns: Annotated[float | None, typer.Option(help="Rounds that it makes meanwhile.")] = None,
    bvh: Annotated[Path | None, typer.Option(help="A BVH file whose motion it takes over.")] = None,
    light: Annotated[LightPreset | None, typer.Option(help="studio by default.")] = None,
    environment: Annotated[Path | None, typer.Option(help="A Radiance .hdr panorama as the light.")] = None,
    rotation_deg: Annotated[float | None, typer.Option(help="Turns the light about the vertical.")] = None,
    intensity: Annotated[float | None, typer.Option(help="Of the light; 1 by default.")] = None,
    background: Annotated[BackgroundKind | None, typer.Option(help="What is behind the asset.")] = None,
    color: Annotated[str | None, typer.Option(help="Of the background: '#c0d8ff'.")] = None,
    color_end: Annotated[str | None, typer.Option(help="The lower end of a gradient.")] = None,
    seed: Annotated[int | None, typer.Option(help="Of what a sentence becomes; -1 draws one.")] = None,
    deadline_s: Deadline = None,
    url: There = None,
    api_key: ApiKey = None,
) -> None:
    """Make a film of an asset: the camera goes around it, or it moves, or both."""
    from galatea.making import Order, make
    from serve.operations import THREE_D_TO_VIDEO
    from serve.planning import asset_name

    is_file = _names_a_file(subject, seed)
    goes = {"move": move, "distance_factor": distance_factor, "easing": easing, "turns": turns}
    seen = {"azimuth_deg": azimuth_deg, "elevation_deg": elevation_deg, "fov_deg": fov_deg}
    preset = MotionPreset.BVH if bvh and motion is None else motion
    fields: dict[str, Any] = {
        "text_to_3d": None if is_file else {"prompt": subject, "seed": seed},
        **{"quality": quality, "sample_count": sample_count, "codec": codec, "container": container},
        **{"width": width, "height": height, "fps": fps, "duration_s": duration_s},
        "camera": _camera(camera, {**goes, **seen}),
        "motion": {"preset": preset, "speed": speed, "turns": spin_turns},
        "light": {"preset": light, "rotation_deg": rotation_deg, "intensity": intensity},
        "background": {"kind": background, "color": color, "color_end": color_end},
        "deadline_s": deadline_s,
    }
    files = {"asset": Path(subject) if is_file else None, "motion.bvh": bvh, "light.environment": environment}
    uploads = {place: path for place, path in files.items() if path is not None}
    name = asset_name(Path(subject).stem if is_file else subject)
    make(Order(THREE_D_TO_VIDEO, fields, name, out, uploads), url, api_key)


def _camera(file: Path | None, given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a file, and over them those that were given."""
    from galatea.files import fields_in

    told = {name: value for name, value in given.items() if value is not None}
    return {**fields_in(file), **told} if file else told


def _names_a_file(subject: str, seed: int | None) -> bool:
    """Whether it is a file and no sentence, by its ending or because it is there; a seed is of sentences."""
    is_file = Path(subject).suffix.lower() in _MESH_ENDINGS or isfile(subject)
    if is_file and seed is not None:
        raise InvalidRequestError(
            f"seed: {subject} is a file, of which nothing is drawn; leave it out", "seed"
        )
    return is_file
