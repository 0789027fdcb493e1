"""The quality tiers: one table for every stage that trades time for looks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["TIERS", "Quality", "Tier"]


class Quality(StrEnum):
    """How good, and how slow."""

    DRAFT = "draft"
    MEDIUM = "medium"
    HIGH = "high"
    ULTRA = "ultra"


@dataclass(frozen=True, slots=True)
class Tier:
    """What a quality means.

    Args:
        step_count: Denoising steps.
        resolution: Cells of the surface's grid along the asset's longest side.
        max_face_count: Most faces that this resolution supports; a larger `poly_count` is cut to it.
        texture_size: Side of the texture where the request names none, pixels; 0 for no texture.
        max_texture_size: Largest texture; a larger `texture_size` is cut to it.
        sample_count: Camera rays for each pixel of the picture.
        picture_size: The picture's width and height, pixels.
        turntable_size: Width and height of each of the turntable's views, pixels.
    """

    step_count: int
    resolution: int
    max_face_count: int
    texture_size: int
    max_texture_size: int
    sample_count: int
    picture_size: int
    turntable_size: int


TIERS: dict[Quality, Tier] = {
    Quality.DRAFT: Tier(6, 64, 10_000, 0, 512, 2, 320, 96),
    Quality.MEDIUM: Tier(8, 96, 40_000, 1024, 1024, 4, 512, 160),
    Quality.HIGH: Tier(12, 160, 150_000, 2048, 2048, 12, 768, 192),
    Quality.ULTRA: Tier(16, 224, 500_000, 4096, 4096, 32, 1024, 256),
}
