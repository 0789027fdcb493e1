"""What can be asked for, as keyword arguments; the service alone judges their values.

What is not given is not sent: defaults are the service's.
"""

# Annotations are evaluated here: a TypedDict does not see `Required` in a text.
from typing import Literal, Required, TypedDict

__all__ = ["JobFields", "TextTo3dFields"]


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
        texture_size: Side of the texture in pixels, a power of two.
        guidance_scale: How hard to follow the prompt.
        seed: The same seed gives the same asset; -1, the default, draws one, and the job tells which.
    """

    prompt: Required[str]
    negative_prompt: str
    format: Literal["glb", "obj", "ply", "stl", "usdz", "fbx"]
    quality: Literal["draft", "medium", "high", "ultra"]
    poly_count: int
    texture_size: int
    guidance_scale: float
    seed: int
