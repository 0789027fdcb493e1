"""What can be asked for, as keyword arguments; the service alone judges their values.

What is not given is not sent: defaults are the service's.
"""

# Annotations are evaluated here: a TypedDict does not see `Required` in a text.
from collections.abc import Sequence
from typing import Literal, Required, TypedDict

__all__ = [
    "Background",
    "CameraKey",
    "CameraPath",
    "ConvertFields",
    "JobFields",
    "Light",
    "Motion",
    "TextTo3d",
    "TextTo3dFields",
    "ThreeDToVideoFields",
]

Format = Literal["glb", "obj", "ply", "stl", "usdz", "fbx", "gltf"]
Policy = Literal["strict", "game", "print", "sim"]
Quality = Literal["draft", "medium", "high", "ultra"]
Point = Sequence[float]


class JobFields(TypedDict, total=False):
    """What every request may carry.

    Attributes:
        priority: Class of the job in the queue; `normal` by default.
        deadline_s: Seconds after which the job fails unless it has ended.
        webhook_url: Where a signed message goes when the job has ended.
    """

    priority: Literal["interactive", "normal", "batch"]
    deadline_s: float
    webhook_url: str


class TextTo3d(TypedDict, total=False):
    """What to make of a sentence.

    Attributes:
        prompt: What to make, up to 1,000 characters.
        negative_prompt: What to stay away from.
        quality: Tier; `medium` by default.
        poly_count: Most faces of the asset.
        texture_size: Side of the texture in pixels; 0 for none; by default what the quality says.
        guidance_scale: How hard to follow the prompt.
        seed: The same seed gives the same asset; -1, the default, draws one, and the job tells which.
    """

    prompt: Required[str]
    negative_prompt: str
    quality: Quality
    poly_count: int
    texture_size: int
    guidance_scale: float
    seed: int


class TextTo3dFields(TextTo3d, JobFields, total=False):
    """A sentence becomes a 3D asset.

    Attributes:
        format: File format of the asset; `glb` by default.
        lod_count: Coarser versions beside the asset, each of half the faces.
        compression: Of GLB and glTF.
        policy: What the asset must be fit for, or the job fails.
    """

    format: Format
    lod_count: int
    compression: Literal["none", "meshopt"]
    policy: Policy


class ConvertFields(JobFields, total=False):
    """An uploaded mesh is repaired, brought to a budget, textured and written in other formats.

    Attributes:
        asset: Digest of the file, as `upload` gives it.
        formats: What to write, the main one first; `glb` by default.
        name: Of the asset inside the files.
        up_axis: Which way is up in the file; `auto` goes by its format.
        unit_m: Metres that one unit of the file is.
        longest_m: Scale the asset to this longest side, metres.
        pivot: Where the origin shall be.
        repair: Mend what is broken; True by default.
        fill_holes: Which holes a repair closes; `small` by default.
        smooth_count: Rounds of smoothing that keep the volume.
        remesh_resolution: Make a new closed surface, of so many cells along the longest side.
        poly_count: Most faces; by default all are kept.
        texture_size: Bake the looks into a new texture of so many pixels a side; 0 for none.
        lod_count: Coarser versions, each of half the faces; `poly_count` is 10,000 then unless given.
        compression: Of GLB and glTF.
        policy: What the asset must be fit for, or the job fails.
    """

    asset: Required[str]
    formats: Sequence[Format]
    name: str
    up_axis: Literal["auto", "y", "z"]
    unit_m: float
    longest_m: float
    pivot: Literal["keep", "centre", "bottom"]
    repair: bool
    fill_holes: Literal["none", "small", "all"]
    smooth_count: int
    remesh_resolution: int
    poly_count: int
    texture_size: int
    lod_count: int
    compression: Literal["none", "meshopt"]
    policy: Policy


class CameraKey(TypedDict, total=False):
    """Where the camera is at an instant; metres in the asset's axes: Y up, +Z its front.

    Attributes:
        time_s: Seconds from the film's beginning.
        eye: Where it stands.
        target: What is in the middle of the picture.
        up: What is upwards in the picture; Y by default.
        roll_deg: Leans the camera to its right.
        fov_deg: Vertical angle of view; by default the path's.
    """

    time_s: Required[float]
    eye: Required[Point]
    target: Required[Point]
    up: Point
    roll_deg: float
    fov_deg: float


class CameraPath(TypedDict, total=False):
    """How the camera goes.

    Attributes:
        move: `orbit` by default.
        azimuth_deg: Where it begins: 0 is before the front, 90 on the side of +X.
        elevation_deg: Above the horizon, at the beginning.
        elevation_end_deg: Crane, spiral: at the end.
        turns: Orbit, spiral: rounds; whole ones loop.
        distance_factor: At the beginning, in distances at which the asset fills the picture.
        distance_factor_end: Dolly, spiral: at the end.
        hold_size: Dolly: the lens opens as the camera nears.
        fov_deg: Vertical angle of view; 30 by default.
        focal_length_mm: Or the focal length, on film of 36 x 24 mm.
        easing: How it begins and ends.
        keys: Keyframes, in the order of time.
        even_speed: Keyframes: at one speed, whatever the times between.
    """

    move: Literal["still", "orbit", "dolly", "crane", "spiral", "keyframes"]
    azimuth_deg: float
    elevation_deg: float
    elevation_end_deg: float
    turns: float
    distance_factor: float
    distance_factor_end: float
    hold_size: bool
    fov_deg: float
    focal_length_mm: float
    easing: Literal["linear", "in", "out", "in_out"]
    keys: Sequence[CameraKey]
    even_speed: bool


class Motion(TypedDict, total=False):
    """How the asset moves.

    Attributes:
        preset: What it does; `none` by default.
        speed: How fast; 1 is natural.
        turns: Rounds about the vertical that it makes meanwhile, during the film.
        bvh: Digest of a BVH file, whose motion it takes over; with the preset `bvh`.
    """

    preset: Literal["none", "spin", "bounce", "walk", "wave", "fly", "drive", "idle", "explode", "bvh"]
    speed: float
    turns: float
    bvh: str


class Light(TypedDict, total=False):
    """Where the light comes from.

    Attributes:
        preset: `studio` by default.
        environment: Digest of a Radiance .hdr panorama, instead of the preset.
        rotation_deg: Turns the light about the vertical.
        intensity: Makes it brighter or darker.
    """

    preset: Literal["studio", "dark", "daylight", "sunset", "overcast", "night"]
    environment: str
    rotation_deg: float
    intensity: float


class Background(TypedDict, total=False):
    """What is behind the asset.

    Attributes:
        kind: `light`, the default, is what belongs to the light.
        color: sRGB, such as #c0d8ff; of a gradient the top.
        color_end: The bottom of a gradient.
    """

    kind: Literal["light", "color", "gradient", "transparent"]
    color: str
    color_end: str


class ThreeDToVideoFields(JobFields, total=False):
    """An asset becomes a film: the camera goes around it, or it moves, or both.

    Attributes:
        asset: Digest of a mesh, as `upload` gives it.
        text_to_3d: Or what to make first.
        quality: Tier of the film; `medium` by default.
        width: Pixels; by default the tier's.
        height: Pixels; by default the width.
        fps: Frames a second; 30 by default.
        duration_s: Seconds; 4 by default.
        sample_count: Camera rays for each pixel; by default the tier's.
        codec: How the frames are coded; `h264` by default.
        container: The file around them.
        camera: How the camera goes.
        motion: How the asset moves.
        light: Where the light comes from.
        background: What is behind the asset.
    """

    asset: str
    text_to_3d: TextTo3d
    quality: Quality
    width: int
    height: int
    fps: float
    duration_s: float
    sample_count: int
    codec: Literal["h264", "h265", "av1", "vp9", "gif", "png"]
    container: Literal["auto", "mp4", "webm"]
    camera: CameraPath
    motion: Motion
    light: Light
    background: Background
