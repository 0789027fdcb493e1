"""The house model's network: a small diffusion transformer over the slots of a part set.

Peebles and Xie 2023 (DiT) with the single modulation of PixArt-alpha (Chen et al. 2023), cross-attention to
the text's tokens, and normalised queries and keys. It predicts the clean code (x1) of a rectified flow (Liu
et al. 2022).
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from serve.geometry.part_code import CODE_SIZE
from serve.geometry.parts import MAX_PART_COUNT
from serve.models.minilm_text import TEXT_WIDTH

__all__ = ["FlowSize", "PartsFlow"]

_TIME_WIDTH = 128


@dataclass(frozen=True, slots=True)
class FlowSize:
    """How large the network is."""

    width: int = 256
    block_count: int = 6
    head_count: int = 4

    def as_dict(self) -> dict[str, int]:
        """For a checkpoint's header."""
        return asdict(self)


def _time_frequencies() -> Tensor:
    """Angular frequencies [64], from 1000 down to 0.1, in radians per unit of time."""
    exponents = torch.arange(_TIME_WIDTH // 2, dtype=torch.float32) / (_TIME_WIDTH // 2)
    return 1000.0 * torch.exp(-9.2 * exponents)


class _RootMeanSquareNorm(nn.Module):
    """Zhang and Sennrich 2019, as the quotient that ONNX Runtime fuses; `nn.RMSNorm` exports to a product."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        """Scale the vectors of x [..., width] to a mean square of 1, then by the weight."""
        return x / (x.square().mean(-1, keepdim=True) + 1e-5).sqrt() * self.weight


class _Attention(nn.Module):
    """Multi-head attention of slots to slots, or of slots to text.

    Written out, because `scaled_dot_product_attention` exports to a longer graph, and is no faster in
    training at this size.
    """

    def __init__(self, width: int, head_count: int) -> None:
        super().__init__()
        self.head_count = head_count
        self.query = nn.Linear(width, width, bias=False)
        self.key_value = nn.Linear(width, 2 * width, bias=False)
        self.out = nn.Linear(width, width, bias=False)
        self.query_norm = _RootMeanSquareNorm(width // head_count)
        self.key_norm = _RootMeanSquareNorm(width // head_count)

    def forward(self, x: Tensor, source: Tensor, bias: Tensor | None) -> Tensor:
        """The slots x [B, N, W] attend to source [B, M, W]; bias [B, 1, 1, M] is added to the scores."""
        heads = (self.head_count, -1)
        keys, values = self.key_value(source).chunk(2, dim=2)
        query = self.query_norm(self.query(x).unflatten(2, heads)).transpose(1, 2)
        key = self.key_norm(keys.unflatten(2, heads)).permute(0, 2, 3, 1)
        value = values.unflatten(2, heads).transpose(1, 2)
        scores = query @ key / math.sqrt(query.shape[-1])
        if bias is not None:
            scores = scores + bias
        mixed = scores.softmax(dim=-1) @ value
        return cast(Tensor, self.out(mixed.transpose(1, 2).flatten(2)))


class _Block(nn.Module):
    """Self-attention, attention to the text, and a perceptron, each modulated by time and text."""

    def __init__(self, size: FlowSize) -> None:
        super().__init__()
        width = size.width
        self.among = _Attention(width, size.head_count)
        self.to_text = _Attention(width, size.head_count)
        self.grow = nn.Linear(width, 4 * width)
        self.shrink = nn.Linear(4 * width, width)
        self.modulation = nn.Parameter(torch.zeros(9, width))
        self.width = width

    def _norm(self, x: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
        return F.layer_norm(x, (self.width,), eps=1e-5) * (1 + scale) + shift

    def forward(self, x: Tensor, text: Tensor, text_bias: Tensor, shared: Tensor) -> Tensor:
        """From x [B, N, W], text [B, M, W], text_bias [B, 1, 1, M], shared [B, 1, 9 W] -> [B, N, W]."""
        m = (shared + self.modulation.flatten()).chunk(9, dim=2)
        normed = self._norm(x, m[0], m[1])
        x = x + m[2] * self.among(normed, normed, None)
        x = x + m[5] * self.to_text(self._norm(x, m[3], m[4]), text, text_bias)
        hidden = F.gelu(self.grow(self._norm(x, m[6], m[7])), approximate="tanh")
        return cast(Tensor, x + m[8] * self.shrink(hidden))


class PartsFlow(nn.Module):
    """Predicts the clean part codes from noisy ones, a time and a text."""

    def __init__(self, size: FlowSize) -> None:
        super().__init__()
        width = size.width
        self.size = size
        self.enter = nn.Linear(CODE_SIZE, width)
        self.slots = nn.Parameter(torch.randn(MAX_PART_COUNT, width) * 0.3)
        self.text = nn.Linear(TEXT_WIDTH, width)
        self.null = nn.Parameter(torch.zeros(1, 1, width))
        self.pooled = nn.Linear(TEXT_WIDTH, width)
        self.time = nn.Sequential(nn.Linear(_TIME_WIDTH, width), nn.SiLU(), nn.Linear(width, width))
        self.shared = nn.Linear(width, 9 * width)
        self.blocks = nn.ModuleList(_Block(size) for _ in range(size.block_count))
        self.leave_modulation = nn.Linear(width, 2 * width)
        self.leave = nn.Linear(width, CODE_SIZE)
        self.frequencies: Tensor
        self.register_buffer("frequencies", _time_frequencies(), persistent=False)
        self._start()

    def _start(self) -> None:
        for layer in (self.shared, self.leave_modulation, self.leave):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)
        with torch.no_grad():  # the gates begin a little open, so that blocks learn from the first step
            for block in self.blocks:
                assert isinstance(block, _Block)
                block.modulation[2::3] = 0.3

    def forward(self, parts: Tensor, time: Tensor, tokens: Tensor, mask: Tensor) -> Tensor:
        """One prediction.

        Args:
            parts: Noisy codes, float [B, MAX_PART_COUNT, CODE_SIZE].
            time: 0 is noise, 1 is clean, float [B].
            tokens: The text's tokens, float [B, L, TEXT_WIDTH].
            mask: 1 for a token, 0 for padding, float [B, L]; all 0 means no text.

        Returns:
            Clean codes, float [B, MAX_PART_COUNT, CODE_SIZE].
        """
        # A product, as ONNX Runtime's sum over a middle axis rounds by batch size and thread count.
        pooled = (mask.unsqueeze(1) @ tokens).squeeze(1) / mask.sum(-1, keepdim=True).clamp(min=1.0)
        angles = time.float().unsqueeze(1) * self.frequencies
        features = torch.cat([angles.cos(), angles.sin()], dim=1)
        condition = F.silu(self.time(features) + self.pooled(pooled))
        null = self.null.expand(parts.shape[0], -1, -1)
        text = torch.cat([null, F.layer_norm(self.text(tokens), (self.size.width,), eps=1e-5)], dim=1)
        bias = torch.cat([torch.zeros_like(mask[:, :1]), (mask - 1.0) * 1e4], dim=1)[:, None, None, :]
        shared = self.shared(condition).unsqueeze(1)
        x = self.enter(parts) + self.slots
        for block in self.blocks:
            x = block(x, text, bias, shared)
        scale, shift = self.leave_modulation(condition).unsqueeze(1).chunk(2, dim=2)
        normed = F.layer_norm(x, (self.size.width,), eps=1e-5)
        return cast(Tensor, self.leave(normed * (1 + scale) + shift))
