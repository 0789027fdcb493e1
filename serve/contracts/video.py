"""What a client may ask of a film: camera, motion, light, background, size, time and coding."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from serve.contracts.artifacts import Digest
from serve.contracts.camera import CameraPath
from serve.contracts.quality import Quality
from serve.contracts.requests import JobRequest, Number, TextTo3d, json_number

__all__ = [
    "CONTAINERS",
    "FILM_SIDES_PX",
    "Background",
    "BackgroundKind",
    "Codec",
    "Container",
    "Light",
    "LightPreset",
    "Motion",
    "MotionPreset",
    "ThreeDToVideoRequest",
]

MAX_SIDE_PX = 4096
MAX_PIXEL_COUNT = 4096 * 2304
MAX_FRAME_COUNT = 3600
MAX_FILM_PIXEL_COUNT = 2 * 10**9
"""Of all frames together, which one process holds, packed, while it codes them: 4 minutes of 512 x 512."""


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


CONTAINERS: dict[Codec, tuple[Container, ...]] = {
    Codec.H264: (Container.MP4,),
    Codec.H265: (Container.MP4,),
    Codec.AV1: (Container.MP4, Container.WEBM),
    Codec.VP9: (Container.WEBM, Container.MP4),
    Codec.GIF: (),
    Codec.PNG: (),
}
"""Where each codec's frames go, the usual one first; nowhere where the codec is a file of its own."""

TRANSPARENT_CODECS = frozenset({Codec.VP9, Codec.GIF, Codec.PNG})


FILM_SIDES_PX: dict[Quality, int] = {
    Quality.DRAFT: 384,
    Quality.MEDIUM: 512,
    Quality.HIGH: 1080,
    Quality.ULTRA: 2160,
}
"""Width and height of a film where the request names neither."""


def _needs(field: str) -> dict[str, Any]:
    return {"required": [field], "properties": {field: {"not": {"type": "null"}}}}


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


Color = Annotated[str, Field(pattern="^#[0-9A-Fa-f]{6}$")]
Side = Annotated[int, Field(ge=16, le=MAX_SIDE_PX), BeforeValidator(json_number)]


class Motion(_Part):
    """How the asset moves."""

    preset: MotionPreset = Field(MotionPreset.NONE, description="What it does; the asset must be able to")
    speed: Number = Field(1.0, ge=0.1, le=10, description="How fast; 1 is natural")
    turns: Number = Field(
        0.0, ge=-20, le=20, description="Rounds about the vertical that it makes meanwhile, during the film"
    )
    bvh: Digest | None = Field(None, description="Digest of a BVH file, whose motion it takes over")

    @model_validator(mode="after")
    def _has_its_file(self) -> Motion:
        if (self.preset is MotionPreset.BVH) != (self.bvh is not None):
            raise ValueError("preset bvh and a file, bvh, belong together: give both or neither")
        return self

    @model_validator(mode="after")
    def _turns_with_something(self) -> Motion:
        if self.turns and self.preset in (MotionPreset.NONE, MotionPreset.SPIN):
            raise ValueError(
                "turns go with another motion; for turns alone take the preset spin and its speed"
            )
        return self


class Light(_Part):
    """Where the light comes from."""

    preset: LightPreset = Field(LightPreset.STUDIO, description="A row of the light presets")
    environment: Digest | None = Field(
        None, description="Digest of a Radiance .hdr panorama, instead of the preset"
    )
    rotation_deg: Number = Field(0.0, ge=-360, le=360, description="Turns the light about the vertical")
    intensity: Number = Field(1.0, ge=0.01, le=100, description="Makes it brighter or darker")


class Background(_Part):
    """What is behind the asset."""

    kind: BackgroundKind = Field(BackgroundKind.LIGHT, description="What is behind the asset")
    color: Color | None = Field(None, description="sRGB, such as #c0d8ff; of a gradient the top")
    color_end: Color | None = Field(None, description="The bottom of a gradient")

    @model_validator(mode="after")
    def _has_its_colors(self) -> Background:
        kind, given = self.kind, (self.color is not None, self.color_end is not None)
        wanted = (
            kind in (BackgroundKind.COLOR, BackgroundKind.GRADIENT),
            kind is BackgroundKind.GRADIENT,
        )
        if given != wanted:
            names = ("color", "color_end")
            takes = " and ".join(name for name, used in zip(names, wanted, strict=True) if used) or "no color"
            raise ValueError(
                f"kind {kind.value} takes {takes}, and no other; kind color takes color, "
                "kind gradient color and color_end"
            )
        return self


class ThreeDToVideoRequest(JobRequest):
    """An asset becomes a film: the camera goes around it, or it moves, or both."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [_needs("asset"), _needs("text_to_3d")]})

    asset: Digest | None = Field(
        None, description="Digest of a mesh that you may read, as `convert` takes it"
    )
    text_to_3d: TextTo3d | None = Field(None, description="Or what to make first")
    quality: Quality = Field(Quality.MEDIUM, description="Tier of the film: size, samples, coding")
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

    @property
    def frame_count(self) -> int:
        """How many frames the film has, at least one."""
        return max(1, round(self.fps * self.duration_s))

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height."""
        width = self.width or self.height or FILM_SIDES_PX[self.quality]
        return width, self.height or width

    @model_validator(mode="after")
    def _is_of_one_thing(self) -> ThreeDToVideoRequest:
        if (self.asset is None) == (self.text_to_3d is None):
            raise ValueError("give what to film: either asset or text_to_3d, and not both")
        return self

    @model_validator(mode="after")
    def _is_within_limits(self) -> ThreeDToVideoRequest:
        count, (width, height) = self.frame_count, self.size_px
        if count > MAX_FRAME_COUNT:
            raise ValueError(
                f"fps {self.fps:g} for {self.duration_s:g} s is {count:,} frames; the limit is "
                f"{MAX_FRAME_COUNT:,}: ask for fewer or shorter"
            )
        if width * height > MAX_PIXEL_COUNT:
            raise ValueError(
                f"width {width:,} times height {height:,} is more than {MAX_PIXEL_COUNT:,} pixels: "
                "ask for less"
            )
        if width * height * count > MAX_FILM_PIXEL_COUNT:
            raise ValueError(
                f"{count:,} frames of {width:,} x {height:,} are more than {MAX_FILM_PIXEL_COUNT:,} pixels: "
                "ask for a smaller or shorter film, or for its pieces"
            )
        return self

    @model_validator(mode="after")
    def _can_be_written(self) -> ThreeDToVideoRequest:
        fitting = CONTAINERS[self.codec]
        if self.container is not Container.AUTO and self.container not in fitting:
            able = " or ".join(row.value for row in fitting) or "a file of its own"
            raise ValueError(
                f"container {self.container.value} does not hold codec {self.codec.value}, which goes into "
                f"{able}; leave it out"
            )
        if self.background.kind is BackgroundKind.TRANSPARENT and self.codec not in TRANSPARENT_CODECS:
            able = ", ".join(sorted(row.value for row in TRANSPARENT_CODECS))
            raise ValueError(
                f"background.kind transparent cannot be coded as {self.codec.value}; take codec {able}"
            )
        if self.background.kind is BackgroundKind.TRANSPARENT and self.container is Container.MP4:
            raise ValueError("container mp4 holds no transparency; take webm, or leave it out")
        return self
