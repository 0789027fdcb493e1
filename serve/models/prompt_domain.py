"""What a prompt asks for: one of the categories that the house model knows, or none of them.

The categories and their facts lie beside the weights, in `categories.json`; the training command writes it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from serve.models.minilm_text import TEXT_WIDTH
from serve.models.spec import MODEL_REPOSITORY, ModelSpec, TensorSpec

__all__ = [
    "CATEGORIES_PATH",
    "CATEGORY_FACTS",
    "CATEGORY_LENGTHS_M",
    "CATEGORY_NAMES",
    "COLOR_WORDS",
    "PROMPT_DOMAIN",
    "CategoryFacts",
    "CountFacts",
]

CATEGORIES_PATH = MODEL_REPOSITORY / "prompt_domain" / "categories.json"


@dataclass(frozen=True, slots=True)
class CountFacts:
    """What can be counted (`legs`), from `lowest` to `highest`."""

    noun: str
    lowest: int
    highest: int


@dataclass(frozen=True, slots=True)
class CategoryFacts:
    """What may be said of one category.

    Args:
        name: Its name, unique.
        nouns: What people call it, the usual word first.
        longest_m: Its usual longest side, metres.
        sizes: The axes that size words act on: `tall`, `wide`, `long`, `thick`.
        materials: What it can be made of, the default first.
        accents: For each part with a colour of its own, the nouns that name the part.
        count: What can be counted, if anything can.
    """

    name: str
    nouns: tuple[str, ...]
    longest_m: float
    sizes: tuple[str, ...]
    materials: tuple[str, ...]
    accents: tuple[tuple[str, ...], ...]
    count: CountFacts | None


def _facts(row: Mapping[str, Any]) -> CategoryFacts:
    return CategoryFacts(
        name=row["name"],
        nouns=tuple(row["nouns"]),
        longest_m=row["longest_m"],
        sizes=tuple(row["sizes"]),
        materials=tuple(row["materials"]),
        accents=tuple(tuple(nouns) for nouns in row["accents"]),
        count=CountFacts(**row["count"]) if row["count"] else None,
    )


_TABLE = json.loads(CATEGORIES_PATH.read_text(encoding="utf-8"))

# Sorted by name: the order of the logits.
CATEGORY_FACTS: tuple[CategoryFacts, ...] = tuple(_facts(row) for row in _TABLE["categories"])
CATEGORY_NAMES: tuple[str, ...] = tuple(facts.name for facts in CATEGORY_FACTS)
CATEGORY_LENGTHS_M: Mapping[str, float] = {facts.name: facts.longest_m for facts in CATEGORY_FACTS}
# The colours that can be said -> the words for them.
COLOR_WORDS: Mapping[str, tuple[str, ...]] = {name: tuple(words) for name, words in _TABLE["colors"].items()}

PROMPT_DOMAIN = ModelSpec(
    name="prompt_domain",
    version=1,
    summary="Tells which category a prompt asks for, or that the house model knows none such.",
    inputs=(TensorSpec("pooled", "float32", (TEXT_WIDTH,), "the prompt, as `minilm_text` pools it"),),
    outputs=(
        TensorSpec(
            "category_logits",
            "float32",
            (len(CATEGORY_NAMES) + 1,),
            "log odds of the categories in the order of CATEGORY_NAMES; the last is none of these",
        ),
    ),
    max_batch_count=64,
    licence="Apache-2.0",
    source="trained by `python -m compile.house.domain` on captions that this repository writes",
)
