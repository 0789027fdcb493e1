"""`python -m compile.house.evaluate`: how good the house model is, as a table and as JSON.

It draws shapes for captions of four kinds (seen-style, unseen sentence frames, unseen pairs of a category and
an attribute, and prompts outside the grammar), three seeds each, and asks the judge and the measures of
`compile.house.properties`. The row "procedural data" puts the generator's own shapes through the same
measures: it is what a perfect model would get.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import numpy as np
import torch

from compile.house import properties
from compile.house.captions import HELD_OUT_TEMPLATES, Caption, draw_caption
from compile.house.categories import CATEGORIES
from compile.house.category import Wish, build_shape
from compile.house.corpus import CORPUS_FOLDER
from compile.house.judge import BROKEN, Judge, held_out_accuracy, judge_shapes, load_judge
from compile.house.network import PartsFlow
from compile.house.prompts import DEV_PROMPTS, TEST_PROMPTS, Prompt
from compile.house.report import markdown
from compile.house.sampling import Sampling, encode_rows, sample_shapes
from compile.house.train import load_trained
from serve.fields.repair import repair_contacts
from serve.geometry.part_code import CODE_GROUPS, encode_parts
from serve.geometry.parts import PartSet

__all__ = ["Split", "evaluate", "main", "measure", "splits"]

_NAMES = tuple(CATEGORIES)
_SEEDS = (0, 1, 2)
_CONNECTED_COUNT = 60
_GUIDANCES, _STEP_COUNTS = (1.0, 1.25, 1.5, 2.0, 2.5), (6, 8, 12)

_WISH_MEASURES: dict[str, Callable[[PartSet, Wish], bool | None]] = {
    "main colour": properties.color_granted,
    "accents": properties.accents_granted,
    "count": properties.count_granted,
    "size word": properties.size_granted,
    "material": properties.material_granted,
}


@dataclass(frozen=True, slots=True)
class Split:
    """Prompts of one kind, with what each states."""

    name: str
    captions: tuple[Caption, ...]

    @property
    def texts(self) -> list[str]:
        """The prompts."""
        return [caption.text for caption in self.captions]


def _written(prompts: Sequence[Prompt]) -> tuple[Caption, ...]:
    return tuple(Caption(prompt.text, Wish(prompt.category)) for prompt in prompts)


def splits(count: int, seed: int = 21) -> tuple[Split, ...]:
    """The four test splits; `count` captions in each but the last, which was written by hand."""
    rng = np.random.default_rng(seed)
    return (
        Split("seen-style captions", tuple(draw_caption(rng) for _ in range(count))),
        Split("unseen captions", tuple(draw_caption(rng, frames=HELD_OUT_TEMPLATES) for _ in range(count))),
        Split("unseen pairs", tuple(draw_caption(rng, pairs_held_out=True) for _ in range(count))),
        Split("out of grammar", _written(TEST_PROMPTS)),
    )


def measure(judge: Judge, shapes: Sequence[PartSet], captions: Sequence[Caption]) -> dict[str, float]:
    """Share of right shapes for each measure; measures that no caption asks for are left out."""
    judged = judge_shapes(judge, shapes)
    wanted = np.array([_NAMES.index(caption.wish.category) for caption in captions])
    results = {"category": float((judged == wanted).mean()), "broken": float((judged == BROKEN).mean())}
    for name, granted in _WISH_MEASURES.items():
        answers = [granted(shape, c.wish) for shape, c in zip(shapes, captions, strict=True)]
        said = [answer for answer in answers if answer is not None]
        if said:
            results[name] = float(np.mean(said))
    return results


def _stated(shapes: Sequence[PartSet], captions: Sequence[Caption]) -> dict[str, int]:
    """How many captions each measure can be asked about."""
    pairs = list(zip(shapes, captions, strict=True))
    return {
        name: sum(granted(shape, caption.wish) is not None for shape, caption in pairs)
        for name, granted in _WISH_MEASURES.items()
    }


def _one_piece(shapes: Sequence[PartSet]) -> float:
    return float(np.mean([properties.component_count(shape) == 1 for shape in shapes]))


def _connectivity(shapes: Sequence[PartSet]) -> dict[str, float]:
    """Share in one piece, as drawn and after the contact repair."""
    some = shapes[:: max(1, len(shapes) // _CONNECTED_COUNT)][:_CONNECTED_COUNT]
    return {
        "one piece": _one_piece(some),
        "one piece repaired": _one_piece([repair_contacts(shape) for shape in some]),
    }


def _mean_and_spread(rows: Sequence[Mapping[str, float]]) -> dict[str, list[float]]:
    """Measure -> mean and standard deviation over the seeds."""
    return {
        name: [round(float(f([row[name] for row in rows])), 4) for f in (np.mean, np.std)] for name in rows[0]
    }


def _misses(judge: Judge, shapes: Sequence[PartSet], captions: Sequence[Caption]) -> Counter[str]:
    judged = judge_shapes(judge, shapes)
    pairs = zip(judged, captions, strict=True)
    return Counter(
        c.wish.category for index, c in pairs if index == BROKEN or _NAMES[index] != c.wish.category
    )


def _data_row(judge: Judge, captions: Sequence[Caption]) -> dict[str, list[float]]:
    rng = np.random.default_rng(22)
    shapes = [build_shape(CATEGORIES[c.wish.category], c.wish, rng) for c in captions]
    return _mean_and_spread([measure(judge, shapes, captions) | _connectivity(shapes)])


def _spread(shapes: Sequence[PartSet]) -> float:
    """Mean distance between the codes of two shapes: presence, places, sizes and colours."""
    groups = ("presence", "centre", "size", "color")
    columns = np.concatenate([np.arange(1000)[CODE_GROUPS[name]] for name in groups])
    codes = np.stack([encode_parts(shape)[:, columns].ravel() for shape in shapes])
    distances = np.linalg.norm(codes[:, None] - codes[None], axis=2)
    return float(distances.sum() / (len(codes) * (len(codes) - 1)))


def _diversity(network: PartsFlow, how: Sampling, each: int = 6) -> dict[str, float]:
    """Spread of shapes for the bare noun against the spread of procedural data: 1 is as diverse."""
    texts = [f"a {CATEGORIES[name].nouns[0]}" for name in _NAMES for _ in range(each)]
    drawn = sample_shapes(network, encode_rows(texts), 5, how)
    rng = np.random.default_rng(23)
    ratios = []
    for index, name in enumerate(_NAMES):
        data = [build_shape(CATEGORIES[name], Wish(name), rng) for _ in range(each)]
        ratios.append(_spread(drawn[index * each : (index + 1) * each]) / _spread(data))
    lowest = sorted(zip(ratios, _NAMES, strict=True))[:5]
    return {"mean": round(float(np.mean(ratios)), 4)} | {name: round(ratio, 4) for ratio, name in lowest}


def _dev_grid(network: PartsFlow, judge: Judge) -> list[dict[str, float]]:
    """Every guidance with every step count on prompts kept for that choice."""
    rng = np.random.default_rng(24)
    drawn = (draw_caption(rng, frames=HELD_OUT_TEMPLATES) for _ in range(400))
    telling = [caption for caption in drawn if caption.wish.count or len(caption.wish.sizes) == 1]
    captions = (*_written(DEV_PROMPTS), *telling[:82])
    text = encode_rows([caption.text for caption in captions])
    rows = []
    for guidance in _GUIDANCES:
        for step_count in _STEP_COUNTS:
            shapes = sample_shapes(network, text, 7, Sampling(guidance, step_count))
            results = measure(judge, shapes, captions)
            rows.append(
                {"guidance": guidance, "steps": step_count, **{k: round(v, 4) for k, v in results.items()}}
            )
    return rows


@dataclass(slots=True)
class _Findings:
    """What the test splits gave: rows by split, how many captions state what, and the categories missed."""

    rows: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    stated: dict[str, dict[str, int]] = field(default_factory=dict)
    misses: Counter[str] = field(default_factory=Counter)


def _test(network: PartsFlow, judge: Judge, how: Sampling, tests: Sequence[Split]) -> _Findings:
    found = _Findings()
    for split in tests:
        text = encode_rows(split.texts)
        drawn = [sample_shapes(network, text, seed, how) for seed in _SEEDS]
        rows = [measure(judge, shapes, split.captions) for shapes in drawn]
        connected = _mean_and_spread([_connectivity(drawn[0])])
        found.rows[split.name] = _mean_and_spread(rows) | connected
        found.stated[split.name] = _stated(drawn[0], split.captions)
        for shapes in drawn:
            found.misses += _misses(judge, shapes, split.captions)
        print(split.name, found.rows[split.name], flush=True)
    return found


def evaluate(
    checkpoint: Path, how: Sampling, *, count: int = 300, dev_grid: bool = True
) -> dict[str, object]:
    """Everything the report says, ready for JSON.

    Args:
        checkpoint: What `compile.house.train` saved.
        how: Guidance and steps of the test splits.
        count: Captions in each split of the grammar.
        dev_grid: Whether to try all guidances and step counts on the dev prompts.
    """
    torch.set_num_threads(1)
    network, judge = load_trained(checkpoint), load_judge(CORPUS_FOLDER)
    tests = splits(count)
    found = _test(network, judge, how, tests)
    return {
        "training_step": torch.load(checkpoint, weights_only=True)["step"],
        "guidance": how.guidance,
        "steps": how.step_count,
        "seeds": list(_SEEDS),
        "captions_each": {split.name: len(split.captions) for split in tests},
        "captions_that_state": found.stated,
        "splits": found.rows | {"procedural data": _data_row(judge, tests[1].captions)},
        "misses": dict(found.misses.most_common(12)),
        "diversity": _diversity(network, how),
        "judge": {name: round(share, 4) for name, share in held_out_accuracy(judge).items()},
        "counted": properties.counted_categories(),
        "dev_grid": _dev_grid(network, judge) if dev_grid else [],
    }


def main() -> None:
    """Evaluate a checkpoint and write `evaluation.md` and `evaluation.json`."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--checkpoint", type=Path, default=CORPUS_FOLDER / "train.pt")
    parser.add_argument("--guidance", type=float, default=Sampling().guidance)
    parser.add_argument("--steps", type=int, default=Sampling().step_count)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--no-dev-grid", action="store_true")
    parser.add_argument("--out", type=Path, default=Path("docs/house-model"))
    options = parser.parse_args()
    begun = perf_counter()
    how = Sampling(options.guidance, options.steps)
    results = evaluate(options.checkpoint, how, count=options.count, dev_grid=not options.no_dev_grid)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "evaluation.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    (options.out / "evaluation.md").write_text(markdown(results), encoding="utf-8")
    print(f"{options.out}/evaluation.md after {perf_counter() - begun:.0f} s")


if __name__ == "__main__":
    main()
