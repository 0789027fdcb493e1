"""Shapes from the trained network, with torch: what evaluation and the contact sheet look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from compile.house.corpus import encode_texts
from compile.house.network import PartsFlow
from serve.geometry.part_code import CODE_SIZE, decode_parts
from serve.geometry.parts import MAX_PART_COUNT, PartSet
from serve.models.minilm_text import TEXT_WIDTH
from serve.models.parts_flow import PARTS_FLOW_GUIDANCE

__all__ = ["Sampling", "TextRows", "encode_rows", "sample_codes", "sample_shapes"]

_ROWS_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class Sampling:
    """How to walk from noise to a shape.

    Args:
        guidance: Weight of the text (Ho and Salimans 2022); 1 takes the prediction as it is.
        step_count: Euler steps.
    """

    guidance: float = PARTS_FLOW_GUIDANCE
    step_count: int = 8


@dataclass(frozen=True, slots=True)
class TextRows:
    """Encoded texts: tokens float32 [N, L, TEXT_WIDTH] and mask float32 [N, L]."""

    tokens: Tensor
    mask: Tensor


def encode_rows(texts: Sequence[str]) -> TextRows:
    """Encode texts as the service does, and pad them to the longest."""
    encoded = encode_texts(texts)
    tokens = torch.zeros(len(texts), max(len(rows) for rows in encoded), TEXT_WIDTH)
    mask = torch.zeros(tokens.shape[:2])
    for row, vectors in enumerate(encoded):
        tokens[row, : len(vectors)] = torch.from_numpy(vectors.astype(np.float32))
        mask[row, : len(vectors)] = 1.0
    return TextRows(tokens, mask)


def _noise(seed: int, row: int) -> NDArray[np.float32]:
    """Noise that depends on the seed and the text's place alone, not on the batch."""
    rng = np.random.Generator(np.random.Philox(key=[seed, row]))
    return rng.standard_normal((MAX_PART_COUNT, CODE_SIZE)).astype(np.float32)


def _clean(network: PartsFlow, x: Tensor, t: float, text: TextRows, guidance: float) -> Tensor:
    """The guided prediction of the clean codes."""
    time = torch.full((len(x),), t)
    with_text: Tensor = network(x, time, text.tokens, text.mask)
    if guidance == 1.0:
        return with_text
    without: Tensor = network(x, time, text.tokens[:, :1], torch.zeros_like(text.mask[:, :1]))
    return without + guidance * (with_text - without)


def _walk(network: PartsFlow, x: Tensor, text: TextRows, how: Sampling) -> Tensor:
    for step in range(how.step_count):
        t = step / how.step_count
        clean = _clean(network, x, t, text, how.guidance)
        x = x + (clean - x) * (1.0 / how.step_count) / (1.0 - t)
    return x


def sample_codes(network: PartsFlow, text: TextRows, seed: int, how: Sampling) -> NDArray[np.float32]:
    """One code for each text, float32 [N, MAX_PART_COUNT, CODE_SIZE]."""
    drawn = []
    with torch.inference_mode():
        for start in range(0, len(text.mask), _ROWS_AT_ONCE):
            rows = slice(start, min(start + _ROWS_AT_ONCE, len(text.mask)))
            noise = torch.from_numpy(np.stack([_noise(seed, row) for row in range(rows.start, rows.stop)]))
            drawn.append(_walk(network, noise, TextRows(text.tokens[rows], text.mask[rows]), how))
    return np.asarray(torch.cat(drawn).numpy(), np.float32)


def sample_shapes(network: PartsFlow, text: TextRows, seed: int, how: Sampling) -> list[PartSet]:
    """One normalized shape for each text."""
    return [decode_parts(code).normalized() for code in sample_codes(network, text, seed, how)]
