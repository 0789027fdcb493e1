"""Trees, flowers and what else grows."""

from __future__ import annotations

import math

from compile.house.category import Accent, Category, Count, Draw
from compile.house.sketch import Paint, Sketch

__all__ = ["PLANTS"]

_ANY = ("red", "blue", "yellow", "green", "white", "black", "orange", "pink", "purple", "teal", "gray")


def tree(s: Sketch, d: Draw) -> None:
    high, wide = 2.4 * d.size("tall"), 1.9 * d.size("wide")
    bark = Paint(d.accent[0], "wood")
    leaf = d.main_or("green") if d.variant in ("pine", "palm") else d.main
    if d.variant == "pine":
        s.tube("trunk", (0, high * 0.16, 0), wide * 0.17, high * 0.36, bark, taper=0.2)
        n = d.count
        for k in range(n):
            share = 1.0 - 0.62 * k / max(n - 1, 1)
            tall = high * 0.95 / n * 1.55
            y = high * 0.26 + high * 0.86 * k / n + tall / 2 - 0.05
            s.tube("leaf", (0, y, 0), wide * 0.85 * share, tall, leaf, taper=0.93, round=0.05)
        return
    s.tube("trunk", (0, high * 0.27, 0), wide * 0.17, high * 0.58, bark, taper=0.25)
    if d.variant == "palm":
        s.tube("trunk", (0, high * 0.62, 0), wide * 0.125, high * 0.6, bark, taper=0.2)
        for k in range(6):
            a = 2 * math.pi * k / 6
            end = (wide * 0.62 * math.cos(a), high * 0.80, wide * 0.62 * math.sin(a))
            s.rod(
                "leaf",
                (0, high * 0.92, 0),
                end,
                wide * 0.24,
                leaf,
                kind="box",
                depth=wide * 0.06,
                taper=0.5,
                round=0.4,
            )
        s.ball("fruit", (0.08, high * 0.87, 0.08), wide * 0.14, d.paint("brown", "wood"))
        s.ball("fruit", (-0.09, high * 0.87, 0.05), wide * 0.14, d.paint("brown", "wood"))
        return
    blend = wide * 0.06
    s.ball("crown", (0, high * 0.74, 0), (wide * 0.78, high * 0.52, wide * 0.78), d.main)
    for k in range(4):
        a = 2 * math.pi * k / 4 + d.u(0, 1.0)
        at = (wide * 0.27 * math.cos(a), high * d.u(0.60, 0.80), wide * 0.27 * math.sin(a))
        s.ball("crown", at, wide * d.u(0.42, 0.56), d.main, blend=blend)
    for k in range(d.count if d.chance(0.4) else 0):
        a = 2 * math.pi * k / d.count + 0.6
        s.ball(
            "fruit",
            (wide * 0.36 * math.cos(a), high * 0.72, wide * 0.36 * math.sin(a)),
            wide * 0.13,
            d.paint("red"),
        )


def cactus(s: Sketch, d: Draw) -> None:
    high, wide = 0.9 * d.size("tall"), 0.26 * d.size("wide")
    s.tube("pot", (0, 0.13, 0), 0.36, 0.26, d.accent, taper=-0.25)
    s.ring("rim", (0, 0.25, 0), 0.40, 0.07, d.accent)
    s.tube("filling", (0, 0.2, 0), 0.32, 0.12, d.paint("brown", "fabric"))
    s.tube("stem", (0, 0.22 + high / 2, 0), wide, high, d.main, round=0.95)
    for k in range(d.count):
        x = 1 if k % 2 else -1
        y = 0.25 + high * (0.32 + 0.18 * k)
        out, thick = x * (wide * 0.5 + 0.13), wide * 0.55
        s.rod("arm", (0, y, 0), (out, y + 0.02, 0), thick, d.main, round=0.9, blend=0.02)
        s.rod("arm", (out, y, 0), (out, y + high * d.u(0.22, 0.36), 0), thick, d.main, round=0.95, blend=0.02)
    if d.chance(0.4):
        s.ball("petal", (0, 0.22 + high, 0), 0.12, d.paint("pink"))


def mushroom(s: Sketch, d: Draw) -> None:
    high, wide = 0.55 * d.size("tall"), 0.62 * d.size("wide")
    s.tube("stalk", (0, high / 2, 0), wide * 0.32, high, d.accent, taper=0.25, round=0.3)
    s.ball("cap", (0, high * 0.92, 0), (wide, wide * 0.85, wide), d.main, rot=(180.0, 0.0, 0.0), cut=0.45)
    s.ring("ring", (0, high * 0.62, 0), wide * 0.42, wide * 0.07, d.accent)
    if d.variant == "spotted":
        for k in range(6):
            a = 2 * math.pi * k / 6 + 0.3
            up = 0.55 if k % 2 else 0.95
            r = wide * 0.5 * math.cos(up)
            at = (r * math.cos(a), high * 0.92 + wide * 0.425 * math.sin(up), r * math.sin(a))
            s.ball("spot", at, wide * 0.15, d.paint("white"))
        s.ball("spot", (0, high * 0.92 + wide * 0.42, 0), wide * 0.15, d.paint("white"))


def flower(s: Sketch, d: Draw) -> None:
    high, n = 0.55 * d.size("tall"), d.count
    leaf = d.paint("green")
    y, z, r = high, 0.02, 0.13 * d.size("wide")
    s.tube("stem", (0, high / 2, 0), 0.03, high, leaf)
    for k in range(n):
        turn = 360.0 * k / n + 90.0
        a = math.radians(turn)
        s.ball("petal", (r * 0.9 * math.cos(a), y + r * 0.9 * math.sin(a), z), (r * 1.5, r * min(1.1, 5.6 / n), 0.05),
               d.main, rot=(0.0, 0.0, turn))  # fmt: skip
    s.ball("body", (0, y, z + 0.02), (r * 1.0, r * 1.0, 0.08), d.accent)
    for x in (-1, 1):
        at = (x * 0.08, high * (0.36 if x > 0 else 0.25), 0)
        s.ball("leaf", at, (0.2, 0.06, 0.035), leaf, rot=(0.0, 0.0, x * 35.0))
    if d.variant == "potted":
        s.tube("pot", (0, 0.03, 0), 0.22, 0.2, d.paint("orange", "ceramic"), taper=-0.25)
        s.ring("rim", (0, 0.12, 0), 0.25, 0.04, d.paint("orange", "ceramic"))
    else:
        s.tube("base", (0, 0.01, 0), 0.24, 0.05, d.paint("green", "fabric"), taper=0.4, round=0.5)


PLANTS = (
    Category(
        "tree", ("tree", "leafy tree", "oak tree", "apple tree", "garden tree"), tree, 2.8, ("green", "green", "orange", "yellow", "pink", "red"),
        variants={"round": (), "pine": ("pine tree", "fir tree", "christmas tree", "spruce", "conifer"),
                  "palm": ("palm tree", "coconut palm", "palm")},
        accents=(Accent(("trunk",), ("brown", "gray", "white")),), count=Count("tiers", 2, 4), sizes=("tall", "wide"),
        indirect=("a plant with a trunk and leaves",),
    ),
    Category(
        "cactus", ("cactus", "saguaro", "desert plant", "potted cactus"), cactus, 1.1, ("green", "green", "green", "green", "teal"),
        accents=(Accent(("pot",), ("orange", "white", "brown", "red", "blue")),), count=Count("arms", 1, 3), sizes=("tall", "wide"),
        indirect=("a prickly plant from the desert",),
    ),
    Category(
        "mushroom", ("mushroom", "fungus", "champignon"), mushroom, 0.8, _ANY,
        variants={"plain": (), "spotted": ("toadstool", "spotted mushroom", "fly agaric")},
        accents=(Accent(("stem", "stalk", "foot"), ("white", "beige", "brown")),), sizes=("tall", "wide"),
        indirect=("something that grows in the woods after rain",),
    ),
    Category(
        "flower", ("flower", "daisy", "blossom", "sunflower", "bloom"), flower, 0.75, _ANY,
        variants={"wild": (), "potted": ("potted flower", "flower in a pot", "potted plant")},
        accents=(Accent(("centre", "center", "middle"), ("yellow", "orange", "brown", "white")),), count=Count("petals", 5, 8),
        sizes=("tall", "wide"), indirect=("something that blooms in the garden",),
    ),
)  # fmt: skip
