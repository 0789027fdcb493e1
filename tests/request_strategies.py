"""Requests as Hypothesis draws them: the fields of JSON bodies that the contracts take."""

from hypothesis import strategies as st

from serve.contracts.acceptance import AcceptancePolicy
from serve.contracts.quality import Quality
from serve.contracts.requests import (
    MAX_SEED,
    TEXTURE_SIZES,
    AssetFormat,
    Compression,
    HoleFilling,
    Pivot,
    Priority,
    UpAxis,
)

__all__ = ["conversions", "text_requests"]

texts = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=1000)
of_every_job = {
    "priority": st.sampled_from(Priority).map(str),
    "deadline_s": st.floats(0, 86_400, exclude_min=True) | st.integers(1, 86_400),
    "webhook_url": st.just("https://example.com/galatea"),
}
of_every_mesh = {
    "compression": st.sampled_from(Compression).map(str),
    "policy": st.sampled_from(AcceptancePolicy).map(str),
}
text_requests = st.fixed_dictionaries(
    {"prompt": texts.filter(str.strip)},
    optional={
        "negative_prompt": texts,
        "format": st.sampled_from(AssetFormat).map(str),
        "quality": st.sampled_from(Quality).map(str),
        "poly_count": st.integers(100, 500_000),
        "texture_size": st.sampled_from(TEXTURE_SIZES),
        "guidance_scale": st.floats(0, 20) | st.integers(0, 20) | st.just(-0.0),
        "seed": st.integers(-1, MAX_SEED),
        "lod_count": st.integers(0, 4),
        **of_every_mesh,
        **of_every_job,
    },
)
conversions = st.fixed_dictionaries(
    {"asset": st.text("0123456789abcdef", min_size=64, max_size=64), "poly_count": st.integers(100, 500_000)},
    optional={
        "formats": st.lists(st.sampled_from(AssetFormat).map(str), min_size=1, unique=True),
        "name": st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", fullmatch=True),
        "up_axis": st.sampled_from(UpAxis).map(str),
        "unit_m": st.floats(1e-6, 1e6),
        "longest_m": st.floats(1e-4, 1e4),
        "pivot": st.sampled_from(Pivot).map(str),
        "repair": st.booleans(),
        "fill_holes": st.sampled_from(HoleFilling).map(str),
        "smooth_count": st.integers(0, 100),
        "remesh_resolution": st.integers(16, 384),
        "texture_size": st.sampled_from(TEXTURE_SIZES),
        "lod_count": st.integers(0, 4),
        **of_every_mesh,
        **of_every_job,
    },
)
