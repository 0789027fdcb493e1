"""What a category is, what a caption fixes of it, and the draw that fills in the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from compile.house.palette import COLORS, MATERIAL_COLORS, Rgb
from compile.house.sketch import Paint, Sketch
from serve.geometry.parts import PartSet

__all__ = ["Accent", "Category", "Count", "Draw", "Wish", "build_shape"]


@dataclass(frozen=True, slots=True)
class Accent:
    """A part with a colour of its own: the nouns that name it, and its colours when nobody says."""

    nouns: tuple[str, ...]
    colors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Count:
    """What can be counted: `three legs`."""

    noun: str
    lowest: int
    highest: int


@dataclass(frozen=True, slots=True)
class Category:
    """One kind of thing the house model knows.

    Args:
        name: Its name in tables.
        nouns: What people call it when they say no more.
        build: Draws one into a sketch, metres.
        longest_m: Its usual longest side in metres.
        colors: Main colours it has when nobody says.
        variants: Name of a variant -> the nouns that mean it.
        accents: Parts with a colour of their own, at most two.
        count: What can be counted.
        sizes: The axes that size words act on: `tall` (tall, short), `wide` (wide, narrow), `long`, `thick`.
        materials: What it can be made of when somebody says so; the first is the default.
        indirect: Descriptions without the noun.
    """

    name: str
    nouns: tuple[str, ...]
    build: Callable[[Sketch, Draw], None]
    longest_m: float
    colors: tuple[str, ...]
    variants: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    accents: tuple[Accent, ...] = ()
    count: Count | None = None
    sizes: tuple[str, ...] = ("tall",)
    materials: tuple[str, ...] = ("plastic",)
    indirect: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wish:
    """What a caption fixes; None is left to chance.

    Args:
        category: Name of the category.
        variant: One of its variants.
        color: Main colour.
        accents: Colours of its accents, None where unsaid.
        count: How many of what it counts.
        sizes: Axis -> +1 (tall, wide, ...) or -1 (short, narrow, ...).
        material: What it is made of.
    """

    category: str
    variant: str | None = None
    color: str | None = None
    accents: tuple[str | None, ...] = ()
    count: int | None = None
    sizes: Mapping[str, int] = field(default_factory=dict)
    material: str | None = None


class Draw:
    """A wish made whole by chance: every builder asks it for what it needs.

    Args:
        category: The category to draw.
        wish: What is fixed.
        rng: Where the rest comes from.
    """

    def __init__(self, category: Category, wish: Wish, rng: np.random.Generator) -> None:
        self.rng = rng
        self._wish = wish
        names = tuple(category.variants)
        self.variant = wish.variant or (self.pick(names) if names else "")
        count = category.count
        self.count = wish.count or (int(rng.integers(count.lowest, count.highest + 1)) if count else 0)
        self.material = wish.material or category.materials[0]
        usual = MATERIAL_COLORS.get(wish.material or "", category.colors)
        main = wish.color or self.pick(usual)
        self.main = self.paint(main, self.material)
        said = wish.accents + (None,) * len(category.accents)
        pairs = zip(category.accents, said, strict=False)
        names_of = [word or self._other(accent.colors, main) for accent, word in pairs]
        self.accents = [self.paint(name, None) for name in names_of]

    def _other(self, colors: tuple[str, ...], main: str) -> str:
        """One of these colours, rather not the main one."""
        others = tuple(color for color in colors if color != main)
        return self.pick(others or colors)

    @property
    def accent(self) -> Paint:
        """The first accent's paint."""
        return self.accents[0]

    @property
    def second(self) -> Paint:
        """The second accent's paint."""
        return self.accents[1]

    def paint(self, color: str, material: str | None = "plastic") -> Paint:
        """This named colour with a little jitter; gold and silver are metal unless a material is given."""
        metal = color in ("gold", "silver")
        if material is None or (metal and self._wish.material is None):
            material = "metal" if metal else "plastic"
        jitter = self.rng.uniform(-0.03, 0.03) + self.rng.uniform(-0.015, 0.015, 3)
        red, green, blue = np.clip(np.array(COLORS[color]) + jitter, 0.02, 0.98).tolist()
        return Paint((red, green, blue), material)

    def main_or(self, color: str) -> Paint:
        """The main paint if a colour was asked for, else this colour."""
        return self.main if self._wish.color else self.paint(color, self.material)

    def like(self, paint: Paint, shift: float, material: str | None = None) -> Paint:
        """The same paint, lighter (above 0) or darker, by a share of the way to white or black."""
        color, old = paint
        goal = 1.0 if shift > 0 else 0.0
        mixed: Rgb = tuple(c + (goal - c) * abs(shift) for c in color)  # type: ignore[assignment]
        return Paint(mixed, material or old)

    def pane(self) -> Paint:
        """A window: bluish and opaque, so that the body behind it does not show through."""
        return self.like(Paint((0.42, 0.62, 0.78), "ceramic"), self.u(-0.25, 0.1))

    def u(self, low: float, high: float) -> float:
        """Uniform in [low, high)."""
        return float(self.rng.uniform(low, high))

    def chance(self, share: float) -> bool:
        """True with this probability."""
        return bool(self.rng.random() < share)

    def pick(self, options: tuple[str, ...]) -> str:
        """One of these."""
        return options[int(self.rng.integers(len(options)))]

    def size(self, axis: str) -> float:
        """A factor for this axis: near 1 when unsaid, clearly above or below when a word asks for it."""
        word = self._wish.sizes.get(axis, 0)
        low, high = {0: (0.85, 1.18), 1: (1.35, 1.70), -1: (0.52, 0.70)}[word]
        return self.u(low, high)


def build_shape(category: Category, wish: Wish, rng: np.random.Generator) -> PartSet:
    """One shape that grants the wish, normalized."""
    sketch = Sketch()
    category.build(sketch, Draw(category, wish, rng))
    return sketch.shape().normalized()
