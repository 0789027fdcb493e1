"""How large the textured GLB of medium quality is, over many categories."""

from __future__ import annotations

import statistics
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np

from compile.house.categories import CATEGORIES
from compile.house.category import Wish, build_shape
from serve.contracts.quality import TIERS, Quality
from serve.fields.meshing import extract_surface, segment_surface
from serve.formats import write
from serve.geometry.unwrapping import unwrap
from serve.render.baking import bake

__all__ = ["sizes_section"]

_POLY_COUNT = 10_000
_SOURCE_COUNT = 500_000  # as many as there are: the looks are baked from the finest
_LIMIT_MB = 5.0
_PROCESS_COUNT = 2


def sizes_section(category_count: int) -> str:
    """A paragraph on the files.

    Args:
        category_count: How many, evenly chosen by name.
    """
    every = sorted(CATEGORIES)
    names = [every[index] for index in np.linspace(0, len(every) - 1, category_count).astype(int)]
    with ProcessPoolExecutor(_PROCESS_COUNT, get_context("spawn")) as processes:
        sizes = sorted(zip(processes.map(_megabytes, names), names, strict=True))
    largest_mb, largest = sizes[-1]
    median_mb = statistics.median(size for size, _ in sizes)
    verdict = "kept" if largest_mb < _LIMIT_MB else "missed"
    return (
        "## File sizes\n\n"
        f"Textured GLB of medium quality over {len(sizes)} categories, one seeded shape each, through the "
        f"steps of a job that shape the file: median {median_mb:.2f} MB, largest {largest_mb:.2f} MB "
        f"({largest}): {_LIMIT_MB:.0f} MB {verdict}.\n"
    )


def _megabytes(name: str) -> float:
    tier = TIERS[Quality.MEDIUM]
    shape = build_shape(CATEGORIES[name], Wish(name), np.random.default_rng(1)).scaled_to(1.0)
    surface = extract_surface(shape, tier.resolution)
    source, coarse = (
        segment_surface(shape, *surface, resolution=tier.resolution, poly_count=count)
        for count in (_SOURCE_COUNT, _POLY_COUNT)
    )
    target = unwrap(coarse, tier.texture_size)
    return len(write("glb", bake(source, target, tier.texture_size), name="asset")) / 1e6
