"""Sentences for wishes: what people type when they want one of these things.

Every caption comes with the wish it states; the shape is drawn anew from that wish each time the caption is used,
so a caption never fixes more than it says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from compile.house.categories import CATEGORIES
from compile.house.category import Accent, Category, Wish
from compile.house.palette import COLOR_WORDS

__all__ = ["HELD_OUT_PAIRS", "HELD_OUT_TEMPLATES", "Caption", "draw_caption", "held_out"]

_SIZE_WORDS: dict[tuple[str, int], tuple[str, ...]] = {
    ("tall", 1): ("tall", "very tall", "high", "extra tall"),
    ("tall", -1): ("short", "low", "stubby", "squat"),
    ("wide", 1): ("wide", "broad", "extra wide", "large", "big"),
    ("wide", -1): ("narrow", "slim", "slender", "thin", "small"),
    ("long", 1): ("long", "very long", "elongated", "stretched"),
    ("long", -1): ("short", "compact", "stubby"),
    ("thick", 1): ("thick", "chunky", "fat"),
    ("thick", -1): ("thin", "flat", "slim"),
}
_MATERIAL_WORDS: dict[str, tuple[str, ...]] = {
    "plastic": ("plastic",),
    "wood": ("wooden", "wood", "oak"),
    "metal": ("metal", "steel", "iron"),
    "glass": ("glass",),
    "stone": ("stone", "marble", "rock"),
    "fabric": ("fabric", "cloth"),
    "rubber": ("rubber",),
    "ceramic": ("ceramic", "porcelain", "glossy"),
}
_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight")

# {a} is "a" or "an"; {thing} the noun with its adjectives; {tail} what comes after it.
_FRAMES = (
    "{a} {thing}{tail}", "{a} {thing}{tail}", "{a} {thing}{tail}", "{thing}{tail}", "{thing}{tail}", "the {thing}{tail}",
    "a 3d model of {a} {thing}{tail}", "3d {thing}{tail}", "low poly {thing}{tail}", "{a} low poly {thing}{tail}",
    "please make {a} {thing}{tail}", "make me {a} {thing}{tail}", "I want {a} {thing}{tail}", "generate {a} {thing}{tail}",
    "create {a} {thing}{tail}", "can you build {a} {thing}{tail}?", "one {thing}{tail}", "{a} cute {thing}{tail}",
    "{a} simple {thing}{tail}", "{a} realistic {thing}{tail}", "{a} cartoon {thing}{tail}", "{a} nice {thing}{tail}",
    "{a} beautiful {thing}{tail}", "{a} toy {thing}{tail}", "{a} stylized {thing}{tail}", "{a} modern {thing}{tail}",
    "{a} vintage {thing}{tail}", "an old {thing}{tail}", "{a} detailed {thing}{tail}", "{a} {thing}{tail}, game asset",
    "{a} {thing}{tail}, high quality", "{a} {thing}{tail} on a white background", "my {thing}{tail}", "game ready {thing}{tail}",
)  # fmt: skip

HELD_OUT_TEMPLATES = (
    "show me {a} {thing}{tail}",
    "render of {a} {thing}{tail}",
    "we need {a} {thing}{tail} for our game",
    "draw {a} {thing}{tail}, thanks",
    "{thing}{tail}, isometric",
    "{a} perfect {thing}{tail}",
)

# Never seen together in training: (category, main colour), (category, material).
HELD_OUT_PAIRS = frozenset(
    {
        ("chair", "purple"), ("car", "teal"), ("mug", "orange"), ("house", "pink"), ("rocket", "green"), ("sofa", "orange"),
        ("robot", "pink"), ("guitar", "green"), ("tent", "pink"), ("duck", "purple"), ("barrel", "purple"), ("lamp", "brown"),
        ("table", "stone"), ("crate", "metal"), ("vase", "metal"), ("bowl", "glass"),
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Caption:
    """A sentence and the wish it states."""

    text: str
    wish: Wish


def held_out(wish: Wish) -> bool:
    """Whether the wish joins a pair that training never sees together."""
    return (wish.category, wish.color) in HELD_OUT_PAIRS or (wish.category, wish.material) in HELD_OUT_PAIRS


class _Writer:
    """Draws one caption."""

    def __init__(self, rng: np.random.Generator, frames: Sequence[str]) -> None:
        self.rng = rng
        self.frames = frames

    def pick(self, options: Sequence[str]) -> str:
        return options[int(self.rng.integers(len(options)))]

    def chance(self, share: float) -> bool:
        return bool(self.rng.random() < share)

    def color_word(self, color: str) -> str:
        words = COLOR_WORDS[color]
        return words[0] if self.chance(0.7) else self.pick(words)

    def wish(self, category: Category) -> Wish:
        """What this caption will say: between nothing and almost everything."""
        richness = self.pick(("bare", "color", "color", "some", "some", "some", "rich", "rich"))
        odds = {"bare": 0.0, "color": 0.08, "some": 0.38, "rich": 0.62}[richness]
        colored = richness == "color" or self.chance(odds + 0.25 if richness != "bare" else 0.0)
        color = self.pick(tuple(COLOR_WORDS)) if colored else None
        accents = tuple(
            self.pick(tuple(COLOR_WORDS)) if self.chance(odds) else None for _ in category.accents
        )
        count = category.count
        variants = tuple(name for name, nouns in category.variants.items() if nouns)
        sizes = {axis: (1 if self.chance(0.5) else -1) for axis in category.sizes if self.chance(odds * 0.6)}
        several = len(category.materials) > 1
        return Wish(
            category=category.name,
            variant=self.pick(variants) if variants and self.chance(0.45) else None,
            color=color,
            accents=accents,
            count=int(self.rng.integers(count.lowest, count.highest + 1))
            if count and self.chance(odds)
            else None,
            sizes=sizes,
            material=self.pick(category.materials) if several and self.chance(odds * 0.7) else None,
        )

    def _adjectives(self, wish: Wish) -> list[str]:
        words = [self.pick(_SIZE_WORDS[item]) for item in sorted(wish.sizes.items())]
        colors = [self.color_word(wish.color)] if wish.color else []
        materials = [self.pick(_MATERIAL_WORDS[wish.material])] if wish.material else []
        return [*words, *colors, *materials] if self.chance(0.85) else [*colors, *words, *materials]

    def _accent(self, accent: Accent, color: str) -> str:
        noun = self.pick(accent.nouns)
        article = "" if noun.endswith("s") else "a "
        return f"{article}{self.color_word(color)} {noun}"

    def _counted(self, wish: Wish, category: Category) -> list[str]:
        if wish.count is None or category.count is None:
            return []
        number = _NUMBERS[wish.count] if self.chance(0.7) else str(wish.count)
        noun = category.count.noun
        return [f"{number} {_singular(noun) if wish.count == 1 else noun}"]

    def _tail(self, wish: Wish, category: Category) -> str:
        pairs = zip(category.accents, wish.accents, strict=False)
        phrases = [self._accent(accent, color) for accent, color in pairs if color]
        phrases = self._counted(wish, category) + phrases
        if not phrases:
            return ""
        if len(phrases) > 1 and self.chance(0.3):
            phrases.reverse()
        joined = " and ".join(phrases)
        if self.chance(0.15):
            return f", {joined}"
        return f" {self.pick(('with', 'with', 'with', 'that has', 'having'))} {joined}"

    def _noun(self, wish: Wish, category: Category) -> str:
        if wish.variant:
            return self.pick(category.variants[wish.variant])
        return category.nouns[0] if self.chance(0.5) else self.pick(category.nouns)

    def caption(self, category: Category) -> Caption:
        wish = self.wish(category)
        if category.indirect and self.chance(0.06):
            bare = Wish(category.name, color=wish.color)
            text = self.pick(category.indirect)
            return Caption(f"{text}, {self.color_word(wish.color)}" if wish.color else text, bare)
        noun, tail = self._noun(wish, category), self._tail(wish, category)
        words = self._adjectives(wish)
        if words and self.chance(0.08):
            tail += f" that is {' and '.join(words)}" if not tail else ""
            words = [] if tail.startswith(" that is") else words
        thing = " ".join([*words, noun])
        text = self.pick(self.frames).format(a="an" if thing[0] in "aeiou" else "a", thing=thing, tail=tail)
        text = text[0].upper() + text[1:] if self.chance(0.25) else text
        return Caption(f"{text}." if self.chance(0.12) and text[-1] != "?" else text, wish)


def _singular(noun: str) -> str:
    irregular = {"shelves": "shelf", "patties": "patty"}
    return irregular.get(noun, noun.removesuffix("s"))


def draw_caption(
    rng: np.random.Generator,
    *,
    frames: Sequence[str] = _FRAMES,
    category: str | None = None,
    pairs_held_out: bool = False,
) -> Caption:
    """One caption of a random category, with a held-out pair in it or surely without one.

    Args:
        rng: Where every choice comes from.
        frames: Sentence frames to choose from.
        category: Only of this category.
        pairs_held_out: Draw until the wish joins a pair of `HELD_OUT_PAIRS`; otherwise until it does not.
    """
    names = sorted({name for name, _ in HELD_OUT_PAIRS}) if pairs_held_out else tuple(CATEGORIES)
    writer = _Writer(rng, frames)
    while True:
        caption = writer.caption(CATEGORIES[category or writer.pick(names)])
        if held_out(caption.wish) == pairs_held_out:
            return caption
