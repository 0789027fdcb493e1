"""Training batches: fresh shapes for stored captions, made in a process of their own.

A batch depends on the seed and its number alone: a killed run goes on with the batch it would have had.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from compile.house.categories import CATEGORIES
from compile.house.category import build_shape
from compile.house.corpus import Corpus, load_corpus
from serve.geometry.part_code import encode_parts
from serve.models.minilm_text import TEXT_WIDTH

__all__ = ["Batch", "batches"]

_TEXT_LENGTH = 24  # captions beyond it are cut; the network itself takes any length
_AHEAD = 4
_NO_TEXT_SHARE = 0.1

_corpus: Corpus


@dataclass(frozen=True, slots=True)
class Batch:
    """One step's data.

    Args:
        parts: Clean codes, float32 [B, MAX_PART_COUNT, CODE_SIZE].
        noise: Gaussian noise of the same shape.
        time: float32 [B] in (0, 1), logit-normal.
        tokens: float32 [B, L, TEXT_WIDTH].
        mask: float32 [B, L]; all 0 in the rows that are trained without text.
    """

    parts: NDArray[np.float32]
    noise: NDArray[np.float32]
    time: NDArray[np.float32]
    tokens: NDArray[np.float32]
    mask: NDArray[np.float32]


def _leave_with_parent() -> None:
    """End when the trainer does: a worker of a killed parent would wait for ever, with its gigabyte."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _open_corpus(folder: Path) -> None:
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    global _corpus  # noqa: PLW0603 - one corpus for the life of the worker process
    _corpus = load_corpus(folder)


def _make(seed: int, number: int, size: int) -> Batch:
    rng = np.random.Generator(np.random.Philox(key=[seed, number]))
    rows = rng.integers(len(_corpus), size=size)
    wishes = [_corpus.wishes[row] for row in rows]
    parts = np.stack([encode_parts(build_shape(CATEGORIES[w.category], w, rng)) for w in wishes])
    tokens = np.zeros((size, _TEXT_LENGTH, TEXT_WIDTH), np.float32)
    mask = np.zeros((size, _TEXT_LENGTH), np.float32)
    read, read_mask = _corpus.batch(rows)
    length = min(read.shape[1], _TEXT_LENGTH)
    tokens[:, :length], mask[:, :length] = read[:, :length], read_mask[:, :length]
    mask[rng.random(size) < _NO_TEXT_SHARE] = 0.0
    time = 1.0 / (1.0 + np.exp(-rng.standard_normal(size)))
    noise = rng.standard_normal(parts.shape).astype(np.float32)
    return Batch(parts, noise, time.astype(np.float32), tokens, mask)


def batches(folder: Path, seed: int, first: int, last: int, size: int) -> Iterator[Batch]:
    """The batches numbered from `first` to before `last`, made ahead of their use."""
    with ProcessPoolExecutor(1, get_context("spawn"), _open_corpus, (folder,)) as pool:
        waiting: deque[Future[Batch]] = deque()
        for number in range(first, last + _AHEAD):
            if number < last:
                waiting.append(pool.submit(_make, seed, number, size))
            if number >= first + _AHEAD or number >= last:
                if not waiting:
                    return
                yield waiting.popleft().result()
