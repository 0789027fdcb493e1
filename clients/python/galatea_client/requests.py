"""What can be asked for, as keyword arguments; the service alone judges their values.

What is not given is not sent: defaults are the service's.
"""

# Annotations are evaluated here: a TypedDict does not see `Required` in a text.
from collections.abc import Sequence
from typing import Literal, Required, TypedDict

__all__ = ["ConvertFields", "JobFields", "TextTo3dFields"]

Format = Literal["glb", "obj", "ply", "stl", "usdz", "fbx", "gltf"]
Policy = Literal["strict", "game", "print", "sim"]


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


class TextTo3dFields(JobFields, total=False):
    """A sentence becomes a 3D asset.

    Attributes:
        prompt: What to make, up to 1,000 characters.
        negative_prompt: What to stay away from.
        format: File format of the asset; `glb` by default.
        quality: Tier; `medium` by default.
        poly_count: Most faces of the asset.
        texture_size: Side of the texture in pixels; 0 for none; by default what the quality says.
        guidance_scale: How hard to follow the prompt.
        seed: The same seed gives the same asset; -1, the default, draws one, and the job tells which.
        lod_count: Coarser versions beside the asset, each of half the faces.
        compression: Of GLB and glTF.
        policy: What the asset must be fit for, or the job fails.
    """

    prompt: Required[str]
    negative_prompt: str
    format: Format
    quality: Literal["draft", "medium", "high", "ultra"]
    poly_count: int
    texture_size: int
    guidance_scale: float
    seed: int
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
