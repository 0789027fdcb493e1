"""Tools, toys and what lies about."""

from __future__ import annotations

import math

from compile.house.category import Accent, Category, Count, Draw
from compile.house.sketch import Paint, Sketch

__all__ = ["OBJECTS"]

_ANY = ("red", "blue", "yellow", "green", "white", "black", "orange", "pink", "purple", "teal", "gray")


def sword(s: Sketch, d: Draw) -> None:
    long, wide = 0.80 * d.size("long"), 0.07 * d.size("wide")
    s.box("blade", (0, 0.22 + long / 2, 0), (wide, long, 0.018), d.main, round=0.3)
    s.box(
        "blade", (0, 0.22 + long + wide * 0.48, 0), (wide, wide, 0.018), d.main, taper=(0.95, 0.3), round=0.1
    )
    s.box("guard", (0, 0.21, 0), (wide * 3.4, 0.04, 0.05), d.accent, round=0.5)
    s.tube("grip", (0, 0.11, 0), 0.038, 0.19, d.second, round=0.1)
    s.ball("knob", (0, 0.01, 0), 0.06, d.accent)


def hammer(s: Sketch, d: Draw) -> None:
    long = 0.32 * d.size("long")
    head = 0.13 * d.size("wide")
    s.tube("handle", (0, long / 2, 0), 0.034, long, d.accent, round=0.3)
    if d.variant == "mallet":
        s.add(
            "head",
            "cylinder",
            (0, long, 0),
            (0.085, head * 1.15, 0.085),
            d.main,
            rot=(0.0, 0.0, 90.0),
            round=0.15,
        )
    else:
        s.box("head", (0, long, 0), (head, 0.05, 0.05), d.main, round=0.2)
        s.add(
            "face",
            "cylinder",
            (head * 0.5, long, 0),
            (0.056, 0.03, 0.056),
            d.main,
            rot=(0.0, 0.0, 90.0),
            round=0.2,
        )
        s.rod(
            "cheek",
            (-head * 0.42, long, 0),
            (-head * 0.95, long - 0.03, 0),
            0.05,
            d.main,
            kind="box",
            taper=0.6,
            depth=0.045,
            round=0.1,
        )


def axe(s: Sketch, d: Draw) -> None:
    long = 0.6 * d.size("long")
    s.tube("handle", (0, long / 2, 0), 0.036, long, d.accent, round=0.3)
    y, w = long - 0.06, 0.16 * d.size("wide")
    sides = (1, -1) if d.variant == "double" else (1,)
    for x in sides:
        s.add(
            "blade",
            "box",
            (x * (w / 2 + 0.005), y, 0),
            (0.22, w, 0.035),
            d.main,
            rot=(0.0, 0.0, x * 90.0),
            taper=(0.55, -0.7),
            round=0.1,
        )
    if len(sides) == 1:
        s.box("head", (-0.02, y, 0), (0.07, 0.09, 0.045), d.main, round=0.2)


def dumbbell(s: Sketch, d: Draw) -> None:
    long = 0.34 * d.size("long")
    n, wide = d.count, 0.16 * d.size("wide")
    y = wide / 2
    s.rod("grip", (-long / 2, y, 0), (long / 2, y, 0), 0.035, d.accent, round=0.3)
    for x in (-1, 1):
        for k in range(n):
            w = wide * (1 - 0.18 * k)
            at = (x * (long * 0.30 + k * 0.033), y, 0)
            s.add("plate", "cylinder", at, (w, 0.034, w), d.main, rot=(0.0, 0.0, 90.0), round=0.3)


def barrel(s: Sketch, d: Draw) -> None:
    high, wide = 0.9 * d.size("tall"), 0.58 * d.size("wide")
    for x in (-1, 1):
        s.tube(
            "body", (0, high * (0.5 + x * 0.245), 0), wide, high * 0.51, d.main, taper=0.16 * x, round=0.03
        )
    for y in (0.1, 0.5, 0.9):
        w = wide * (1.03 if y == 0.5 else 0.90)
        s.tube("band", (0, high * y, 0), w, high * 0.07, d.accent, round=0.2)
    s.tube("lid", (0, high * 0.985, 0), wide * 0.72, high * 0.04, d.like(d.main, -0.25), round=0.1)


def crate(s: Sketch, d: Draw) -> None:
    w = 0.6
    high = w * d.size("tall")
    s.box("body", (0, high / 2, 0), (w * 0.94, high * 0.95, w * 0.94), d.main, round=0.02)
    t = 0.065
    for x in (-1, 1):
        for z in (1, -1):
            s.box("frame", (x * (w - t) / 2, high / 2, z * (w - t) / 2), (t, high, t), d.accent, round=0.1)
    for y in (t / 2, high - t / 2):
        for x in (-1, 1):
            s.box("rail", (x * (w - t) / 2, y, 0), (t, t, w - 0.02), d.accent, round=0.1)
            s.box("rail", (0, y, x * (w - t) / 2), (w - 0.02, t, t), d.accent, round=0.1)


def chest(s: Sketch, d: Draw) -> None:
    wide, deep, high = 0.85 * d.size("wide"), 0.5, 0.36 * d.size("tall")
    s.box("body", (0, high / 2, 0), (wide, high, deep), d.main, round=0.03)
    s.add("lid", "cylinder", (0, high, 0), (deep, wide, deep), d.main, rot=(0.0, 0.0, 90.0), round=0.03)
    for x in (-0.36, 0.36):
        s.box("band", (x * wide, high / 2, 0), (0.075, high + 0.015, deep + 0.025), d.accent, round=0.1)
        s.add(
            "band",
            "cylinder",
            (x * wide, high, 0),
            (deep + 0.025, 0.075, deep + 0.025),
            d.accent,
            rot=(0.0, 0.0, 90.0),
            round=0.1,
        )
    s.box("lock", (0, high - 0.01, deep / 2 + 0.005), (0.12, 0.15, 0.06), d.accent, round=0.3)


def gift(s: Sketch, d: Draw) -> None:
    wide, high = 0.3 * d.size("wide"), 0.26 * d.size("tall")
    s.box("body", (0, high / 2, 0), (wide, high, wide), d.main, round=0.03)
    s.box("lid", (0, high * 0.92, 0), (wide * 1.07, high * 0.2, wide * 1.07), d.main, round=0.06)
    s.box("ribbon", (0, high * 0.51, 0), (wide * 0.17, high * 1.03, wide * 1.09), d.accent, round=0.05)
    s.box("ribbon", (0, high * 0.51, 0), (wide * 1.09, high * 1.03, wide * 0.17), d.accent, round=0.05)
    for x in (-1, 1):
        s.add("bow", "torus", (x * wide * 0.17, high * 1.12, 0), (wide * 0.36, wide * 0.1, wide * 0.24), d.accent,
              rot=(90.0, 0.0, x * 28.0), round=0.0)  # fmt: skip
    s.ball("bow", (0, high * 1.08, 0), wide * 0.15, d.accent)


def traffic_cone(s: Sketch, d: Draw) -> None:
    high, wide = 0.68 * d.size("tall"), 0.36 * d.size("wide")
    s.box("base", (0, 0.02, 0), (wide * 1.25, 0.045, wide * 1.25), d.main, round=0.4)
    s.tube("cone", (0, high / 2, 0), wide, high, d.main, taper=0.86, round=0.02)
    n = d.count
    for k in range(n):
        y = 0.62 if n == 1 else 0.45 + 0.28 * k
        share = 1 - 0.86 * (y - 0.07)
        s.tube(
            "band",
            (0, high * y, 0),
            wide * share * 1.05,
            high * 0.14,
            d.accent,
            taper=0.86 * 0.14 / share,
            round=0.02,
        )


def star(s: Sketch, d: Draw) -> None:
    wide = 0.34 * d.size("wide")
    s.add("star", "star", (0, wide * 0.5, 0), (wide, wide, 0.09 * d.size("thick")), d.main, round=0.35)
    if d.variant == "stand":
        s.tube("base", (0, -0.05, 0), wide * 0.5, 0.05, d.accent, round=0.3)
        s.tube("pole", (0, 0.03, 0), 0.035, 0.16, d.accent)


def trophy(s: Sketch, d: Draw) -> None:
    wide, high = 0.20 * d.size("wide"), 0.24 * d.size("tall")
    s.box("base", (0, 0.035, 0), (wide * 0.8, 0.07, wide * 0.8), d.accent, round=0.1)
    s.tube("foot", (0, 0.085, 0), wide * 0.5, 0.05, d.main, taper=0.5)
    s.tube("stem", (0, 0.14, 0), wide * 0.2, 0.12, d.main)
    s.tube("cup", (0, 0.17 + high / 2, 0), wide, high, d.main, taper=-0.5, hollow=0.16, round=0.2)
    s.ring("rim", (0, 0.17 + high, 0), wide * 1.05, 0.02, d.main)
    for x in (-1, 1):
        s.add("handle", "torus", (x * wide * 0.44, 0.17 + high * 0.6, 0), (high * 0.6, 0.022, high * 0.6), d.main,
              rot=(90.0, 0.0, 0.0 if x > 0 else 180.0), cut=0.3, round=0.0)  # fmt: skip
    s.add(
        "star",
        "star",
        (0, 0.17 + high * 0.55, wide * 0.42),
        (wide * 0.34, wide * 0.34, 0.05),
        d.like(d.main, 0.4),
        round=0.2,
    )


def guitar(s: Sketch, d: Draw) -> None:
    wide, neck = 0.36 * d.size("wide"), 0.48 * d.size("long")
    s.add("body", "cylinder", (0, 0.19, 0), (wide, 0.09, 0.34), d.main, rot=(90.0, 0.0, 0.0), round=0.3)
    s.add(
        "body",
        "cylinder",
        (0, 0.42, 0),
        (wide * 0.76, 0.09, 0.26),
        d.main,
        rot=(90.0, 0.0, 0.0),
        round=0.3,
        blend=0.03,
    )
    s.add("dial", "cylinder", (0, 0.36, 0.025), (0.12, 0.05, 0.12), d.paint("black"), rot=(90.0, 0.0, 0.0))
    s.box("neck", (0, 0.48 + neck / 2, 0.025), (0.055, neck + 0.1, 0.04), d.accent, round=0.2)
    s.box("head", (0, 0.54 + neck + 0.06, 0.02), (0.085, 0.16, 0.035), d.accent, round=0.2, taper=(-0.3, 0.0))
    s.box("rail", (0, 0.14, 0.05), (0.15, 0.03, 0.03), d.accent, round=0.3)
    s.box("string", (0, 0.34 + neck / 2, 0.058), (0.03, neck + 0.42, 0.022), d.paint("silver"), round=0.1)
    for x in (-1, 1):
        for k in range(2):
            s.ball("knob", (x * 0.052, 0.57 + neck + 0.06 * k, 0.02), 0.032, d.paint("silver"))


def drum(s: Sketch, d: Draw) -> None:
    wide, high = 0.40 * d.size("wide"), 0.30 * d.size("tall")
    s.tube("body", (0, high / 2, 0), wide, high, d.main, round=0.02)
    s.tube("top", (0, high, 0), wide * 0.96, 0.03, d.paint("white", "fabric"), round=0.3)
    for y in (0.04, 0.96):
        s.ring("rim", (0, high * y, 0), wide * 1.07, 0.045, d.accent)
    for k in range(6):
        a = 2 * math.pi * k / 6
        b = a + math.pi / 6
        r = wide * 0.505
        s.rod(
            "string",
            (r * math.cos(a), high * 0.08, r * math.sin(a)),
            (r * math.cos(b), high * 0.92, r * math.sin(b)),
            0.018,
            d.accent,
        )


def chess_pawn(s: Sketch, d: Draw) -> None:
    tall, wide = d.size("tall"), 0.36 * d.size("wide")
    s.tube("base", (0, 0.03, 0), wide, 0.065, d.main, round=0.6)
    s.tube("foot", (0, 0.09, 0), wide * 0.78, 0.08, d.main, taper=0.3, round=0.2)
    body = 0.34 * tall
    s.tube("body", (0, 0.11 + body / 2, 0), wide * 0.56, body, d.main, taper=0.45, round=0.05)
    s.tube("strap", (0, 0.11 + body, 0), wide * 0.58, 0.045, d.main, round=0.6)
    if d.variant == "king":
        s.tube("crown", (0, 0.21 + body, 0), wide * 0.36, 0.2, d.main, taper=-0.35, round=0.1)
        s.ball("cap", (0, 0.32 + body, 0), wide * 0.4, d.main)
        for size in ((0.032, 0.13, 0.032), (0.10, 0.032, 0.032)):
            s.box("finial", (0, 0.44 + body, 0), size, d.main, round=0.2)
    else:
        s.ball("head", (0, 0.17 + body, 0), wide * 0.56, d.main)


def anvil(s: Sketch, d: Draw) -> None:
    wide = d.size("wide")
    s.box("base", (0, 0.04, 0), (0.34 * wide, 0.09, 0.24), d.main, taper=(0.1, 0.1), round=0.1)
    s.box("body", (0, 0.14, 0), (0.22 * wide, 0.16, 0.13), d.main, taper=(0.1, 0.1), round=0.1)
    s.box("top", (-0.02, 0.26, 0), (0.42 * wide, 0.11, 0.18), d.main, round=0.08)
    s.rod("cone", (0.16 * wide, 0.265, 0), (0.44 * wide, 0.285, 0), 0.13, d.main, taper=0.85, round=0.0)


def hat(s: Sketch, d: Draw) -> None:
    wide, high = 0.36 * d.size("wide"), 0.20 * d.size("tall")
    cloth = Paint(d.main[0], "fabric")
    s.tube("brim", (0, 0.012, 0), wide, 0.024, cloth, round=0.6)
    if d.variant == "wizard":
        s.tube("hat", (0, high, 0), wide * 0.66, high * 2.0, cloth, taper=0.95, round=0.0)
        s.tube("band", (0, 0.045, 0), wide * 0.66, 0.06, d.accent, taper=0.12)
        s.add(
            "star",
            "star",
            (0, high * 0.62, wide * 0.21),
            (wide * 0.2, wide * 0.2, 0.05),
            d.paint("yellow"),
            rot=(-12.0, 0.0, 0.0),
        )
        return
    s.tube("hat", (0, high / 2, 0), wide * 0.56, high, cloth, taper=d.u(-0.15, 0.15), round=0.15)
    s.tube("band", (0, 0.05, 0), wide * 0.585, 0.055, d.accent, round=0.1)


OBJECTS = (
    Category(
        "sword", ("sword", "knight's sword", "longsword", "broadsword", "blade weapon", "dagger"), sword, 1.0, ("silver", "gray", "gold", "blue", "black"),
        accents=(Accent(("guard", "hilt"), ("gold", "silver", "black", "brown", "red")), Accent(("grip", "handle"), ("brown", "black", "red", "blue"))),
        sizes=("long", "wide"), materials=("metal", "wood"), indirect=("a knight's weapon",),
    ),
    Category(
        "hammer", ("hammer", "claw hammer", "carpenter's hammer"), hammer, 0.36, ("gray", "silver", "black", "red", "blue"),
        variants={"claw": (), "mallet": ("mallet", "sledgehammer", "wooden mallet")},
        accents=(Accent(("handle", "grip"), ("brown", "red", "black", "yellow", "beige")),), sizes=("long", "wide"),
        materials=("metal", "wood", "rubber"), indirect=("a tool to drive nails with",),
    ),
    Category(
        "axe", ("axe", "ax", "hatchet", "wood axe"), axe, 0.65, ("silver", "gray", "black", "red", "gold"),
        variants={"single": (), "double": ("double axe", "battle axe", "viking axe")},
        accents=(Accent(("handle", "grip"), ("brown", "black", "beige", "red")),), sizes=("long", "wide"), materials=("metal", "stone"),
        indirect=("a tool to chop firewood with",),
    ),
    Category(
        "dumbbell", ("dumbbell", "barbell", "hand weight", "weights", "gym equipment"), dumbbell, 0.45, _ANY,
        accents=(Accent(("bar", "grip", "handle"), ("silver", "black", "gray", "red")),), count=Count("plates", 1, 3),
        sizes=("long", "wide"), materials=("metal", "rubber"), indirect=("something to lift in the gym",),
    ),
    Category(
        "barrel", ("barrel", "keg", "cask", "wine barrel", "oil drum", "rain barrel"), barrel, 0.92, ("brown", "beige", "red", "blue", "green", "gray"),
        accents=(Accent(("bands", "hoops", "rings"), ("black", "silver", "gold", "gray", "white")),), sizes=("tall", "wide"),
        materials=("wood", "metal", "plastic"), indirect=("a container for wine or beer",),
    ),
    Category(
        "crate", ("crate", "box", "wooden box", "packing case", "shipping crate"), crate, 0.6, ("brown", "beige", "gray", "green", "red", "blue"),
        accents=(Accent(("frame", "edges", "planks"), ("brown", "beige", "black", "yellow", "silver")),), sizes=("tall",),
        materials=("wood", "plastic", "metal"), indirect=("a container for shipping goods",),
    ),
    Category(
        "treasure chest", ("treasure chest", "chest", "pirate chest", "trunk", "coffer"), chest, 0.9, ("brown", "red", "black", "blue", "green"),
        accents=(Accent(("bands", "fittings", "straps", "lock"), ("gold", "silver", "black", "gray")),), sizes=("wide", "tall"),
        materials=("wood", "metal"), indirect=("where pirates keep their gold",),
    ),
    Category(
        "gift box", ("gift box", "gift", "present", "birthday present", "wrapped present"), gift, 0.36, _ANY,
        accents=(Accent(("ribbon", "bow"), ("gold", "red", "white", "yellow", "blue", "pink")),), sizes=("wide", "tall"),
        materials=("plastic",), indirect=("a surprise wrapped for a birthday",),
    ),
    Category(
        "traffic cone", ("traffic cone", "road cone", "safety cone", "pylon", "cone"), traffic_cone, 0.68, ("orange", "orange", "red", "yellow", "blue", "green"),
        accents=(Accent(("stripes", "stripe", "bands"), ("white", "silver", "yellow")),), count=Count("stripes", 1, 2), sizes=("tall", "wide"),
        materials=("plastic",), indirect=("a marker that closes off a road",),
    ),
    Category(
        "star", ("star", "five-pointed star", "gold star", "tree star"), star, 0.36, ("yellow", "gold", "red", "blue", "white", "green", "purple", "orange"),
        variants={"plain": (), "stand": ("star on a stand", "star award")}, accents=(Accent(("stand", "base"), ("black", "brown", "silver", "white")),),
        sizes=("thick",), materials=("plastic", "metal", "wood", "glass"), indirect=("a shape with five points",),
    ),
    Category(
        "trophy", ("trophy", "winner's cup", "prize cup", "award cup", "champion's trophy"), trophy, 0.45, ("gold", "silver", "gold", "red", "blue"),
        accents=(Accent(("base", "stand", "foot"), ("black", "brown", "white", "gray")),), sizes=("tall", "wide"), materials=("metal", "glass"),
        indirect=("what the winner of the race gets",),
    ),
    Category(
        "guitar", ("guitar", "acoustic guitar", "electric guitar", "ukulele"), guitar, 1.1, ("brown", "red", "orange", "black", "blue", "yellow", "beige"),
        accents=(Accent(("neck",), ("brown", "black", "beige", "white")),), sizes=("long", "wide"), materials=("wood",),
        indirect=("a musical instrument with strings",),
    ),
    Category(
        "drum", ("drum", "snare drum", "toy drum", "marching drum"), drum, 0.42, _ANY,
        accents=(Accent(("rims", "rim", "hoops", "strings"), ("gold", "silver", "yellow", "white", "red", "black")),), sizes=("tall", "wide"),
        materials=("wood", "metal"), indirect=("a musical instrument to beat",),
    ),
    Category(
        "chess piece", ("chess piece", "chess pawn", "pawn", "chessman"), chess_pawn, 0.7, ("white", "black", "brown", "beige", "red", "blue"),
        variants={"pawn": (), "king": ("chess king", "king chess piece")}, sizes=("tall", "wide"),
        materials=("wood", "stone", "plastic", "glass"), indirect=("a figure of a board game",),
    ),
    Category(
        "anvil", ("anvil", "blacksmith's anvil", "iron anvil"), anvil, 0.6, ("gray", "black", "silver", "brown", "blue"),
        sizes=("wide",), materials=("metal", "stone"), indirect=("what a blacksmith hammers on",),
    ),
    Category(
        "hat", ("hat", "top hat", "bowler hat", "cowboy hat", "cap with a brim"), hat, 0.4, ("black", "brown", "gray", "blue", "red", "green", "purple", "beige"),
        variants={"top": (), "wizard": ("wizard hat", "witch hat", "magician's hat")},
        accents=(Accent(("band", "ribbon"), ("red", "white", "gold", "black", "yellow")),), sizes=("tall", "wide"),
        materials=("fabric",), indirect=("something to wear on the head",),
    ),
)  # fmt: skip
