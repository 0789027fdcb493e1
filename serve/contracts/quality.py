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
        texture_size: Largest texture, pixels a side.
        sample_count: Camera rays for each pixel of the picture.
        picture_size: The picture's width and height, pixels.
    """

    step_count: int
    resolution: int
    max_face_count: int
    texture_size: int
    sample_count: int
    picture_size: int


TIERS: dict[Quality, Tier] = {
    Quality.DRAFT: Tier(6, 64, 10_000, 512, 2, 320),
    Quality.MEDIUM: Tier(8, 96, 40_000, 1024, 4, 512),
    Quality.HIGH: Tier(12, 160, 150_000, 2048, 12, 768),
    Quality.ULTRA: Tier(16, 224, 500_000, 4096, 32, 1024),
}
