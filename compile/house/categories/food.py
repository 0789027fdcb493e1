"""Things to eat."""

from __future__ import annotations

import math

from compile.house.category import Accent, Category, Count, Draw
from compile.house.sketch import Paint, Sketch

__all__ = ["FOOD"]

_CREAM = ("white", "pink", "brown", "yellow", "red", "blue", "green", "purple")


def cake(s: Sketch, d: Draw) -> None:
    n, wide = d.count, 0.32 * d.size("wide")
    tall = 0.10 * d.size("tall")
    s.tube("plate", (0, 0.008, 0), wide * 1.3, 0.018, d.paint("white", "ceramic"), round=0.5)
    y = 0.014
    for k in range(n):
        w = wide * (1 - 0.28 * k)
        s.tube("body", (0, y + tall / 2, 0), w, tall, d.main, round=0.2)
        s.tube("icing", (0, y + tall * 0.88, 0), w * 1.03, tall * 0.3, d.accent, round=0.5)
        y += tall * 0.98
    w = wide * (1 - 0.28 * (n - 1))
    if d.variant == "birthday":
        m = 4
        for k in range(m):
            a = 2 * math.pi * k / m + 0.4
            at = (w * 0.3 * math.cos(a), w * 0.3 * math.sin(a))
            s.tube("candle", (at[0], y + 0.045, at[1]), 0.016, 0.1, d.paint("white"))
            s.ball(
                "flame", (at[0], y + 0.105, at[1]), (0.02, 0.036, 0.02), Paint((0.98, 0.70, 0.15), "plastic")
            )
    else:
        s.ball("fruit", (0, y + 0.03, 0), 0.07, d.paint("red", "ceramic"))


def ice_cream(s: Sketch, d: Draw) -> None:
    high, wide = 0.13 * d.size("tall"), 0.075
    waffle = d.paint("beige", "fabric")
    s.tube("cone", (0, high / 2, 0), wide, high, waffle, taper=-0.92, round=0.0)
    s.ring("rim", (0, high, 0), wide * 1.08, 0.016, waffle)
    y = high + wide * 0.22
    flavours = (d.main, d.accent, d.main)
    for k in range(d.count):
        size = wide * (1.05 - 0.1 * k)
        s.ball("scoop", (0, y, 0), size, flavours[k], blend=0.003)
        y += size * 0.62
    if d.chance(0.5):
        s.ball("fruit", (0, y - wide * 0.05, 0), wide * 0.3, d.paint("red", "ceramic"))


def burger(s: Sketch, d: Draw) -> None:
    wide = 0.12 * d.size("wide")
    bun = Paint(d.main[0], "fabric")
    s.tube("bun", (0, 0.014, 0), wide, 0.03, bun, round=0.5)
    y = 0.026
    for _ in range(d.count):
        s.tube(
            "filling", (0, y + 0.009, 0), wide * 1.06, 0.022, Paint((0.30, 0.16, 0.09), "fabric"), round=0.5
        )
        s.box(
            "cover",
            (0, y + 0.021, 0),
            (wide * 0.94, 0.006, wide * 0.94),
            d.paint("yellow"),
            rot=(0.0, 45.0, 0.0),
            round=0.3,
        )
        y += 0.026
    s.tube("leaf", (0, y + 0.002, 0), wide * 1.14, 0.009, d.paint("green"), round=0.4)
    s.tube("filling", (0, y + 0.008, 0), wide * 0.98, 0.010, d.paint("red"), round=0.4)
    s.ball(
        "bun",
        (0, y + 0.010, 0),
        (wide * 1.05, 0.095 * d.size("tall"), wide * 1.05),
        bun,
        rot=(180.0, 0.0, 0.0),
        cut=0.5,
    )


def donut(s: Sketch, d: Draw) -> None:
    wide, thick = 0.10 * d.size("wide"), 0.036 * d.size("thick")
    s.ring("body", (0, thick / 2, 0), wide, thick, Paint(d.accent[0], "fabric"))
    s.ring("icing", (0, thick * 0.62, 0), wide * 0.97, thick * 0.9, d.main)
    m = 8 if d.variant == "sprinkled" else 0
    for k in range(m):
        a, r = 2 * math.pi * k / m, wide * (0.30 if k % 2 else 0.36)
        at = (r * math.cos(a), thick * 1.02, r * math.sin(a))
        s.box(
            "candle",
            at,
            (0.011, 0.0045, 0.0045),
            d.paint(d.pick(("white", "yellow", "blue", "green"))),
            rot=(0.0, 67.0 * k, 0.0),
            round=0.6,
        )


def apple(s: Sketch, d: Draw) -> None:
    wide = 0.08 * d.size("wide")
    pear = d.variant == "pear"
    s.ball("fruit", (0, wide * 0.45, 0), (wide, wide * 0.9, wide), d.main)
    if pear:
        s.ball("fruit", (0, wide * 0.95, 0), (wide * 0.6, wide * 0.8, wide * 0.6), d.main, blend=wide * 0.25)
    top = wide * (1.32 if pear else 0.88)
    s.rod("stem", (0, top - 0.012, 0), (0.006, top + 0.022, 0), 0.007, d.paint("brown", "wood"))
    s.ball("leaf", (0.02, top + 0.012, 0), (0.035, 0.007, 0.018), d.paint("green"), rot=(0.0, 0.0, 20.0))


FOOD = (
    Category(
        "cake", ("cake", "layer cake", "tart", "gateau"), cake, 0.45, _CREAM,
        variants={"cherry": (), "birthday": ("birthday cake", "cake with candles")},
        accents=(Accent(("icing", "frosting", "glaze"), _CREAM),), count=Count("tiers", 1, 3), sizes=("wide", "tall"),
        materials=("fabric",), indirect=("a sweet dessert for a party",),
    ),
    Category(
        "ice cream", ("ice cream", "ice cream cone", "ice-cream", "gelato cone"), ice_cream, 0.28, _CREAM,
        accents=(Accent(("second scoop", "top scoop"), _CREAM),), count=Count("scoops", 1, 3), sizes=("tall",),
        materials=("plastic",), indirect=("a cold treat in a cone",),
    ),
    Category(
        "burger", ("burger", "hamburger", "cheeseburger", "sandwich"), burger, 0.14, ("beige", "brown", "orange"),
        count=Count("patties", 1, 2), sizes=("wide", "tall"), materials=("fabric",), indirect=("fast food with a patty in a bun",),
    ),
    Category(
        "donut", ("donut", "doughnut", "glazed ring"), donut, 0.1, ("pink", "brown", "white", "blue", "yellow", "red", "green", "purple"),
        variants={"plain": (), "sprinkled": ("sprinkled donut", "donut with sprinkles")},
        accents=(Accent(("dough",), ("beige", "orange", "brown")),), sizes=("wide", "thick"), materials=("plastic",),
        indirect=("a sweet ring with a hole in it",),
    ),
    Category(
        "apple", ("apple", "fruit", "ripe apple"), apple, 0.1, ("red", "green", "yellow", "orange"),
        variants={"apple": (), "pear": ("pear", "ripe pear")}, sizes=("wide",), materials=("ceramic",),
        indirect=("a fruit that keeps the doctor away",),
    ),
)  # fmt: skip
