"""`python -m compile.house.domain`: which category a prompt means -> `model_repository/prompt_domain/`.

A perceptron on the pooled vector of `minilm_text`: the categories, and a last class for all that is none of
them (`compile.house.outsiders`; Dhamija et al. 2018 call such a class "background"). It needs the corpus
(`python -m compile.house.corpus`) and two minutes on one CPU thread.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from compile.house import outsiders
from compile.house.captions import HELD_OUT_TEMPLATES, draw_caption
from compile.house.categories import CATEGORIES
from compile.house.category_table import categories_json
from compile.house.corpus import CORPUS_FOLDER, encode_texts, load_corpus
from compile.house.prompts import DEV_PROMPTS, TEST_PROMPTS, Prompt
from serve.models.minilm_text import TEXT_WIDTH
from serve.models.spec import MODEL_REPOSITORY

__all__ = ["NONE", "Examples", "Perceptron", "domain_graph", "evaluate", "main", "pool", "train_perceptron"]

NONE = len(CATEGORIES)
_INDEX = {name: index for index, name in enumerate(CATEGORIES)}

_KNOWN_COUNT = 40_000
_CONTEXT_COUNT = 7_000  # more known things, in freer sentences
_STRANGER_COUNT = 6_500  # and as many again in freer sentences
_SCENE_COUNT = 7_000
_HIDDEN = 288
_STEP_COUNT = 2_500
_BATCH = 256

_NOTICE = """\
prompt_domain: which category of the house model a prompt asks for

Trained from nothing by `python -m compile.house.domain` on sentences that this repository's grammar writes,
encoded by minilm_text (all-MiniLM-L6-v2, Apache License 2.0: see its own NOTICE). The weights are under the
Apache License 2.0, as the rest of this repository is.
"""

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Examples:
    """Sentences as the classifier sees them.

    Args:
        pooled: Unit vectors, float32 [N, TEXT_WIDTH].
        labels: int64 [N], index into the sorted categories or `NONE`.
    """

    pooled: Vectors
    labels: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Perceptron:
    """Two layers with a ReLU between: float32 [TEXT_WIDTH, H], [H], [H, NONE + 1], [NONE + 1]."""

    enter: Vectors
    enter_bias: Vectors
    leave: Vectors
    leave_bias: Vectors

    def logits(self, pooled: Vectors) -> Vectors:
        """float32 [N, NONE + 1] for pooled [N, TEXT_WIDTH]."""
        hidden = np.maximum(pooled @ self.enter + self.enter_bias, 0.0)
        return np.asarray(hidden @ self.leave + self.leave_bias, np.float32)


def pool(tokens: Sequence[NDArray[np.float16]]) -> Vectors:
    """Mean of each text's tokens at unit length, as `minilm_text` pools: float32 [N, TEXT_WIDTH]."""
    means = np.stack([rows.astype(np.float32).mean(axis=0) for rows in tokens])
    return np.asarray(means / np.linalg.norm(means, axis=1, keepdims=True), np.float32)


def _encoded(texts: Sequence[str], labels: Sequence[int]) -> Examples:
    return Examples(pool(encode_texts(texts)), np.array(labels, np.int64))


def _joined(parts: Sequence[Examples]) -> Examples:
    return Examples(np.concatenate([p.pooled for p in parts]), np.concatenate([p.labels for p in parts]))


def _known_examples(folder: Path) -> Examples:
    """Training captions, read from the corpus."""
    corpus = load_corpus(folder)
    rows = np.arange(0, len(corpus), max(1, len(corpus) // _KNOWN_COUNT))
    tokens = [
        corpus.tokens[start:stop]
        for start, stop in zip(corpus.starts[rows], corpus.starts[rows + 1], strict=True)
    ]
    labels = [_INDEX[corpus.wishes[row].category] for row in rows.tolist()]
    return Examples(pool(tokens), np.array(labels, np.int64))


def _free_examples(rng: np.random.Generator) -> Examples:
    """Training sentences for known things, with more around them than captions have."""
    captions = [draw_caption(rng, frames=outsiders.CONTEXTS) for _ in range(_CONTEXT_COUNT)]
    return _encoded([c.text for c in captions], [_INDEX[c.wish.category] for c in captions])


def _unknown_examples(rng: np.random.Generator) -> Examples:
    """Training sentences for what the house model does not know."""
    nouns = outsiders.NOUNS
    strangers = [
        text
        for _ in range(_STRANGER_COUNT)
        for text in (
            outsiders.draw_stranger(rng, nouns),
            outsiders.draw_stranger(rng, nouns, frames=outsiders.CONTEXTS),
        )
    ]
    scenes = [outsiders.draw_scene(rng, outsiders.SCENES) for _ in range(_SCENE_COUNT)]
    bare = [*outsiders.NOUNS, *(f"a {noun}" for noun in outsiders.NOUNS)]
    # Twelve times, so that a hundred sentences weigh something beside thousands.
    texts = [*strangers, *scenes, *bare, *(12 * outsiders.NONSENSE)]
    return _encoded(texts, [NONE] * len(texts))


def train_perceptron(examples: Examples, seed: int = 1) -> Perceptron:
    """Fit with AdamW, dropout and noise on the vectors.

    Equal seeds give equal weights on one kind of machine.
    """
    import torch
    from torch import nn
    from torch.nn import functional

    torch.set_num_threads(1)
    torch.manual_seed(seed)
    pooled, labels = torch.from_numpy(examples.pooled), torch.from_numpy(examples.labels)
    enter, leave = nn.Linear(TEXT_WIDTH, _HIDDEN), nn.Linear(_HIDDEN, NONE + 1)
    # Unit vectors have entries near 1 / sqrt(width): scale them up for the default start.
    torch.nn.init.normal_(enter.weight, std=1.4)
    parameters = [*enter.parameters(), *leave.parameters()]
    optimizer = torch.optim.AdamW(parameters, lr=3e-3, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, _STEP_COUNT)
    for _ in range(_STEP_COUNT):
        rows = torch.randint(len(labels), (_BATCH,))
        noisy = functional.normalize(pooled[rows] + 0.022 * torch.randn(_BATCH, TEXT_WIDTH), dim=1)
        hidden = functional.dropout(functional.relu(enter(noisy)), 0.3)
        loss = functional.cross_entropy(leave(hidden), labels[rows], label_smoothing=0.02)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
    weights = (enter.weight.T, enter.bias, leave.weight.T, leave.bias)
    return Perceptron(*(np.ascontiguousarray(weight.detach().numpy()) for weight in weights))


def _bare_prompts(prompts: Sequence[Prompt]) -> tuple[list[str], list[int]]:
    return [prompt.text for prompt in prompts], [_INDEX[prompt.category] for prompt in prompts]


def held_out_examples(seed: int = 2) -> dict[str, Examples]:
    """Sentences that training never saw, by split: new nouns, scenes, frames and free-form prompts."""
    rng = np.random.default_rng(seed)
    frames = {"frames": HELD_OUT_TEMPLATES}
    known = [draw_caption(rng, frames=HELD_OUT_TEMPLATES) for _ in range(1_500)]
    texts = {
        "unseen things": [
            text
            for noun in outsiders.HELD_OUT_NOUNS
            for text in (noun, *(outsiders.draw_stranger(rng, (noun,), **frames) for _ in range(5)))
        ],
        "unseen scenes": [outsiders.draw_scene(rng, outsiders.HELD_OUT_SCENES) for _ in range(300)],
        "unseen nonsense": list(outsiders.HELD_OUT_NONSENSE),
    }
    splits = {
        "unseen frames": _encoded([c.text for c in known], [_INDEX[c.wish.category] for c in known]),
        "free-form dev": _encoded(*_bare_prompts(DEV_PROMPTS)),
        "free-form test": _encoded(*_bare_prompts(TEST_PROMPTS)),
    }
    return splits | {name: _encoded(lines, [NONE] * len(lines)) for name, lines in texts.items()}


def _none_share(logits: Vectors) -> NDArray[np.float64]:
    """Probability of the last class, float64 [N]."""
    shifted = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    return np.asarray(shifted[:, NONE] / shifted.sum(axis=1))


def _auroc(negatives: NDArray[np.float64], positives: NDArray[np.float64]) -> float:
    """Chance that a positive scores above a negative (ties count half)."""
    order = np.sort(negatives)
    below = np.searchsorted(order, positives, "left") + np.searchsorted(order, positives, "right")
    return float(below.mean() / (2 * len(order)))


def evaluate(perceptron: Perceptron, splits: Mapping[str, Examples]) -> dict[str, float]:
    """For each split the share of right answers; and the AUROC of "none", known against unknown sentences."""
    logits = {name: perceptron.logits(examples.pooled) for name, examples in splits.items()}
    results = {name: float((logits[name].argmax(axis=1) == splits[name].labels).mean()) for name in splits}
    shares = {name: _none_share(rows) for name, rows in logits.items()}
    known = np.concatenate([shares["unseen frames"], shares["free-form test"]])
    results["auroc unseen things"] = _auroc(known, shares["unseen things"])
    results["auroc unseen scenes"] = _auroc(known, shares["unseen scenes"])
    return {name: round(value, 4) for name, value in results.items()}


def domain_graph(perceptron: Perceptron) -> onnx.ModelProto:
    """The classifier as an ONNX graph with a dynamic batch."""
    weights = {
        "enter": perceptron.enter, "enter_bias": perceptron.enter_bias,
        "leave": perceptron.leave, "leave_bias": perceptron.leave_bias,
    }  # fmt: skip
    nodes = [
        helper.make_node("MatMul", ["pooled", "enter"], ["entered"]),
        helper.make_node("Add", ["entered", "enter_bias"], ["shifted"]),
        helper.make_node("Relu", ["shifted"], ["hidden"]),
        helper.make_node("MatMul", ["hidden", "leave"], ["left"]),
        helper.make_node("Add", ["left", "leave_bias"], ["category_logits"]),
    ]
    inputs = [helper.make_tensor_value_info("pooled", TensorProto.FLOAT, ["batch", TEXT_WIDTH])]
    outputs = [helper.make_tensor_value_info("category_logits", TensorProto.FLOAT, ["batch", NONE + 1])]
    initializers = [numpy_helper.from_array(array, name) for name, array in weights.items()]
    graph = helper.make_graph(nodes, "prompt_domain", inputs, outputs, initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    onnx.checker.check_model(model, full_check=True)
    return model


def _write(folder: Path, perceptron: Perceptron, results: Mapping[str, float]) -> None:
    (folder / "1").mkdir(parents=True, exist_ok=True)
    (folder / "1" / "model.onnx").write_bytes(domain_graph(perceptron).SerializeToString(deterministic=True))
    (folder / "NOTICE").write_text(_NOTICE, encoding="utf-8")
    (folder / "evaluation.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    (folder / "categories.json").write_text(categories_json(), encoding="utf-8")
    # The spec reads the table of categories, so it can be asked only now.
    from serve.models.prompt_domain import PROMPT_DOMAIN
    from serve.models.triton_config import write_config

    write_config(PROMPT_DOMAIN, folder)


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, measure and write the model's folder."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--corpus", type=Path, default=CORPUS_FOLDER)
    parser.add_argument("--repository", type=Path, default=MODEL_REPOSITORY)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    rng = np.random.default_rng(options.seed)
    examples = [_known_examples(options.corpus), _free_examples(rng), _unknown_examples(rng)]
    perceptron = train_perceptron(_joined(examples), options.seed)
    results = evaluate(perceptron, held_out_examples())
    for name, value in results.items():
        print(f"{name:20} {value:.4f}")
    _write(options.repository / "prompt_domain", perceptron, results)


if __name__ == "__main__":
    main()
