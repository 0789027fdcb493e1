"""`galatea categories`: what the house model knows."""

from __future__ import annotations

from serve.models.prompt_domain import CATEGORY_FACTS

__all__ = ["list_categories"]


def list_categories() -> None:
    """Print each category with the words for it and its usual size."""
    for category in CATEGORY_FACTS:
        words = ", ".join(word for word in category.nouns if word != category.name)
        print(f"{category.name:<15} {category.longest_m:>5.2f} m  {words}")
