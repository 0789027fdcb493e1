"""How much effort the frames of a film take."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

from serve.contracts.errors import InvalidRequestError
from serve.contracts.quality import Quality
from serve.render.settings import PictureSettings

__all__ = ["FILM_SAMPLE_COUNTS", "FilmSettings", "Grain", "film_settings"]

Grain = Literal["still", "moving"]


@dataclass(frozen=True, slots=True)
class FilmSettings:
    """How to take the frames.

    Args:
        picture: Size, effort and seed of each frame; its background is not asked.
        grain: `still` takes the same random numbers for each frame, `moving` new ones. What grain the filter
            leaves stays in its place, or flickers: the eye sees the second sooner, and a codec pays for it.
        edge_sample_count: Camera rays more for each pixel with an outline, 0 to 1024: outlines that move show
            each step, and they are few. With any, pixels that stand out as specks are calmed too.
        is_interleaved: Light every second pixel, as the black squares of a chessboard; the others take the
            light of their neighbours, but for those with an outline (Keller and Heidrich, "Interleaved
            Sampling", EGWR 2001, spread effort so). Needs edge samples.

    Raises:
        InvalidRequestError: The grain is unknown, the count out of range, or too low to interleave.
    """

    picture: PictureSettings
    grain: Grain = "still"
    edge_sample_count: int = 0
    is_interleaved: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.edge_sample_count <= 1024:
            raise InvalidRequestError(
                f"edge_sample_count = {self.edge_sample_count} must lie in [0, 1024]", "edge_sample_count"
            )
        if self.is_interleaved and self.edge_sample_count == 0:
            raise InvalidRequestError(
                "is_interleaved leaves outlines to edge samples; give edge_sample_count at least 1",
                "edge_sample_count",
            )
        if self.grain not in get_args(Grain):
            known = ", ".join(get_args(Grain))
            raise InvalidRequestError(f"grain = {self.grain!r} is unknown; take {known}", "grain")

    def of_frame(self, index: int) -> PictureSettings:
        """The settings of one frame: nothing but its number and these decide its random numbers."""
        return (
            self.picture
            if self.grain == "still"
            else replace(self.picture, seed=_mixed(self.picture.seed, index))
        )


FILM_SAMPLE_COUNTS: dict[Quality, tuple[int, int]] = {
    Quality.DRAFT: (1, 1),
    Quality.MEDIUM: (4, 2),
    Quality.HIGH: (8, 3),
    Quality.ULTRA: (16, 4),
}
"""For each tier the camera rays of a pixel, and the rays to the sky of each of those."""

# For each tier how many times its camera rays a pixel with an outline gets besides.
_EDGE_SHARE = {Quality.DRAFT: 4, Quality.MEDIUM: 2, Quality.HIGH: 1, Quality.ULTRA: 1}


def film_settings(
    quality: Quality,
    width: int,
    height: int,
    *,
    sample_count: int | None = None,
    seed: int = 0,
    grain: Grain = "still",
) -> FilmSettings:
    """The settings of a tier.

    All pixels share their jitter: few samples then leave even outlines that do not boil.

    Args:
        quality: A row of `FILM_SAMPLE_COUNTS`.
        width: Pixels, 16 to 4096.
        height: Pixels, 16 to 4096.
        sample_count: Camera rays for each pixel, in the place of the tier's; 1 to 1024.
        seed: Of the random numbers.
        grain: As in `FilmSettings`.

    Raises:
        InvalidRequestError: A number is out of range; the message names it and its value.
    """
    own_count, ambient_count = FILM_SAMPLE_COUNTS[quality]
    count = own_count if sample_count is None else sample_count
    edge_count = _EDGE_SHARE[quality] * own_count
    picture = PictureSettings(width, height, count, ambient_count, seed, shared_jitter=True)
    return FilmSettings(picture, grain, edge_count, is_interleaved=count == 1)


def _mixed(seed: int, index: int) -> int:
    """A seed for a frame: the finaliser of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014), 31 bits of it."""
    mask = 2**64 - 1
    bits = (seed + (index + 1) * 0x9E3779B97F4A7C15) & mask
    bits = ((bits ^ bits >> 30) * 0xBF58476D1CE4E5B9) & mask
    bits = ((bits ^ bits >> 27) * 0x94D049BB133111EB) & mask
    return (bits ^ bits >> 31) >> 33
