"""What a client may ask of a film: camera, motion, light, background, size, time and coding."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from serve.contracts.artifacts import Digest
from serve.contracts.camera import CameraPath
from serve.contracts.quality import Quality
from serve.contracts.requests import JobRequest, Number, TextTo3dRequest, json_number

__all__ = [
    "Background",
    "BackgroundKind",
    "Codec",
    "Container",
    "Light",
    "LightPreset",
    "Motion",
    "MotionPreset",
    "VideoRequest",
]

MAX_SIDE_PX = 4096
MAX_PIXEL_COUNT = 4096 * 2304
MAX_FRAME_COUNT = 3600


class MotionPreset(StrEnum):
    """How the asset moves."""

    NONE = "none"
    SPIN = "spin"
    BOUNCE = "bounce"
    WALK = "walk"
    WAVE = "wave"
    FLY = "fly"
    DRIVE = "drive"
    IDLE = "idle"
    EXPLODE = "explode"
    BVH = "bvh"


class LightPreset(StrEnum):
    """Where the light comes from."""

    STUDIO = "studio"
    DARK = "dark"
    DAYLIGHT = "daylight"
    SUNSET = "sunset"
    OVERCAST = "overcast"
    NIGHT = "night"


class BackgroundKind(StrEnum):
    """What is behind the asset; `light` is what belongs to the light: its backdrop or its surroundings."""

    LIGHT = "light"
    COLOR = "color"
    GRADIENT = "gradient"
    TRANSPARENT = "transparent"


class Codec(StrEnum):
    """How the frames are coded; `png` is a ZIP of them."""

    H264 = "h264"
    H265 = "h265"
    AV1 = "av1"
    VP9 = "vp9"
    GIF = "gif"
    PNG = "png"


class Container(StrEnum):
    """The file around the frames; `auto` is MP4 for H.264, H.265 and AV1, WebM for VP9."""

    AUTO = "auto"
    MP4 = "mp4"
    WEBM = "webm"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


Color = Annotated[str, Field(pattern="^#[0-9A-Fa-f]{6}$")]
Side = Annotated[int, Field(ge=16, le=MAX_SIDE_PX), BeforeValidator(json_number)]


class Motion(_Part):
    """How the asset moves."""

    preset: MotionPreset = Field(MotionPreset.NONE, description="What it does; the asset must be able to")
    speed: Number = Field(1.0, ge=0.1, le=10, description="How fast; 1 is natural")
    bvh: Digest | None = Field(None, description="Digest of a BVH file, whose motion it takes over")

    @model_validator(mode="after")
    def _has_its_file(self) -> Motion:
        if (self.preset is MotionPreset.BVH) != (self.bvh is not None):
            raise ValueError("preset bvh and a file, bvh, belong together: give both or neither")
        return self


class Light(_Part):
    """Where the light comes from."""

    preset: LightPreset = Field(LightPreset.STUDIO, description="A row of the light presets")
    environment: Digest | None = Field(None, description="Digest of a Radiance .hdr panorama, instead of the preset")
    rotation_deg: Number = Field(0.0, ge=-360, le=360, description="Turns the light about the vertical")
    intensity: Number = Field(1.0, ge=0.01, le=100, description="Makes it brighter or darker")


class Background(_Part):
    """What is behind the asset."""

    kind: BackgroundKind = Field(BackgroundKind.LIGHT, description="What is behind the asset")
    color: Color | None = Field(None, description="sRGB, such as #c0d8ff; of a gradient the top")
    color_end: Color | None = Field(None, description="The bottom of a gradient")


class VideoRequest(JobRequest):
    """An asset becomes a film: it turns, or the camera goes around it, or it moves."""

    asset: Digest | None = Field(None, description="Digest of a mesh that you may read, as `convert` takes it")
    text_to_3d: TextTo3dRequest | None = Field(None, description="Or what to make first")
    quality: Quality = Field(Quality.MEDIUM, description="Tier: size, samples, coding")
    width: Side | None = Field(None, description="Pixels; by default the tier's")
    height: Side | None = Field(None, description="Pixels; by default the width")
    fps: Number = Field(30.0, ge=1, le=120, description="Frames a second")
    duration_s: Number = Field(4.0, ge=0.03, le=120, description="Seconds; times fps at most 3,600 frames")
    sample_count: Annotated[int, Field(ge=1, le=1024), BeforeValidator(json_number)] | None = Field(
        None, description="Camera rays for each pixel; by default the tier's"
    )
    codec: Codec = Field(Codec.H264, description="How the frames are coded")
    container: Container = Field(Container.AUTO, description="The file around them")
    camera: CameraPath = Field(default_factory=CameraPath, description="How the camera goes")
    motion: Motion = Field(default_factory=Motion, description="How the asset moves")
    light: Light = Field(default_factory=Light, description="Where the light comes from")
    background: Background = Field(default_factory=Background, description="What is behind the asset")

    @model_validator(mode="after")
    def _is_of_one_thing(self) -> VideoRequest:
        if (self.asset is None) == (self.text_to_3d is None):
            raise ValueError("give what to film: either asset or text_to_3d, and not both")
        return self

    @model_validator(mode="after")
    def _is_within_limits(self) -> VideoRequest:
        if round(self.fps * self.duration_s) > MAX_FRAME_COUNT:
            raise ValueError(
                f"fps {self.fps:g} for {self.duration_s:g} s is {round(self.fps * self.duration_s):,} frames; "
                f"the limit is {MAX_FRAME_COUNT:,}: ask for fewer or shorter"
            )
        if (self.width or 0) * (self.height or self.width or 0) > MAX_PIXEL_COUNT:
            raise ValueError(f"{self.width} x {self.height} is more than {MAX_PIXEL_COUNT:,} pixels: ask for less")
        return self
