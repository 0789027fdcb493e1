"""What a client may ask of a film: camera, motion, light, background, size, time and coding."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["BackgroundKind", "CameraMove", "Codec", "Container", "Easing", "LightPreset", "MotionPreset"]


class CameraMove(StrEnum):
    """How the camera goes."""

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
