"""Train the house model: rectified flow over part sets, on one CPU thread.

    python -m compile.house.corpus          # once: captions and their vectors
    python -m compile.house.train           # about an hour; start it again after a kill and it goes on

A second process draws the shapes. On a CPU without AMX float32 was measured faster than bfloat16 (135 against
85 GFLOP/s in the widest product), and one thread steadier than two beside other work.
"""

from __future__ import annotations

import argparse
import math
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

import torch
from torch import Tensor

from compile.house.batches import Batch, batches
from compile.house.corpus import CORPUS_FOLDER
from compile.house.network import FlowSize, PartsFlow
from serve.geometry.part_code import CODE_GROUPS, CODE_SIZE

__all__ = ["Recipe", "load_trained", "train"]

_WEIGHTS = {
    "presence": 2.0, "kind": 1.0, "centre": 2.0, "size": 2.0, "rotation": 0.7, "shape": 0.7, "color": 1.5,
    "material": 0.6, "role": 0.5,
}  # fmt: skip
_EMPTY_SLOT_WEIGHT = 0.05


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides the weights."""

    seed: int = 1
    step_count: int = 2_700
    batch_size: int = 128
    size: FlowSize = field(default_factory=lambda: FlowSize(width=192, block_count=7, head_count=4))
    muon_rate: float = 2.0e-3
    adam_rate: float = 1.5e-3
    average: float = 0.998


def _loss(network: Any, batch: Batch, weights: Tensor) -> Tensor:
    """Weighted error of the clean codes, divided by (1 - t) squared: the error of the velocity."""
    parts, noise = torch.from_numpy(batch.parts), torch.from_numpy(batch.noise)
    time = torch.from_numpy(batch.time)
    t = time[:, None, None]
    noisy = (1.0 - t) * noise + t * parts
    clean = network(noisy, time, torch.from_numpy(batch.tokens), torch.from_numpy(batch.mask))
    filled = (parts[:, :, :1] > 0).float()
    slot = filled + (1.0 - filled) * _EMPTY_SLOT_WEIGHT
    share = weights * slot
    share[:, :, 0] = weights[0]
    error: Tensor = (clean - parts).square() * share / (1.0 - t).clamp(min=0.12).square()
    return error.sum() / share.sum()


def _group_weights() -> Tensor:
    weights = torch.zeros(CODE_SIZE)
    for name, group in CODE_GROUPS.items():
        weights[group] = _WEIGHTS[name]
    return weights


def _optimizers(network: PartsFlow, recipe: Recipe) -> list[torch.optim.Optimizer]:
    """Muon (Jordan 2024) for the blocks' matrices, AdamW for the rest."""
    matrices = [
        p
        for name, p in network.named_parameters()
        if name.startswith("blocks.") and name.endswith("weight") and p.ndim == 2
    ]
    chosen = {id(p) for p in matrices}
    rest = [p for p in network.parameters() if id(p) not in chosen]
    return [
        torch.optim.Muon(matrices, lr=recipe.muon_rate, weight_decay=0.01, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(rest, lr=recipe.adam_rate, betas=(0.9, 0.97), weight_decay=0.01),
    ]


def _rate(step: int, recipe: Recipe) -> float:
    """Share of the full learning rate: warm-up, flat for 30 %, then a cosine down to 1 %."""
    if step < 50:
        return (step + 1) / 50
    share = max(0.0, (step / recipe.step_count - 0.3) / 0.7)
    return 0.01 + 0.99 * 0.5 * (1.0 + math.cos(math.pi * share))


class _Run:
    """A training run that can be stopped and taken up again."""

    def __init__(self, recipe: Recipe, folder: Path) -> None:
        torch.manual_seed(recipe.seed)
        self.recipe = recipe
        self.path = folder / "train.pt"
        self.network = PartsFlow(recipe.size)
        self.average = {name: value.clone() for name, value in self.network.state_dict().items()}
        self.optimizers = _optimizers(self.network, recipe)
        self.step = 0
        self.seconds = 0.0

    def resume(self) -> None:
        if not self.path.exists():
            return
        state = torch.load(self.path, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.average = state["average"]
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        self.step, self.seconds = state["step"], state["seconds"]

    def save(self) -> None:
        state = {
            "network": self.network.state_dict(),
            "average": self.average,
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "step": self.step,
            "seconds": self.seconds,
            "size": self.recipe.size.as_dict(),
        }
        half_written = self.path.with_suffix(".part")
        torch.save(state, half_written)
        os.replace(half_written, self.path)

    def advance(self) -> None:
        """Take the gradients that lie ready, with clipping, and move the running average."""
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        rates = (self.recipe.muon_rate, self.recipe.adam_rate)
        for optimizer, rate in zip(self.optimizers, rates, strict=True):
            optimizer.param_groups[0]["lr"] = rate * _rate(self.step, self.recipe)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        decay = min(self.recipe.average, (1 + self.step) / (10 + self.step))
        for name, value in self.network.state_dict().items():
            self.average[name].lerp_(value, 1.0 - decay)
        self.step += 1


def _follow(run: _Run, network: Any, stream: Iterable[Batch], save_every_s: float) -> None:
    weights = _group_weights()
    begun = saved = perf_counter()
    before = run.seconds
    mean = 0.0
    for batch in stream:
        loss = _loss(network, batch, weights)
        loss.backward()  # type: ignore[no-untyped-call]
        run.advance()
        run.seconds = before + perf_counter() - begun
        now = loss.item()
        mean = now if mean == 0.0 else 0.98 * mean + 0.02 * now
        if run.step % 50 == 0:
            print(f"step {run.step} loss {mean:.4f} after {run.seconds / 60:.1f} min", flush=True)
        if perf_counter() - saved > save_every_s:
            run.save()
            saved = perf_counter()


def train(recipe: Recipe, folder: Path, *, compiled: bool = True, save_every_s: float = 120.0) -> None:
    """Train, or go on training, with the corpus in `folder`; the checkpoint is `train.pt` beside it.

    Args:
        recipe: What decides the weights.
        folder: Where the corpus lies.
        compiled: Let torch compile the network: a third faster, after a minute of compiling.
        save_every_s: Seconds between checkpoints.
    """
    torch.set_num_threads(1)
    run = _Run(recipe, folder)
    run.resume()
    network = torch.compile(run.network, dynamic=False) if compiled else run.network
    stream = batches(folder, recipe.seed, run.step, recipe.step_count, recipe.batch_size)
    _follow(run, network, stream, save_every_s)
    run.save()


def load_trained(path: Path) -> PartsFlow:
    """The averaged network of a checkpoint, ready to be asked."""
    state = torch.load(path, weights_only=True)
    network = PartsFlow(FlowSize(**state["size"]))
    network.load_state_dict(state["average"])
    return network.eval()


def main() -> None:
    """Train with the committed recipe."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=CORPUS_FOLDER)
    parser.add_argument("--steps", type=int, default=Recipe().step_count)
    options = parser.parse_args()
    train(Recipe(step_count=options.steps), options.folder)


if __name__ == "__main__":
    main()
