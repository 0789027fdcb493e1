"""The house model: one denoising step of a rectified flow over the parts of a shape, led by a text."""

from __future__ import annotations

from serve.models.minilm_text import TEXT_TOKEN_COUNT, TEXT_WIDTH
from serve.models.spec import ModelSpec, TensorSpec

__all__ = ["PARTS_FLOW", "PARTS_FLOW_GUIDANCE"]

# Weight of the text at which the results are best; see `serve.models.guidance`.
PARTS_FLOW_GUIDANCE = 1.25

# As many slots and numbers as `serve.geometry.part_code` encodes; a test compares them.
_SLOT_COUNT = 24
_CODE_SIZE = 47

PARTS_FLOW = ModelSpec(
    name="parts_flow",
    version=1,
    summary="Predicts the clean parts of a shape from noisy ones, a time and the tokens of a text.",
    inputs=(
        TensorSpec(
            "parts", "float32", (_SLOT_COUNT, _CODE_SIZE), "noisy part codes: (1 - t) noise + t clean"
        ),
        TensorSpec("time", "float32", (), "t: 0 is noise, 1 is clean"),
        TensorSpec("tokens", "float32", (TEXT_TOKEN_COUNT, TEXT_WIDTH), "`tokens` of minilm_text"),
        TensorSpec("mask", "float32", (TEXT_TOKEN_COUNT,), "1 for a token, 0 for padding; all 0 is no text"),
    ),
    outputs=(TensorSpec("clean", "float32", (_SLOT_COUNT, _CODE_SIZE), "predicted clean part codes"),),
    max_batch_count=64,
    licence="Apache-2.0",
    source="trained by `compile/house` on shapes and captions that it generates",
)
