"""Animals and figures."""

from __future__ import annotations

import math

from compile.house.category import Accent, Category, Count, Draw
from compile.house.sketch import Paint, Sketch

__all__ = ["CREATURES"]

_ANY = ("red", "blue", "yellow", "green", "white", "black", "orange", "pink", "purple", "teal", "gray")
_FUR = ("brown", "beige", "white", "gray", "black", "orange")


def _eyes(s: Sketch, d: Draw, at: tuple[float, float, float], apart: float, size: float) -> None:
    """Two black eyes, `at` midway between them."""
    for x in (-1, 1):
        s.ball("eye", (at[0] + x * apart / 2, at[1], at[2]), size, Paint((0.03, 0.03, 0.03), "ceramic"))


def snowman(s: Sketch, d: Draw) -> None:
    n, black = d.count, d.paint("black", "fabric")
    sizes, y = (0.62, 0.47, 0.33) if n == 3 else (0.62, 0.40), 0.0
    centres = []
    for k, usual in enumerate(sizes):
        size = usual * (d.size("wide") if k == 0 else 1.0)
        y += size * 0.46
        s.ball("body" if k < n - 1 else "head", (0, y, 0), size, d.main)
        centres.append((y, size))
        y += size * 0.38
    y, head = centres[-1]
    s.rod("nose", (0, y, head * 0.45), (0, y - 0.01, head * 0.45 + 0.2), 0.06, d.paint("orange"), taper=0.8)
    _eyes(s, d, (0, y + head * 0.15, head * 0.45), head * 0.4, 0.045)
    s.tube("brim", (0, y + head * 0.42, 0), head * 1.05, 0.03, black)
    tall = 0.22 * d.size("tall")
    s.tube("hat", (0, y + head * 0.42 + tall / 2, 0), head * 0.66, tall, black)
    s.ring("scarf", (0, y - head * 0.42, 0), head * 1.0, 0.09, Paint(d.accent[0], "fabric"))
    body_y, body = centres[-2]
    wood = d.paint("brown", "wood")
    for x in (-1, 1):
        s.rod(
            "arm",
            (x * body * 0.4, body_y + 0.04, 0),
            (x * (body * 0.5 + 0.3), body_y + 0.22, 0.04),
            0.035,
            wood,
        )
    for k in range(3):
        up = 0.5 - 0.42 * k
        s.ball("button", (0, body_y + body * 0.5 * math.sin(up), body * 0.49 * math.cos(up)), 0.04, black)


def robot(s: Sketch, d: Draw) -> None:
    tall, wide = d.size("tall"), d.size("wide")
    joint = d.paint("gray", "metal")
    body, hip = 0.52 * tall, 0.5 * tall
    w = 0.46 * wide
    s.box("body", (0, hip + body / 2, 0), (w, body, 0.32), d.main, round=0.2)
    s.tube("neck", (0, hip + body + 0.03, 0), 0.12, 0.1, joint)
    top = hip + body + 0.07
    s.box("head", (0, top + 0.14, 0), (0.34, 0.30, 0.28), d.accent, round=0.25)
    glow = Paint((0.35, 0.9, 0.95), "ceramic")
    for x in (-1, 1):
        s.ball("eye", (x * 0.08, top + 0.17, 0.135), 0.08, glow)
    s.box("mouth", (0, top + 0.06, 0.135), (0.16, 0.04, 0.04), d.paint("black"), round=0.3)
    for k in range(d.count):
        at = (k - (d.count - 1) / 2) * 0.16
        s.rod("antenna", (at, top + 0.27, 0), (at * 1.6, top + 0.42, 0), 0.025, joint)
        s.ball("ball", (at * 1.6, top + 0.43, 0), 0.065, d.paint("red"))
    for x in (-1, 1):
        s.ball("arm", (x * (w / 2 + 0.03), hip + body * 0.86, 0), 0.16, joint)
        s.rod(
            "arm",
            (x * (w / 2 + 0.06), hip + body * 0.84, 0),
            (x * (w / 2 + 0.1), hip + body * 0.12, 0.04),
            0.11,
            d.accent,
            round=0.4,
        )
        s.ball("hand", (x * (w / 2 + 0.1), hip + body * 0.08, 0.04), 0.14, joint)
        s.box("leg", (x * w * 0.27, hip / 2 + 0.02, 0), (0.15, hip, 0.17), d.accent, round=0.3)
        s.box("foot", (x * w * 0.27, 0.05, 0.04), (0.19, 0.1, 0.29), d.main, round=0.4)
    s.box("panel", (0, hip + body * 0.58, 0.155), (w * 0.6, body * 0.36, 0.04), d.paint("white"), round=0.2)
    s.ball("button", (w * 0.12, hip + body * 0.58, 0.18), 0.06, d.paint("red"))


def teddy(s: Sketch, d: Draw) -> None:
    fur = Paint(d.main[0], "fabric")
    pale = d.like(fur, 0.45)
    w = 0.38 * d.size("wide")
    s.ball("body", (0, 0.27, 0), (w, 0.42, 0.33), fur)
    s.ball("body", (0, 0.26, 0.07), (w * 0.66, 0.3, 0.24), pale)
    s.ball("head", (0, 0.57, 0.02), (0.32, 0.29, 0.28), fur, blend=0.02)
    s.ball("muzzle", (0, 0.53, 0.14), (0.15, 0.12, 0.12), pale)
    s.ball("nose", (0, 0.55, 0.20), 0.05, d.paint("black", "ceramic"))
    _eyes(s, d, (0, 0.61, 0.145), 0.13, 0.035)
    for x in (-1, 1):
        s.ball("ear", (x * 0.125, 0.70, 0), (0.12, 0.12, 0.07), fur)
        s.rod(
            "arm",
            (x * w * 0.35, 0.40, 0.02),
            (x * (w * 0.5 + 0.13), 0.27, 0.13),
            0.12,
            fur,
            round=0.95,
            blend=0.015,
        )
        s.rod("leg", (x * 0.10, 0.12, 0.02), (x * 0.17, 0.07, 0.27), 0.14, fur, round=0.9, blend=0.015)
        s.ball("foot", (x * 0.175, 0.075, 0.28), (0.15, 0.15, 0.07), pale)
    s.ball("bow", (0, 0.44, 0.15), 0.05, d.accent)
    for x in (-1, 1):
        s.box(
            "bow",
            (x * 0.055, 0.44, 0.14),
            (0.10, 0.09, 0.04),
            d.accent,
            taper=(0.0, 0.0),
            rot=(0.0, 0.0, x * 20.0),
            round=0.6,
        )


def _quadruped(s: Sketch, d: Draw, coat: Paint, long: float, leg: float, thick: float) -> tuple[float, float]:
    """Body and legs along Z, head end at +Z; returns the shoulder's height and Z."""
    y = leg + thick * 0.4
    s.ball("body", (0, y, 0), (thick, thick * 0.95, long), coat)
    for x in (-1, 1):
        for z in (1, -1):
            at = (x * thick * 0.27, z * long * 0.30)
            s.rod("leg", (at[0], 0, at[1]), (at[0], y, at[1]), thick * 0.26, coat, round=0.6, blend=0.01)
    return y, long * 0.42


def dog(s: Sketch, d: Draw) -> None:
    coat, ear = d.main, d.accent
    y, z = _quadruped(s, d, coat, 0.62 * d.size("long"), 0.30 * d.size("tall"), 0.25)
    s.rod("neck", (0, y + 0.02, z - 0.08), (0, y + 0.22, z + 0.06), 0.15, coat, round=0.5, blend=0.02)
    s.ball("head", (0, y + 0.26, z + 0.08), (0.23, 0.21, 0.25), coat, blend=0.02)
    s.ball("muzzle", (0, y + 0.22, z + 0.22), (0.12, 0.11, 0.18), d.like(coat, 0.3), blend=0.01)
    s.ball("nose", (0, y + 0.25, z + 0.31), 0.05, d.paint("black", "ceramic"))
    _eyes(s, d, (0, y + 0.30, z + 0.185), 0.12, 0.036)
    for x in (-1, 1):
        if d.variant == "pointed":
            s.tube("ear", (x * 0.075, y + 0.38, z + 0.05), 0.08, 0.13, ear, taper=0.85, depth=0.05)
        else:
            s.ball("ear", (x * 0.125, y + 0.24, z + 0.06), (0.05, 0.19, 0.11), ear, rot=(0.0, 0.0, x * 12.0))
    s.rod("tail", (0, y + 0.05, -z + 0.02), (0, y + 0.27, -z - 0.13), 0.055, coat, round=0.9)
    s.ring("strap", (0, y + 0.13, z + 0.005), 0.19, 0.035, d.paint("red"), rot=(28.0, 0.0, 0.0))


def cat(s: Sketch, d: Draw) -> None:
    coat = d.main
    y, z = _quadruped(s, d, coat, 0.48 * d.size("long"), 0.20 * d.size("tall"), 0.19)
    s.ball("head", (0, y + 0.13, z + 0.05), (0.20, 0.18, 0.18), coat, blend=0.02)
    s.ball("muzzle", (0, y + 0.10, z + 0.13), (0.09, 0.06, 0.06), d.like(coat, 0.5))
    s.ball("nose", (0, y + 0.12, z + 0.16), 0.025, d.paint("pink"))
    _eyes(s, d, (0, y + 0.15, z + 0.128), 0.09, 0.032)
    for x in (-1, 1):
        s.tube("ear", (x * 0.062, y + 0.235, z + 0.04), 0.075, 0.09, d.accent, taper=0.92, depth=0.05)
    s.rod("tail", (0, y, -z + 0.01), (0, y + 0.10, -z - 0.13), 0.045, coat, round=0.8, blend=0.01)
    s.rod("tail", (0, y + 0.09, -z - 0.125), (0, y + 0.31, -z - 0.10), 0.042, d.accent, round=0.9, blend=0.01)


def rabbit(s: Sketch, d: Draw) -> None:
    coat, pale = d.main, d.accent
    s.ball("body", (0, 0.17, 0), (0.24, 0.30, 0.32), coat)
    s.ball("head", (0, 0.37, 0.10), (0.20, 0.19, 0.20), coat, blend=0.02)
    tall = 0.24 * d.size("tall")
    for x in (-1, 1):
        s.ball(
            "ear", (x * 0.05, 0.43 + tall * 0.5, 0.07), (0.06, tall, 0.045), coat, rot=(0.0, 0.0, -x * 10.0)
        )
        s.ball(
            "ear",
            (x * 0.05, 0.43 + tall * 0.5, 0.085),
            (0.035, tall * 0.8, 0.03),
            pale,
            rot=(0.0, 0.0, -x * 10.0),
        )
        s.ball("foot", (x * 0.08, 0.035, 0.13), (0.09, 0.07, 0.18), coat)
        s.ball("hand", (x * 0.06, 0.16, 0.16), (0.06, 0.10, 0.07), coat)
        s.ball("leg", (x * 0.10, 0.12, -0.02), (0.11, 0.19, 0.20), coat, blend=0.01)
    s.ball("tail", (0, 0.12, -0.165), 0.09, d.paint("white", "fabric"))
    s.ball("nose", (0, 0.37, 0.20), 0.03, d.paint("pink"))
    _eyes(s, d, (0, 0.41, 0.175), 0.11, 0.032)


def duck(s: Sketch, d: Draw) -> None:
    w = 0.20 * d.size("wide")
    s.ball("body", (0, 0.11, 0), (w, 0.18, 0.30), d.main)
    s.rod(
        "tail", (0, 0.12, -0.10), (0, 0.20, -0.19), 0.12, d.main, taper=0.7, depth=0.06, round=0.3, blend=0.02
    )
    s.ball("head", (0, 0.265, 0.09), (0.14, 0.135, 0.14), d.main, blend=0.03)
    s.ball("beak", (0, 0.25, 0.165), (0.075, 0.03, 0.09), d.accent)
    _eyes(s, d, (0, 0.29, 0.142), 0.075, 0.026)
    for x in (-1, 1):
        s.ball(
            "wing",
            (x * w * 0.46, 0.125, -0.02),
            (0.045, 0.10, 0.18),
            d.like(d.main, -0.12),
            rot=(12.0, 0.0, 0.0),
        )
        s.ball("foot", (x * 0.05, 0.012, 0.04), (0.06, 0.025, 0.09), d.accent)
        s.rod("leg", (x * 0.05, 0.01, 0.02), (x * 0.05, 0.08, 0.01), 0.025, d.accent)


def penguin(s: Sketch, d: Draw) -> None:
    tall, w = 0.62 * d.size("tall"), 0.36 * d.size("wide")
    s.ball("body", (0, tall * 0.5, 0), (w, tall, w * 0.85), d.main)
    s.ball("body", (0, tall * 0.46, w * 0.13), (w * 0.76, tall * 0.82, w * 0.66), d.paint("white"))
    s.ball("head", (0, tall * 1.0, 0.01), (w * 0.7, w * 0.66, w * 0.66), d.main, blend=0.02)
    s.rod(
        "beak", (0, tall * 0.99, w * 0.28), (0, tall * 0.97, w * 0.56), 0.08, d.accent, taper=0.75, round=0.1
    )
    _eyes(s, d, (0, tall * 1.05, w * 0.27), w * 0.3, 0.04)
    for x in (-1, 1):
        s.ball(
            "wing",
            (x * w * 0.52, tall * 0.52, 0),
            (0.06, tall * 0.55, 0.14),
            d.main,
            rot=(0.0, 0.0, x * 14.0),
        )
        s.ball("foot", (x * w * 0.24, 0.02, w * 0.24), (0.12, 0.05, 0.17), d.accent)


def fish(s: Sketch, d: Draw) -> None:
    long, high = 0.36 * d.size("long"), 0.20 * d.size("tall")
    y = high * 0.62
    s.ball("body", (0, y, 0), (long, high, 0.12), d.main)
    s.add(
        "tail",
        "box",
        (-long * 0.56, y, 0),
        (high * 0.8, high * 0.48, 0.03),
        d.accent,
        rot=(0.0, 0.0, -90.0),
        taper=(0.75, 0.0),
        round=0.3,
    )
    s.box(
        "fin",
        (-0.01, y + high * 0.52, 0),
        (long * 0.42, high * 0.36, 0.025),
        d.accent,
        taper=(0.5, 0.0),
        round=0.4,
    )
    s.box(
        "fin",
        (0.0, y - high * 0.5, 0),
        (long * 0.26, high * 0.26, 0.025),
        d.accent,
        rot=(0.0, 0.0, 180.0),
        taper=(0.5, 0.0),
        round=0.4,
    )
    for k in range(d.count):
        x = long * (0.12 - 0.17 * k)
        s.add(
            "band",
            "ellipsoid",
            (x, y, 0),
            (long * 0.05, high * math.sqrt(max(1 - (2 * x / long) ** 2, 0.1)) * 1.02, 0.122),
            d.accent,
            round=0.0,
        )
    for z in (1, -1):
        s.ball("eye", (long * 0.34, y + high * 0.12, z * 0.042), 0.032, Paint((0.03, 0.03, 0.03), "ceramic"))
        s.ball(
            "fin",
            (0.02, y - high * 0.1, z * 0.065),
            (long * 0.2, high * 0.2, 0.03),
            d.accent,
            rot=(0.0, 0.0, 25.0),
        )
    s.ball("mouth", (long * 0.485, y - high * 0.05, 0), (0.03, 0.045, 0.045), d.like(d.main, -0.3))


CREATURES = (
    Category(
        "snowman", ("snowman", "snow man", "man of snow"), snowman, 1.3, ("white",),
        accents=(Accent(("scarf",), ("red", "blue", "green", "yellow", "purple")),), count=Count("snowballs", 2, 3),
        sizes=("wide",), indirect=("a winter figure with a carrot nose",),
    ),
    Category(
        "robot", ("robot", "android", "toy robot", "humanoid robot", "mech"), robot, 1.5, (*_ANY, "silver"),
        accents=(Accent(("head", "arms", "legs", "limbs"), ("white", "gray", "red", "blue", "yellow", "black")),),
        count=Count("antennas", 1, 2), sizes=("tall", "wide"), materials=("metal", "plastic"), indirect=("a mechanical man",),
    ),
    Category(
        "teddy bear", ("teddy bear", "teddy", "plush bear", "stuffed bear", "bear"), teddy, 0.75, (*_FUR, "pink", "purple", "blue"),
        accents=(Accent(("bow", "bow tie", "tie"), ("red", "blue", "green", "yellow", "purple")),), sizes=("wide",),
        materials=("fabric",), indirect=("a cuddly toy for a child",),
    ),
    Category(
        "dog", ("dog", "puppy", "hound", "doggy", "labrador"), dog, 0.85, _FUR, variants={"floppy": (), "pointed": ("shepherd dog", "husky")},
        accents=(Accent(("ears",), ("black", "brown", "white", "gray")),), sizes=("tall", "long"), materials=("fabric",),
        indirect=("a loyal pet that barks",),
    ),
    Category(
        "cat", ("cat", "kitten", "kitty", "house cat"), cat, 0.6, _FUR, accents=(Accent(("ears", "tail"), ("black", "brown", "white", "orange")),),
        sizes=("tall", "long"), materials=("fabric",), indirect=("a pet that purrs and meows",),
    ),
    Category(
        "rabbit", ("rabbit", "bunny", "hare", "easter bunny"), rabbit, 0.65, (*_FUR, "pink"),
        accents=(Accent(("inner ears",), ("pink", "white", "beige")),), sizes=("tall",), materials=("fabric",),
        indirect=("a small animal with long ears",),
    ),
    Category(
        "duck", ("duck", "rubber duck", "duckling", "bath duck"), duck, 0.36, ("yellow", "yellow", "white", "brown", "green", "blue", "pink"),
        accents=(Accent(("beak", "bill"), ("orange", "red", "yellow", "black")),), sizes=("wide",), materials=("rubber",),
        indirect=("a bird that swims and quacks",),
    ),
    Category(
        "penguin", ("penguin", "emperor penguin", "baby penguin"), penguin, 0.8, ("black", "black", "blue", "gray", "purple", "red"),
        accents=(Accent(("beak", "feet"), ("orange", "yellow", "red")),), sizes=("tall", "wide"), materials=("fabric",),
        indirect=("a bird from the south pole",),
    ),
    Category(
        "fish", ("fish", "goldfish", "tropical fish", "clownfish"), fish, 0.45, ("orange", "red", "blue", "yellow", "teal", "purple", "silver"),
        accents=(Accent(("fins", "tail", "stripes"), ("white", "yellow", "black", "blue", "red")),), count=Count("stripes", 1, 3),
        sizes=("long", "tall"), materials=("ceramic",), indirect=("an animal that swims in an aquarium",),
    ),
)  # fmt: skip
