"""What a client may ask of a film's camera: where it begins, how it goes, and through which lens.

A move reads only some of the fields, as `CameraMove` says; `idle_fields` names those set for nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import StrEnum
from itertools import pairwise
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from serve.contracts.requests import Number, Truth, json_number

__all__ = [
    "FILM_HEIGHT_MM",
    "CameraKey",
    "CameraMove",
    "CameraPath",
    "Easing",
    "focal_length_from_fov",
    "fov_from_focal_length",
    "idle_fields",
]

FILM_HEIGHT_MM = 24.0
"""Of the film that focal lengths are told for, 36 x 24 mm; its height is that of the picture."""

MIN_FOV_DEG, MAX_FOV_DEG = 1.0, 150.0
MAX_KEY_COUNT = 64
_DEFAULT_FOV_DEG = 30.0
_DEFAULT_DOLLY_FACTOR = 0.6
_DEFAULT_RISE_DEG, _HIGHEST_RISE_DEG = 35.0, 85.0


class CameraMove(StrEnum):
    """How the camera goes. The lens, `fov_deg` or `focal_length_mm`, is read by all.

    still      stands; reads azimuth_deg, elevation_deg, distance_factor
    orbit      around the vertical at one height; reads these, turns, easing
    dolly      along its line of sight; reads those of still, distance_factor_end, hold_size, easing
    crane      up or down an arc, in sight of the middle; reads those of still, elevation_end_deg, easing
    spiral     orbit, crane and dolly at once; reads all these but hold_size
    keyframes  along curves through keys; reads keys, even_speed, easing
    """

    STILL = "still"
    ORBIT = "orbit"
    DOLLY = "dolly"
    CRANE = "crane"
    SPIRAL = "spiral"
    KEYFRAMES = "keyframes"


class Easing(StrEnum):
    """How a move begins and ends: evenly, or out of and into rest."""

    LINEAR = "linear"
    IN = "in"
    OUT = "out"
    IN_OUT = "in_out"


_STANDING = frozenset({"azimuth_deg", "elevation_deg", "distance_factor"})
_READS: Mapping[CameraMove, frozenset[str]] = {
    CameraMove.STILL: _STANDING,
    CameraMove.ORBIT: _STANDING | {"turns", "easing"},
    CameraMove.DOLLY: _STANDING | {"distance_factor_end", "hold_size", "easing"},
    CameraMove.CRANE: _STANDING | {"elevation_end_deg", "easing"},
    CameraMove.SPIRAL: _STANDING | {"turns", "elevation_end_deg", "distance_factor_end", "easing"},
    CameraMove.KEYFRAMES: frozenset({"keys", "even_speed", "easing"}),
}
_READ_BY_ALL = frozenset({"move", "fov_deg", "focal_length_mm"})


def fov_from_focal_length(focal_length_mm: float) -> float:
    """The vertical angle of view, degrees, of a lens on film 24 mm high."""
    return math.degrees(2.0 * math.atan(FILM_HEIGHT_MM / (2.0 * focal_length_mm)))


def focal_length_from_fov(fov_deg: float) -> float:
    """The focal length, mm, that shows a vertical angle on film 24 mm high."""
    return FILM_HEIGHT_MM / (2.0 * math.tan(math.radians(fov_deg) / 2.0))


def _with_length(vector: tuple[float, float, float]) -> tuple[float, float, float]:
    if math.hypot(*vector) < 1e-6:
        raise ValueError(f"{list(vector)} has no direction; [0, 1, 0] is upwards")
    return vector


Coordinate = Annotated[float, Field(ge=-1e5, le=1e5), BeforeValidator(json_number)]
Point = tuple[Coordinate, Coordinate, Coordinate]
Angle = Annotated[float, Field(ge=-90, le=90), BeforeValidator(json_number)]
Fov = Annotated[float, Field(ge=MIN_FOV_DEG, le=MAX_FOV_DEG), BeforeValidator(json_number)]
FocalLength = Annotated[float, Field(ge=3.5, le=1300), BeforeValidator(json_number)]
DistanceFactor = Annotated[float, Field(ge=0.05, le=20), BeforeValidator(json_number)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class CameraKey(_Part):
    """Where the camera is at an instant; in the asset's axes: metres, Y up, +Z its front."""

    time_s: Number = Field(ge=0, le=120, description="Seconds from the film's beginning")
    eye: Point = Field(description="Where it stands")
    target: Point = Field(description="What is in the middle of the picture")
    up: Annotated[Point, AfterValidator(_with_length)] = Field(
        (0.0, 1.0, 0.0), description="What is upwards in the picture"
    )
    roll_deg: Number = Field(
        0.0, ge=-3600, le=3600, description="Leans the camera to its right about its sight"
    )
    fov_deg: Fov | None = Field(None, description="Vertical angle of view; by default the path's")

    @model_validator(mode="after")
    def _looks_somewhere(self) -> CameraKey:
        if math.dist(self.eye, self.target) < 1e-6:
            raise ValueError(
                f"eye and target are both at {list(self.eye)}; put the target where it shall look"
            )
        return self


class CameraPath(_Part):
    """How the camera goes; which move reads which field, `move` says."""

    move: CameraMove = Field(CameraMove.ORBIT, description="How it goes")
    azimuth_deg: Number = Field(
        32.0, ge=-360, le=360, description="Where it begins: 0 is before the front, 90 on the side of +X"
    )
    elevation_deg: Angle = Field(20.0, description="Above the horizon, at the beginning")
    elevation_end_deg: Angle | None = Field(
        None, description="Crane, spiral: at the end; by default 35 higher, at most 85"
    )
    turns: Number = Field(
        1.0, ge=-20, le=20, description="Orbit, spiral: rounds, towards +X first; whole ones loop"
    )
    distance_factor: DistanceFactor = Field(
        1.0, description="At the beginning, in distances at which the asset fills the picture"
    )
    distance_factor_end: DistanceFactor | None = Field(
        None, description="Dolly, spiral: at the end; by default 0.6 for a dolly, else as at the beginning"
    )
    hold_size: Truth = Field(
        False, description="Dolly: the lens opens as the camera nears, so that the asset keeps its size"
    )
    fov_deg: Fov | None = Field(None, description="Vertical angle of view; by default 30")
    focal_length_mm: FocalLength | None = Field(
        None, description="Or the focal length, on film of 36 x 24 mm"
    )
    easing: Easing | None = Field(
        None, description="How it begins and ends; by default linear for orbit and keyframes, else in_out"
    )
    keys: tuple[CameraKey, ...] = Field(
        (),
        max_length=MAX_KEY_COUNT,
        description="Keyframes: where it is when, in the order of time; 2 or more",
    )
    even_speed: Truth = Field(
        False,
        description="Keyframes: at one speed from the first key to the last, whatever the times between",
    )

    @property
    def fov_begin_deg(self) -> float:
        """The vertical angle of view at the beginning, however it was given."""
        if self.focal_length_mm is not None:
            return fov_from_focal_length(self.focal_length_mm)
        return _DEFAULT_FOV_DEG if self.fov_deg is None else self.fov_deg

    @property
    def turns_made(self) -> float:
        """The rounds that the move makes, none unless it reads them."""
        return self.turns if self.reads("turns") else 0.0

    @property
    def elevation_last_deg(self) -> float:
        """The elevation at the end."""
        if not self.reads("elevation_end_deg"):
            return self.elevation_deg
        if self.elevation_end_deg is not None:
            return self.elevation_end_deg
        return min(self.elevation_deg + _DEFAULT_RISE_DEG, _HIGHEST_RISE_DEG)

    @property
    def distance_factor_last(self) -> float:
        """The distance at the end, in distances of framing."""
        if self.reads("distance_factor_end") and self.distance_factor_end is not None:
            return self.distance_factor_end
        return _DEFAULT_DOLLY_FACTOR if self.move is CameraMove.DOLLY else self.distance_factor

    @property
    def pace(self) -> Easing:
        """How it begins and ends."""
        even = self.move in (CameraMove.ORBIT, CameraMove.KEYFRAMES)
        return self.easing or (Easing.LINEAR if even else Easing.IN_OUT)

    def reads(self, field: str) -> bool:
        """Whether a field has any effect on the move."""
        return field in _READ_BY_ALL or field in _READS[self.move]

    @model_validator(mode="after")
    def _has_one_lens(self) -> CameraPath:
        if self.fov_deg is not None and self.focal_length_mm is not None:
            raise ValueError("fov_deg and focal_length_mm both say what the lens is; give one of them")
        return self

    @model_validator(mode="after")
    def _has_keys_where_they_belong(self) -> CameraPath:
        if self.move is CameraMove.KEYFRAMES and len(self.keys) < 2:
            raise ValueError(
                f"keyframes go through 2 to {MAX_KEY_COUNT} keys, and there are {len(self.keys)}"
            )
        if self.move is not CameraMove.KEYFRAMES and self.keys:
            raise ValueError(f"{self.move} reads no keys; leave them out, or take the move keyframes")
        for number, (before, after) in enumerate(pairwise(self.keys), 1):
            if after.time_s <= before.time_s:
                raise ValueError(
                    f"keys.{number}.time_s = {after.time_s:g} is not later than the key before, "
                    f"at {before.time_s:g}: put the keys in the order of time"
                )
            if self.even_speed and math.dist(before.eye, after.eye) < 1e-6:
                raise ValueError(
                    f"keys.{number}.eye is {list(after.eye)} as in the key before, and at even_speed the "
                    "camera never rests: move one, or leave even_speed out"
                )
        return self

    @model_validator(mode="after")
    def _can_hold_the_size(self) -> CameraPath:
        if self.move is CameraMove.DOLLY and self.hold_size:
            opening = math.tan(math.radians(self.fov_begin_deg) / 2) * self.distance_factor
            fov_deg = math.degrees(2 * math.atan(opening / self.distance_factor_last))
            if not MIN_FOV_DEG <= fov_deg <= MAX_FOV_DEG:
                raise ValueError(
                    f"hold_size ends at fov_deg {fov_deg:.3g}, not from {MIN_FOV_DEG:g} to {MAX_FOV_DEG:g}: "
                    "bring distance_factor and distance_factor_end together"
                )
        return self


def idle_fields(path: CameraPath) -> tuple[str, ...]:
    """One sentence on each field that differs from its default, and that the move does not read."""
    return tuple(
        f"camera.{name} has no effect: the move {path.move} does not read it"
        for name, field in CameraPath.model_fields.items()
        if not path.reads(name) and getattr(path, name) != field.get_default()
    )
