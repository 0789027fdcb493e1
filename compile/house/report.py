"""The evaluation's numbers as Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["markdown"]

_COLUMNS = (
    "category", "broken", "main colour", "accents", "count", "size word", "material", "one piece",
    "one piece repaired",
)  # fmt: skip

_EXPLAINED = """\
- **category**: a judge that sees only the solids, neither colours nor roles, names the category; **broken**:
  it finds no category at all. The judge itself, on held-out procedural shapes: {judge}.
- **main colour, accents, count, size word, material**: measured by rule on the parts, where the prompt states
  them.
- Of the unseen captions, this many state each: {stated}.
- **one piece**: one connected component as meshed with 96 cells, of 60 shapes, as drawn and after the contact
  repair.
- Mean and standard deviation over seeds {seeds}. The last row is the generator's own shapes: what a perfect
  model would get from the same measures.
- Counted by the number of parts of one role: {counted}.
"""


def markdown(results: Mapping[str, Any]) -> str:
    """`evaluation.md` from what `compile.house.evaluate.evaluate` returns."""
    judge = "; ".join(f"{name} {share:.3f}" for name, share in results["judge"].items())
    asked = results["captions_that_state"]["unseen captions"]
    stated = ", ".join(f"{name} {count}" for name, count in asked.items())
    counted = ", ".join(f"{name} ({role})" for name, role in results["counted"].items())
    sections = [
        "# The house model, evaluated\n",
        f"Guidance {results['guidance']:g}, {results['steps']} steps, after {results['training_step']:,} "
        "training steps. Written by `python -m compile.house.evaluate`.\n",
        _split_table(results),
        _EXPLAINED.format(judge=judge, stated=stated, counted=counted, seeds=_listed(results["seeds"])),
        _misses(results["misses"]),
        _diversity(results["diversity"]),
    ]
    if results["dev_grid"]:
        sections += ["## Guidance and steps, on dev prompts\n", _grid_table(results["dev_grid"])]
    return "\n".join(sections)


def _listed(items: Sequence[object]) -> str:
    return ", ".join(map(str, items))


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cell(row: Mapping[str, Sequence[float]], column: str) -> str:
    if column not in row:
        return "-"
    mean, spread = row[column]
    return f"{mean:.3f} ± {spread:.3f}" if spread else f"{mean:.3f}"


def _split_table(results: Mapping[str, Any]) -> str:
    counts = results["captions_each"]
    rows = [
        [name, str(counts.get(name, "")), *(_cell(row, column) for column in _COLUMNS)]
        for name, row in results["splits"].items()
    ]
    return _table(("split", "prompts", *_COLUMNS), rows)


def _misses(misses: Mapping[str, int]) -> str:
    named = ", ".join(f"{name} {count}" for name, count in misses.items())
    return f"Categories missed most often, all splits and seeds: {named or 'none'}.\n"


def _diversity(diversity: Mapping[str, float]) -> str:
    lowest = ", ".join(f"{name} {ratio:.2f}" for name, ratio in diversity.items() if name != "mean")
    return (
        f"Diversity (mean distance between shapes for one bare noun, against procedural data): "
        f"{diversity['mean']:.2f}; lowest: {lowest}.\n"
    )


def _grid_table(rows: Sequence[Mapping[str, float]]) -> str:
    head = tuple(rows[0])
    return _table(head, [[f"{row[column]:g}" if column in row else "-" for column in head] for row in rows])
