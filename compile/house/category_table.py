"""The facts of every category that the service needs at run time, as the JSON text that is committed."""

from __future__ import annotations

import json
from dataclasses import asdict

from compile.house.categories import CATEGORIES
from compile.house.category import Category
from compile.house.palette import COLOR_WORDS

__all__ = ["categories_json"]


def categories_json() -> str:
    """`model_repository/prompt_domain/categories.json`: colours, and the categories sorted by name."""
    table = {"colors": COLOR_WORDS, "categories": [_row(category) for category in CATEGORIES.values()]}
    return json.dumps(table, indent=1) + "\n"


def _row(category: Category) -> dict[str, object]:
    spoken = [*category.nouns, *(noun for nouns in category.variants.values() for noun in nouns)]
    return {
        "name": category.name,
        "nouns": list(dict.fromkeys(spoken)),
        "longest_m": category.longest_m,
        "sizes": category.sizes,
        "materials": category.materials,
        "accents": [accent.nouns for accent in category.accents],
        "count": asdict(category.count) if category.count else None,
    }
