"""The training captions, encoded once by the text encoder that is served.

    python -m compile.house.corpus --count 120000

writes `build/house/corpus.npz` and `build/house/corpus.jsonl` (about 1 GB for 120,000 captions).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from compile.house.captions import Caption, draw_caption
from compile.house.category import Wish
from serve.models.minilm_text import MINILM_TEXT, TEXT_TOKEN_COUNT, TEXT_WIDTH

__all__ = ["CORPUS_FOLDER", "Corpus", "encode_texts", "load_corpus", "write_corpus"]

CORPUS_FOLDER = Path("build/house")
_BATCH = 64


class Corpus:
    """Captions with their wishes and their token vectors.

    Args:
        tokens: float16 [T, TEXT_WIDTH], the captions' tokens one after another.
        starts: int64 [N + 1], where each caption's tokens begin.
        wishes: What each caption states.
    """

    def __init__(
        self, tokens: NDArray[np.float16], starts: NDArray[np.int64], wishes: Sequence[Wish]
    ) -> None:
        self.tokens = tokens
        self.starts = starts
        self.wishes = wishes

    def __len__(self) -> int:
        return len(self.wishes)

    def batch(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Tokens float32 [B, L, TEXT_WIDTH], zeros beyond each row's end, and mask float32 [B, L]."""
        lengths = self.starts[rows + 1] - self.starts[rows]
        tokens = np.zeros((len(rows), int(lengths.max()), TEXT_WIDTH), np.float32)
        mask = np.zeros(tokens.shape[:2], np.float32)
        for slot, (row, length) in enumerate(zip(rows, lengths, strict=True)):
            start = self.starts[row]
            tokens[slot, :length] = self.tokens[start : start + length]
            mask[slot, :length] = 1.0
        return tokens, mask


def _session() -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(
        str(MINILM_TEXT.weights_path), options, providers=["CPUExecutionProvider"]
    )


def _batches(ids: list[list[int]]) -> Iterator[list[int]]:
    """Rows of about one length together, so that little is padded."""
    order = sorted(range(len(ids)), key=lambda row: (len(ids[row]), row))
    for start in range(0, len(order), _BATCH):
        rows = order[start : start + _BATCH]
        yield rows if len(rows) > 1 else [*rows, *rows]


def encode_texts(texts: Sequence[str]) -> list[NDArray[np.float16]]:
    """The token vectors of each text, float16 [length, TEXT_WIDTH], as the service would encode it."""
    tokenizer = Tokenizer.from_file(str(MINILM_TEXT.weights_path.parents[1] / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(TEXT_TOKEN_COUNT)
    ids = [encoding.ids for encoding in tokenizer.encode_batch(list(texts))]
    session = _session()
    encoded: dict[int, NDArray[np.float16]] = {}
    for number, rows in enumerate(_batches(ids)):
        longest = max(len(ids[row]) for row in rows)
        padded = np.zeros((len(rows), longest), np.int64)
        mask = np.zeros_like(padded)
        for slot, row in enumerate(rows):
            padded[slot, : len(ids[row])] = ids[row]
            mask[slot, : len(ids[row])] = 1
        (tokens,) = session.run(["tokens"], {"input_ids": padded, "attention_mask": mask})
        for slot, row in enumerate(rows):
            encoded[row] = tokens[slot, : len(ids[row])].astype(np.float16)
        if number % 200 == 0:
            print(f"encoded {len(encoded):,} of {len(texts):,}", flush=True)
    return [encoded[row] for row in range(len(texts))]


def write_corpus(captions: Sequence[Caption], folder: Path) -> None:
    """Encode these captions and store them under `folder`."""
    encoded = encode_texts([caption.text for caption in captions])
    starts = np.concatenate([[0], np.cumsum([len(rows) for rows in encoded])]).astype(np.int64)
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(folder / "corpus.npz", tokens=np.concatenate(encoded), starts=starts)
    lines = (json.dumps({"text": c.text, "wish": asdict(c.wish)}) for c in captions)
    (folder / "corpus.jsonl").write_text("\n".join(lines) + "\n")


def load_corpus(folder: Path) -> Corpus:
    """What `write_corpus` stored.

    Raises:
        FileNotFoundError: Nothing is there; run `python -m compile.house.corpus` first.
    """
    arrays = np.load(folder / "corpus.npz")
    wishes = []
    for line in (folder / "corpus.jsonl").read_text().splitlines():
        wish = json.loads(line)["wish"]
        wishes.append(Wish(**{**wish, "accents": tuple(wish["accents"])}))
    return Corpus(arrays["tokens"], arrays["starts"], wishes)


def main() -> None:
    """Draw distinct captions and encode them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=120_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=CORPUS_FOLDER)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    captions: dict[str, Caption] = {}
    while len(captions) < options.count:
        caption = draw_caption(rng)
        captions.setdefault(caption.text, caption)
    write_corpus(list(captions.values()), options.folder)


if __name__ == "__main__":
    main()
