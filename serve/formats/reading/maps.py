"""A material's factors and pictures, multiplied into the maps that Galatea keeps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from serve.formats.color import linear, srgb_bytes
from serve.formats.reading.limits import Tally
from serve.geometry.mesh import TextureMaps

__all__ = ["Sheets", "fold_maps", "mean_alpha"]


_STEEPEST = 100.0  # scale of a normal map; beyond, all of it leans over
_ALL_BYTES = np.arange(256, dtype=np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Sheets:
    """Pictures and factors of a look as files have them; pictures are uint8 [H, W, 4] of any size.

    Args:
        base_color: sRGB.
        color_factor: Linear; multiplies it.
        roughness: The green channel counts.
        roughness_factor: Multiplies it.
        metallic: The blue channel counts.
        metallic_factor: Multiplies it.
        occlusion: The red channel counts.
        occlusion_strength: 0 for none of it, 1 for all.
        normal: Tangent space, +Y along growing v upwards.
        normal_scale: Multiplies its X and Y.
    """

    base_color: NDArray[np.uint8] | None = None
    color_factor: tuple[float, float, float] = (1.0, 1.0, 1.0)
    roughness: NDArray[np.uint8] | None = None
    roughness_factor: float = 1.0
    metallic: NDArray[np.uint8] | None = None
    metallic_factor: float = 0.0
    occlusion: NDArray[np.uint8] | None = None
    occlusion_strength: float = 1.0
    normal: NDArray[np.uint8] | None = None
    normal_scale: float = 1.0

    @property
    def pictures(self) -> list[NDArray[np.uint8]]:
        """Those that there are."""
        found = (self.base_color, self.roughness, self.metallic, self.occlusion, self.normal)
        return [picture for picture in found if picture is not None]


def fold_maps(sheets: Sheets, texels: Tally) -> TextureMaps | None:
    """Maps of one size, that of the largest picture; None without pictures.

    Raises:
        UnreadableMeshError: The maps of the file become too many.
    """
    if not sheets.pictures:
        return None
    height = max(picture.shape[0] for picture in sheets.pictures)
    width = max(picture.shape[1] for picture in sheets.pictures)
    has_orm = any(picture is not None for picture in (sheets.roughness, sheets.metallic, sheets.occlusion))
    texels.add(height * width * (1 + has_orm + (sheets.normal is not None)))
    return TextureMaps(
        _base_color(sheets, height, width),
        _orm(sheets, height, width) if has_orm else None,
        None if sheets.normal is None else _normal(sheets.normal, sheets.normal_scale, height, width),
    )


def mean_alpha(picture: NDArray[np.uint8]) -> float:
    """The mean of the alpha channel, 0 to 1."""
    return float(picture[..., 3].mean(dtype=np.float64)) / 255.0


def _base_color(sheets: Sheets, height: int, width: int) -> NDArray[np.uint8]:
    tables = [srgb_bytes(linear(_ALL_BYTES) * factor) for factor in sheets.color_factor]
    return _through(sheets.base_color, (0, 1, 2), tables, height, width)


def _orm(sheets: Sheets, height: int, width: int) -> NDArray[np.uint8]:
    share = _ALL_BYTES / 255.0
    tables = [
        _bytes(1.0 + sheets.occlusion_strength * (share - 1.0)),
        _bytes(share * sheets.roughness_factor),
        _bytes(share * sheets.metallic_factor),
    ]
    pictures = (sheets.occlusion, sheets.roughness, sheets.metallic)
    channels = [
        _through(picture, (channel,), [table], height, width)
        for channel, (picture, table) in enumerate(zip(pictures, tables, strict=True))
    ]
    return np.concatenate(channels, axis=2)


def _bytes(share: NDArray[np.float64]) -> NDArray[np.uint8]:
    return np.rint(np.clip(share, 0, 1) * 255.0).astype(np.uint8)


def _through(
    picture: NDArray[np.uint8] | None,
    channels: tuple[int, ...],
    tables: list[NDArray[np.uint8]],
    height: int,
    width: int,
) -> NDArray[np.uint8]:
    """Each channel through its table, uint8 [H, W, C]; what has no picture is white before."""
    made = np.zeros((height, width, len(channels)), np.uint8)
    sized = None if picture is None else _resized(picture, height, width)
    for place, (channel, table) in enumerate(zip(channels, tables, strict=True)):
        made[..., place] = table[255] if sized is None else table[sized[..., channel]]
    return made


def _normal(picture: NDArray[np.uint8], scale: float, height: int, width: int) -> NDArray[np.uint8]:
    sized = np.array(_resized(picture, height, width)[..., :3])
    scale = min(max(scale, -_STEEPEST), _STEEPEST)
    if scale != 1.0:
        for rows in np.array_split(sized, max(1, sized.size // 2**22)):  # slices of it, in place
            vectors = (rows.astype(np.float32) / 127.5 - 1.0) * np.array([scale, scale, 1.0], np.float32)
            vectors /= np.maximum(np.linalg.norm(vectors, axis=2, keepdims=True), 1e-9)
            rows[...] = np.rint((vectors * 0.5 + 0.5) * 255.0)
    return sized


def _resized(picture: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    if picture.shape[:2] == (height, width):
        return picture
    from PIL import Image

    # Alpha apart: Pillow would weigh colours by it.
    color = Image.fromarray(np.ascontiguousarray(picture[..., :3])).resize(
        (width, height), Image.Resampling.BILINEAR
    )
    return np.asarray(color)
