"""A film's camera as a JSON document: what a player or a 3D program needs to see the asset as the film does.

    {"format": "galatea.camera-path", "version": 1, "fps": 30.0, "frames": [
        {"time_s": 0.0, "eye": [x, y, z], "target": [x, y, z], "up": [x, y, z], "fov_deg": 30.0,
         "focal_length_mm": 44.78}, ...]}

Right-handed, Y up, metres; `fov_deg` is the vertical angle of view, as three.js and glTF have it, and
`focal_length_mm` the same on film 24 mm high. `path_schema` is the document's JSON Schema.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from serve.contracts.camera import focal_length_from_fov
from serve.contracts.errors import InvalidRequestError
from serve.render.camera import Camera

__all__ = ["path_json", "path_schema", "read_path_json"]

Vector = tuple[float, float, float]


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class _Frame(_Document):
    """The camera of one frame."""

    time_s: float = Field(ge=0, description="Seconds from the film's beginning")
    eye: Vector = Field(description="Where it stands, metres")
    target: Vector = Field(description="What is in the middle of the picture, metres")
    up: Vector = Field(description="What is upwards in the picture")
    fov_deg: float = Field(gt=0, lt=180, description="Vertical angle of view")
    focal_length_mm: float = Field(gt=0, description="The same, on film 24 mm high")


class _Path(_Document):
    """The camera of a film, frame by frame."""

    format: Literal["galatea.camera-path"] = "galatea.camera-path"
    version: Literal[1] = 1
    fps: float = Field(gt=0, description="Frames a second")
    frames: tuple[_Frame, ...] = Field(min_length=1)


def path_json(cameras: tuple[Camera, ...], fps: float) -> str:
    """The document of a film's cameras, at least one; equal cameras give equal text, to the last digit."""
    frames = tuple(
        _Frame(
            time_s=index / fps,
            eye=camera.eye,
            target=camera.target,
            up=camera.up,
            fov_deg=camera.fov_deg,
            focal_length_mm=focal_length_from_fov(camera.fov_deg),
        )
        for index, camera in enumerate(cameras)
    )
    return _Path(fps=fps, frames=frames).model_dump_json()


def read_path_json(text: str) -> tuple[tuple[Camera, ...], float]:
    """The cameras of a document, exactly those that were written, and their frames a second.

    Raises:
        InvalidRequestError: It is not such a document, or a camera in it looks nowhere.
    """
    try:
        path = _Path.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "document"
        raise InvalidRequestError(f"camera path: {where}: {first['msg']}", "camera") from None
    cameras = tuple(Camera(frame.eye, frame.target, frame.up, frame.fov_deg) for frame in path.frames)
    return cameras, path.fps


def path_schema() -> dict[str, Any]:
    """The JSON Schema of the document."""
    return _Path.model_json_schema(mode="serialization")
