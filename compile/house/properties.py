"""Measures on a part set what its prompt asked for: colours, counts, sizes, material, wholeness.

No rule is written by hand: each comes from drawing the category twice with the same random numbers and one
wish changed. What differs between the two drawings is what that wish is about.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from compile.house.categories import CATEGORIES
from compile.house.category import Category, Wish, build_shape
from compile.house.palette import COLORS
from serve.fields.grid import grid_around, sample_grid
from serve.fields.widening import widened
from serve.geometry.parts import Part, PartSet

__all__ = [
    "accents_granted",
    "color_granted",
    "component_count",
    "count_granted",
    "counted_categories",
    "material_granted",
    "size_granted",
]

_DRAWING_COUNT = 10
_SIZE_DRAWING_COUNT = 40
_NAMES = tuple(COLORS)
_VALUES = np.array([COLORS[name] for name in _NAMES])

Rules = dict[str, float]  # role -> share of its parts that follow a wish


def _named(color: Sequence[float]) -> str:
    """The nearest colour that has a name."""
    return _NAMES[int(np.argmin(np.square(_VALUES - np.array(color)).sum(axis=1)))]


def _drawn(category: Category, wish: Wish, seed: int) -> PartSet:
    return build_shape(category, wish, np.random.default_rng(seed))


def _variants(category: Category) -> tuple[str | None, ...]:
    return tuple(category.variants) or (None,)


def _followers(
    category: Category, wishes: Iterable[tuple[Wish, Wish]], colors: tuple[str, str]
) -> frozenset[str]:
    """Roles most of whose parts have the first colour in one drawing and the second in the other."""
    shares: dict[str, list[bool]] = defaultdict(list)
    for number, (one, other) in enumerate(wishes):
        pairs = zip(_drawn(category, one, number).parts, _drawn(category, other, number).parts, strict=True)
        for a, b in pairs:
            shares[a.role].append((_named(a.color), _named(b.color)) == colors)
    return frozenset(role for role, hits in shares.items() if np.mean(hits) > 0.5)


def _accents(category: Category, color: str) -> tuple[str, ...]:
    return (color,) * len(category.accents)


@cache
def _main_roles(name: str) -> frozenset[str]:
    """Roles that the main colour paints."""
    category, still = CATEGORIES[name], _accents(CATEGORIES[name], "white")
    wishes = [
        tuple(Wish(name, variant, color, still) for color in ("purple", "teal"))
        for variant in _variants(category)
        for _ in range(_DRAWING_COUNT)
    ]
    return _followers(category, wishes, ("purple", "teal"))  # type: ignore[arg-type]


@cache
def _accent_roles(name: str, index: int) -> frozenset[str]:
    """Roles that the accent of this index paints."""
    category = CATEGORIES[name]

    def wish(variant: str | None, color: str) -> Wish:
        colors = ["white"] * len(category.accents)
        colors[index] = color
        return Wish(name, variant, "green", tuple(colors))

    wishes = [
        (wish(variant, "purple"), wish(variant, "teal"))
        for variant in _variants(category)
        for _ in range(_DRAWING_COUNT)
    ]
    return _followers(category, wishes, ("purple", "teal"))


def _volume(part: Part) -> float:
    return float(np.prod(part.half_size))


def _most(votes: Iterable[tuple[str, float]]) -> str | None:
    """The word with the greatest weight; None without votes."""
    weights: Counter[str] = Counter()
    for word, weight in votes:
        weights[word] += weight  # type: ignore[assignment]
    return max(sorted(weights), key=weights.__getitem__) if weights else None


def _painted(shape: PartSet, roles: frozenset[str]) -> str | None:
    """The colour of most of the volume of these roles."""
    return _most((_named(part.color), _volume(part)) for part in shape.parts if part.role in roles)


def color_granted(shape: PartSet, wish: Wish) -> bool | None:
    """Whether the main colour is the wished one; None where none was wished."""
    return None if wish.color is None else _painted(shape, _main_roles(wish.category)) == wish.color


def accents_granted(shape: PartSet, wish: Wish) -> bool | None:
    """Whether every accent that was wished has its colour; None where none was wished.

    An accent that no drawing of the category shows with that wish alone is not judged.
    """
    said = [(index, color) for index, color in enumerate(wish.accents) if color]
    judged = [(_accent_roles(wish.category, index), color) for index, color in said]
    judged = [(roles, color) for roles, color in judged if roles]
    return all(_painted(shape, roles) == color for roles, color in judged) if judged else None


@cache
def _count_rule(name: str, variant: str | None) -> tuple[str, dict[int, int]] | None:
    """A role whose number of parts tells the count, and count by number of parts; None where no role does."""
    category = CATEGORIES[name]
    if category.count is None:
        return None
    counts = range(category.count.lowest, category.count.highest + 1)
    seen = {count: _role_counts(category, variant, count) for count in counts}
    for role in sorted({role for drawings in seen.values() for roles in drawings for role in roles}):
        numbers = {count: {roles[role] for roles in drawings} for count, drawings in seen.items()}
        table = {min(found): count for count, found in numbers.items() if len(found) == 1}
        if len(table) == len(counts):
            return role, table
    return None


def _role_counts(category: Category, variant: str | None, count: int) -> list[Counter[str]]:
    """Parts by role in drawings with this count."""
    variants = (variant,) if variant else _variants(category)
    wishes = [Wish(category.name, kind, count=count) for kind in variants for _ in range(_DRAWING_COUNT)]
    return [Counter(p.role for p in _drawn(category, wish, seed).parts) for seed, wish in enumerate(wishes)]


def count_granted(shape: PartSet, wish: Wish) -> bool | None:
    """Whether it has as many as wished; None where nothing was wished or no role tells the count."""
    rule = _count_rule(wish.category, wish.variant) if wish.count is not None else None
    if rule is None:
        return None
    role, table = rule
    return table.get(sum(part.role == role for part in shape.parts)) == wish.count


def counted_categories() -> dict[str, str]:
    """Category -> the role that tells its count, for every category where one does whatever the variant."""
    rules = {name: _count_rule(name, None) for name in CATEGORIES}
    return {name: rule[0] for name, rule in rules.items() if rule}


def material_granted(shape: PartSet, wish: Wish) -> bool | None:
    """Whether most of what has the main colour is of the wished material; None where none was wished."""
    if wish.material is None:
        return None
    roles = _main_roles(wish.category)
    return _most((p.material, _volume(p)) for p in shape.parts if p.role in roles) == wish.material


def _proportions(shape: PartSet) -> NDArray[np.float64]:
    """Logarithms of height by width and of height by depth, float64 [2]: what is left after normalizing."""
    lower, upper = shape.bounds
    wide, high, deep = np.log(upper - lower).tolist()
    return np.array([high - wide, high - deep])


@dataclass(frozen=True, slots=True)
class _SizeRule:
    direction: NDArray[np.float64]
    low: float
    high: float


@cache
def _size_rule(name: str, axis: str, variant: str | None) -> _SizeRule:
    """Fisher's discriminant between drawings with and against the size word, and where "unsaid" ends."""
    category = CATEGORIES[name]
    groups = {}
    for word in (-1, 0, 1):
        wish = Wish(name, variant, sizes={axis: word} if word else {})
        groups[word] = np.stack(
            [_proportions(_drawn(category, wish, seed)) for seed in range(_SIZE_DRAWING_COUNT)]
        )
    spread = sum(np.cov(rows.T) for rows in groups.values()) + 1e-4 * np.eye(2)
    direction = np.linalg.solve(spread, groups[1].mean(axis=0) - groups[-1].mean(axis=0))
    small, usual, large = (float(np.median(groups[word] @ direction)) for word in (-1, 0, 1))
    return _SizeRule(direction, (small + usual) / 2, (usual + large) / 2)


def size_granted(shape: PartSet, wish: Wish) -> bool | None:
    """Whether its proportions are clearly on the wished side of usual; None unless one size is wished."""
    if len(wish.sizes) != 1:
        return None
    axis, word = next(iter(wish.sizes.items()))
    rule = _size_rule(wish.category, axis, wish.variant)
    score = float(_proportions(shape) @ rule.direction)
    return score > rule.high if word > 0 else score < rule.low


def component_count(shape: PartSet, resolution: int = 96) -> int:
    """Pieces of the solid, as it is meshed with `resolution` cells along its longest side; corners join."""
    solid = widened(shape, resolution)
    inside = sample_grid(solid, grid_around(solid, resolution)) < 0.0
    return int(ndimage.label(inside, structure=np.ones((3, 3, 3)))[1])
