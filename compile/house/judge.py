"""`python -m compile.house.judge`: tells from a shape's solids what it is, or that it is broken.

It sees kinds, places, sizes, rotations and shape numbers, but neither colours nor materials nor roles, which
would give the category away. Only the evaluation uses it. Attention over a set: Lee et al. 2019 ("Set
Transformer").
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from compile.house.captions import draw_caption
from compile.house.categories import CATEGORIES
from compile.house.category import build_shape
from compile.house.corpus import CORPUS_FOLDER
from serve.geometry.part_code import CODE_GROUPS, CODE_SIZE, encode_parts
from serve.geometry.parts import Part, PartSet

__all__ = ["BROKEN", "Judge", "judge_shapes", "load_judge", "main", "shatter", "train_judge"]

BROKEN = len(CATEGORIES)
_NAMES = tuple(CATEGORIES)
_SEEN = [
    index
    for name in ("presence", "kind", "centre", "size", "rotation", "shape")
    for index in range(CODE_SIZE)[CODE_GROUPS[name]]
]
_WIDTH = 96
_BATCH = 128
_NOISE = 0.04  # a drawn code is never exact, and that alone breaks nothing


class Judge(nn.Module):
    """Attention over the parts, then their mean and maximum."""

    def __init__(self) -> None:
        super().__init__()
        self.enter = nn.Sequential(nn.Linear(len(_SEEN), _WIDTH), nn.GELU(), nn.Linear(_WIDTH, _WIDTH))
        self.among = nn.TransformerEncoderLayer(_WIDTH, 4, 2 * _WIDTH, 0.0, batch_first=True, norm_first=True)
        self.leave = nn.Sequential(
            nn.Linear(2 * _WIDTH, 2 * _WIDTH), nn.GELU(), nn.Linear(2 * _WIDTH, BROKEN + 1)
        )

    def forward(self, codes: Tensor) -> Tensor:
        """Logits [B, BROKEN + 1] of codes [B, MAX_PART_COUNT, CODE_SIZE]."""
        here = codes[:, :, :1] > 0
        x = self.among(self.enter(codes[:, :, _SEEN]), src_key_padding_mask=~here[:, :, 0])
        mean = (x * here).sum(1) / here.sum(1)
        most = x.masked_fill(~here, -1e4).amax(1)
        return torch.as_tensor(self.leave(torch.cat([mean, most], dim=1)))


def _volumes(shape: PartSet) -> NDArray[np.float64]:
    return np.array([float(np.prod(part.half_size)) for part in shape.parts])


def _without_some(shape: PartSet, rng: np.random.Generator) -> PartSet:
    """One of the two largest parts is gone, and some of the others."""
    largest = np.argsort(-_volumes(shape), kind="stable")[:2]
    lost = {int(rng.choice(largest))}
    kept = [p for i, p in enumerate(shape.parts) if i not in lost and rng.random() > 0.3]
    return PartSet(tuple(kept or shape.parts[:1]))


def _with_moved(shape: PartSet, rng: np.random.Generator) -> PartSet:
    """Some parts, a large one among them, stand elsewhere."""
    moved = {
        int(rng.choice(np.argsort(-_volumes(shape), kind="stable")[:3])),
        *rng.integers(len(shape.parts), size=2).tolist(),
    }

    def push(part: Part) -> Part:
        way = rng.standard_normal(3)
        return part.moved(way / np.linalg.norm(way) * rng.uniform(0.5, 1.0))

    return PartSet(tuple(push(p) if i in moved else p for i, p in enumerate(shape.parts)))


def _with_other_sizes(shape: PartSet, rng: np.random.Generator) -> PartSet:
    """Every part is stretched by chance along each of its axes."""
    factors = np.exp(rng.normal(0.0, 0.75, (len(shape.parts), 3)))
    pairs = zip(shape.parts, factors, strict=True)
    return PartSet(tuple(replace(part, half_size=part.half_size * factor) for part, factor in pairs))


def _with_gaps(shape: PartSet, rng: np.random.Generator) -> PartSet:
    """The parts shrink where they stand."""
    factor = rng.uniform(0.3, 0.55)
    return PartSet(tuple(replace(part, half_size=part.half_size * factor) for part in shape.parts))


def _mixed(shape: PartSet, rng: np.random.Generator) -> PartSet:
    """The first parts of one shape and the last of another."""
    other = _draw(rng)[0]
    cut, keep = int(rng.integers(1, len(other.parts) + 1)), len(shape.parts) // 2
    return PartSet((*shape.parts[keep:], *other.parts[:cut])[:24])


_WAYS: tuple[Callable[[PartSet, np.random.Generator], PartSet], ...] = (
    _without_some,
    _with_moved,
    _with_other_sizes,
    _with_gaps,
    _mixed,
)


def shatter(shape: PartSet, rng: np.random.Generator) -> PartSet:
    """The shape, broken in one of five ways and normalized again."""
    concentric = max(float(np.abs(part.centre).max()) for part in shape.parts) < 0.3
    ways = [_with_other_sizes, _mixed] if concentric or len(shape.parts) < 3 else list(_WAYS)
    return ways[int(rng.integers(len(ways)))](shape, rng).normalized()


def _draw(rng: np.random.Generator) -> tuple[PartSet, int]:
    name = _NAMES[int(rng.integers(len(_NAMES)))]
    caption = draw_caption(rng, category=name)
    return build_shape(CATEGORIES[name], caption.wish, rng), _NAMES.index(name)


@dataclass(frozen=True, slots=True)
class _Shapes:
    codes: NDArray[np.float32]
    labels: NDArray[np.int64]


def _draw_many(count: int, seed: int, broken_share: float = 0.3) -> _Shapes:
    rng = np.random.default_rng(seed)
    codes, labels = [], []
    for _ in range(count):
        shape, label = _draw(rng)
        broken = rng.random() < broken_share
        codes.append(encode_parts(shatter(shape, rng) if broken else shape))
        labels.append(BROKEN if broken else label)
    return _Shapes(np.stack(codes), np.array(labels, np.int64))


def train_judge(shape_count: int = 30_000, step_count: int = 1_600, seed: int = 11) -> Judge:
    """Train a judge on clean and broken shapes; equal arguments give equal weights on one kind of machine."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    shapes = _draw_many(shape_count, seed)
    codes, labels = torch.from_numpy(shapes.codes), torch.from_numpy(shapes.labels)
    judge = Judge()
    optimizer = torch.optim.AdamW(judge.parameters(), lr=2e-3, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, total_steps=step_count)
    for step in range(step_count):
        rows = torch.randint(len(labels), (_BATCH,))
        noise = _NOISE * torch.randn(_BATCH, *codes.shape[1:])
        loss = F.cross_entropy(judge(codes[rows] + noise), labels[rows], label_smoothing=0.02)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
        if step % 400 == 399:
            print(f"judge: step {step + 1} loss {loss.item():.3f}", flush=True)
    return judge.eval()


def judge_shapes(judge: Judge, shapes: Sequence[PartSet]) -> NDArray[np.int64]:
    """What each normalized shape is: index into the sorted categories, or `BROKEN`; int64 [N]."""
    codes = torch.from_numpy(np.stack([encode_parts(shape) for shape in shapes]))
    with torch.inference_mode():
        chosen = [judge(rows).argmax(dim=1) for rows in torch.split(codes, 256)]
    return np.asarray(torch.cat(chosen).numpy())


def load_judge(folder: Path = CORPUS_FOLDER) -> Judge:
    """The judge stored in `folder`; it is trained first where none is (two minutes)."""
    path = folder / "judge.pt"
    if not path.exists():
        torch.save(train_judge().state_dict(), path)
    judge = Judge()
    judge.load_state_dict(torch.load(path, weights_only=True))
    return judge.eval()


def held_out_accuracy(judge: Judge, count: int = 3_000, seed: int = 12) -> dict[str, float]:
    """On shapes it never saw: clean ones named rightly, clean ones called broken, broken ones called so."""
    shapes = _draw_many(count, seed)
    with torch.inference_mode():
        codes = torch.from_numpy(shapes.codes)
        noisy = codes + _NOISE * torch.from_numpy(
            np.random.default_rng(seed).standard_normal(codes.shape).astype(np.float32)
        )
        chosen = judge(noisy).argmax(dim=1).numpy()
    clean = shapes.labels != BROKEN
    return {
        "clean shapes named rightly": float((chosen == shapes.labels)[clean].mean()),
        "clean shapes called broken": float((chosen[clean] == BROKEN).mean()),
        "broken shapes called broken": float((chosen[~clean] == BROKEN).mean()),
    }


def main() -> None:
    """Train the judge, store it and say how good it is."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--folder", type=Path, default=CORPUS_FOLDER)
    folder = parser.parse_args().folder
    (folder / "judge.pt").unlink(missing_ok=True)
    for name, share in held_out_accuracy(load_judge(folder)).items():
        print(f"{name}: {share:.4f}")


if __name__ == "__main__":
    main()
