"""Lamps, vessels and other things of the house."""

from __future__ import annotations

import math

from compile.house.category import Accent, Category, Count, Draw
from compile.house.sketch import Paint, Sketch

__all__ = ["HOUSEHOLD"]

_ANY = ("red", "blue", "yellow", "green", "white", "black", "orange", "pink", "purple", "teal", "gray")
_BRIGHT = ("red", "blue", "yellow", "green", "orange", "pink", "purple", "teal", "white")


def lamp(s: Sketch, d: Draw) -> None:
    floor = d.variant == "floor"
    high = (1.25 if floor else 0.34) * d.size("tall")
    wide = (0.42 if floor else 0.32) * d.size("wide")
    thick = 0.035 if floor else 0.045
    shade = wide * d.u(0.6, 0.8)
    s.tube("shade", (0, high + wide * 0.30, 0), wide, shade, d.main, taper=d.u(0.3, 0.6), round=0.05)
    s.rod("pole", (0, 0.02, 0), (0, high + 0.01, 0), thick, d.accent)
    s.tube(
        "base",
        (0, 0.02, 0),
        wide * d.u(0.65, 0.85),
        0.045 if floor else 0.05,
        d.accent,
        taper=0.15,
        round=0.5,
    )
    if not floor and d.chance(0.5):
        s.ball("body", (0, high * 0.38, 0), (wide * 0.45, high * 0.6, wide * 0.45), d.accent)
    s.ball("finial", (0, high + wide * 0.32 + shade / 2, 0), wide * 0.12, d.accent)


def mug(s: Sketch, d: Draw) -> None:
    high, wide = 0.105 * d.size("tall"), 0.085 * d.size("wide")
    s.tube("body", (0, high / 2, 0), wide, high, d.main, hollow=0.16, round=0.12, taper=d.u(-0.12, 0.05))
    s.add("handle", "torus", (wide / 2 - 0.002, high * 0.52, 0), (high * 0.62, 0.013, high * 0.62), d.accent,
          rot=(90.0, 0.0, 0.0), cut=0.46, round=0.0)  # fmt: skip
    if d.chance(0.5):
        drink = Paint((0.25, 0.13, 0.06), "plastic")
        s.tube("filling", (0, high * 0.42, 0), wide * 0.9, high * 0.78, drink, round=0.0)


def bottle(s: Sketch, d: Draw) -> None:
    high, wide = 0.17 * d.size("tall"), 0.08 * d.size("wide")
    s.tube("body", (0, high / 2, 0), wide, high, d.main, round=0.3)
    s.tube(
        "neck", (0, high + wide * 0.28, 0), wide * 0.95, wide * 0.62, d.main, taper=0.62, blend=wide * 0.08
    )
    s.tube("spout", (0, high + wide * 0.75, 0), wide * 0.36, wide * 0.5, d.main)
    s.tube("cap", (0, high + wide * 1.02, 0), wide * 0.44, wide * 0.25, d.accent, round=0.3)
    if d.chance(0.7):
        s.tube("label", (0, high * 0.48, 0), wide * 1.03, high * d.u(0.35, 0.5), d.paint("white"), round=0.05)


def bowl(s: Sketch, d: Draw) -> None:
    wide, high = 0.26 * d.size("wide"), 0.20 * d.size("tall")
    s.ball("bowl", (0, high * 0.55, 0), (wide, high * 1.1, wide), d.main, cut=0.48, hollow=0.14)
    s.tube("foot", (0, 0.012, 0), wide * 0.45, 0.03, d.main, round=0.3)
    if d.variant == "fruit":
        fruits = ("red", "orange", "yellow", "green")
        n = 4
        for k in range(n):
            a = 2 * math.pi * k / n + 0.4
            r = wide * 0.24
            s.ball(
                "fruit", (r * math.cos(a), high * 0.52, r * math.sin(a)), wide * 0.41, d.paint(d.pick(fruits))
            )
    elif d.chance(0.5):
        s.ring("rim", (0, high * 0.57, 0), wide * 1.03, wide * 0.06, d.main)


def vase(s: Sketch, d: Draw) -> None:
    high, wide = 0.30 * d.size("tall"), 0.17 * d.size("wide")
    s.ball("body", (0, high * 0.38, 0), (wide, high * 0.72, wide), d.main)
    s.tube(
        "neck",
        (0, high * 0.78, 0),
        wide * d.u(0.45, 0.6),
        high * 0.5,
        d.main,
        taper=d.u(-0.45, -0.2),
        hollow=0.3,
        blend=0.02,
    )
    s.tube("foot", (0, high * 0.03, 0), wide * 0.6, high * 0.08, d.main, round=0.3)
    s.ring("rim", (0, high * 1.02, 0), wide * 0.66, wide * 0.10, d.main)
    s.tube("band", (0, high * 0.38, 0), wide * 1.02, high * 0.09, d.accent, round=0.4)


def teapot(s: Sketch, d: Draw) -> None:
    wide, high = 0.17 * d.size("wide"), 0.13 * d.size("tall")
    s.ball("body", (0, high * 0.5, 0), (wide, high, wide), d.main)
    s.tube("base", (0, high * 0.04, 0), wide * 0.55, high * 0.1, d.main, round=0.4)
    s.ball("lid", (0, high * 0.93, 0), (wide * 0.55, high * 0.28, wide * 0.55), d.accent)
    s.ball("knob", (0, high * 1.12, 0), wide * 0.14, d.accent)
    s.rod(
        "spout",
        (wide * 0.38, high * 0.35, 0),
        (wide * 0.78, high * 0.92, 0),
        wide * 0.2,
        d.main,
        taper=0.5,
        round=0.3,
    )
    s.add("handle", "torus", (-wide * 0.47, high * 0.55, 0), (high * 0.78, wide * 0.1, high * 0.78), d.main,
          rot=(90.0, 0.0, 180.0), cut=0.42, round=0.0)  # fmt: skip


def pot(s: Sketch, d: Draw) -> None:
    wide = 0.26 * d.size("wide")
    high = 0.06 if d.variant == "pan" else 0.17 * d.size("tall")
    s.tube("body", (0, high / 2, 0), wide, high, d.main, hollow=0.1, round=0.2, taper=-0.06)
    if d.variant == "pan":
        s.rod("handle", (wide / 2 - 0.01, high * 0.75, 0), (wide * 1.25, high, 0), 0.028, d.accent, round=0.6)
        s.tube("plate", (0, 0.012, 0), wide * 0.94, 0.024, d.main, round=0.2)
        return
    for x in (-1, 1):
        s.add("handle", "torus", (x * wide / 2, high * 0.75, 0), (0.07, 0.018, 0.085), d.accent, round=0.0)
    s.ball("lid", (0, high, 0), (wide * 1.02, 0.07, wide * 1.02), d.main)
    s.ball("knob", (0, high + 0.045, 0), 0.045, d.accent)


def bucket(s: Sketch, d: Draw) -> None:
    wide, high = 0.28 * d.size("wide"), 0.28 * d.size("tall")
    s.tube("body", (0, high / 2, 0), wide, high, d.main, taper=-0.25, hollow=0.10, round=0.06)
    s.ring("rim", (0, high, 0), wide * 1.05, 0.022, d.main)
    s.add("handle", "torus", (0, high * 0.97, 0), (wide * 1.04, 0.016, wide * 1.04), d.accent,
          rot=(90.0, 0.0, 90.0), cut=0.47, round=0.0)  # fmt: skip


def candle(s: Sketch, d: Draw) -> None:
    high, wide = 0.16 * d.size("tall"), 0.06 * d.size("wide")
    s.tube("plate", (0, 0.008, 0), wide * 2.3, 0.018, d.accent, round=0.5)
    s.tube("cup", (0, 0.03, 0), wide * 1.3, 0.04, d.accent, round=0.3)
    s.tube("candle", (0, 0.02 + high / 2, 0), wide, high, d.main, round=0.2)
    s.tube("string", (0, 0.02 + high + 0.006, 0), 0.008, 0.02, d.paint("black"))
    flame = Paint((0.98, 0.70, 0.15), "plastic")
    s.ball("flame", (0, 0.02 + high + 0.03, 0), (0.022, 0.045, 0.022), flame)


def clock(s: Sketch, d: Draw) -> None:
    wide = 0.16 * d.size("wide")
    y = wide * 0.62
    s.add("case", "cylinder", (0, y, 0), (wide, 0.07, wide), d.main, rot=(90.0, 0.0, 0.0), round=0.3)
    s.add(
        "dial",
        "cylinder",
        (0, y, 0.02),
        (wide * 0.84, 0.04, wide * 0.84),
        d.accent,
        rot=(90.0, 0.0, 0.0),
        round=0.1,
    )
    black = d.paint("black")
    s.rod("pole", (0, y, 0.043), (0, y + wide * 0.3, 0.043), 0.010, black, kind="box")
    s.rod("pole", (0, y, 0.043), (wide * 0.2, y + wide * 0.08, 0.043), 0.010, black, kind="box")
    if d.variant == "alarm":
        for x in (-1, 1):
            s.ball("bell", (x * wide * 0.32, y + wide * 0.48, 0), wide * 0.32, d.main)
    for x in (-1, 1):
        s.rod("foot", (x * wide * 0.4, 0, 0), (x * wide * 0.26, y - wide * 0.3, 0), 0.022, d.main, round=0.5)


def umbrella(s: Sketch, d: Draw) -> None:
    wide, high = 1.0 * d.size("wide"), 0.9 * d.size("tall")
    s.ball(
        "canopy",
        (0, high * 0.86, 0),
        (wide, wide * 0.62, wide),
        d.main,
        rot=(180.0, 0.0, 0.0),
        cut=0.5,
        hollow=0.08,
    )
    s.rod("pole", (0, high * 0.05, 0), (0, high * 0.86 + wide * 0.3, 0), 0.035, d.accent)
    s.ball("finial", (0, high * 0.86 + wide * 0.31, 0), 0.06, d.accent)
    s.add(
        "handle",
        "torus",
        (-0.07, high * 0.07, 0),
        (0.17, 0.032, 0.17),
        d.accent,
        rot=(90.0, 0.0, -90.0),
        cut=0.45,
        round=0.0,
    )


def ladder(s: Sketch, d: Draw) -> None:
    n, wide = d.count, 0.42 * d.size("wide")
    high = (0.26 * n + 0.14) * d.size("tall")
    for x in (-1, 1):
        s.box("rail", (x * wide / 2, high / 2, 0), (0.055, high, 0.045), d.main, round=0.25)
    for k in range(n):
        s.rod(
            "rung",
            (-wide / 2, high * (k + 0.5) / n, 0),
            (wide / 2, high * (k + 0.5) / n, 0),
            0.04,
            d.accent,
            round=0.2,
        )


def street_lamp(s: Sketch, d: Draw) -> None:
    high = 2.6 * d.size("tall")
    s.tube("base", (0, 0.12, 0), 0.36, 0.25, d.main, taper=0.35)
    s.tube("pole", (0, high / 2, 0), 0.11, high, d.main)
    glow = Paint((0.98, 0.88, 0.55), "glass" if d.chance(0.3) else "plastic")
    if d.variant == "lantern":
        s.box("light", (0, high + 0.16, 0), (0.30, 0.36, 0.30), glow, taper=(-0.35, -0.35), round=0.05)
        s.tube("cap", (0, high + 0.40, 0), 0.42, 0.18, d.main, taper=0.9)
        s.ball("finial", (0, high + 0.50, 0), 0.08, d.main)
    else:
        s.rod("arm", (0, high - 0.03, 0), (0.55, high + 0.06, 0), 0.08, d.main)
        s.box("shade", (0.66, high + 0.07, 0), (0.44, 0.1, 0.22), d.main, round=0.5)
        s.ball("light", (0.68, high + 0.02, 0), (0.3, 0.1, 0.16), glow)


_BASE = Accent(("stand", "base", "pole", "foot"), ("silver", "black", "brown", "gold", "white", "gray"))

HOUSEHOLD = (
    Category(
        "lamp", ("lamp", "reading lamp", "lampshade lamp", "light"), lamp, 0.55, _ANY,
        variants={"table": ("table lamp", "desk lamp", "bedside lamp"), "floor": ("floor lamp", "standing lamp")},
        accents=(_BASE,), sizes=("tall", "wide"), materials=("fabric", "metal", "plastic", "glass"),
        indirect=("something to light up the room",),
    ),
    Category(
        "mug", ("mug", "cup", "coffee mug", "tea cup", "coffee cup"), mug, 0.12, _ANY,
        accents=(Accent(("handle",), ("white", "black", "red", "blue", "yellow")),), sizes=("tall", "wide"),
        materials=("ceramic", "metal", "plastic", "wood"),
        indirect=("something to drink coffee from", "a vessel for hot tea"),
    ),
    Category(
        "bottle", ("bottle", "flask", "water bottle", "wine bottle", "soda bottle"), bottle, 0.28, _ANY,
        accents=(Accent(("cap", "lid", "top", "cork"), ("white", "black", "red", "blue", "gold", "brown")),),
        sizes=("tall", "wide"), materials=("glass", "plastic", "metal"), indirect=("a container to carry water in",),
    ),
    Category(
        "bowl", ("bowl", "dish", "soup bowl", "salad bowl"), bowl, 0.26, _ANY,
        variants={"empty": ("empty bowl",), "fruit": ("fruit bowl", "bowl of fruit", "bowl with fruits")},
        sizes=("wide", "tall"), materials=("ceramic", "wood", "metal", "glass"), indirect=("something to eat soup from",),
    ),
    Category(
        "vase", ("vase", "urn", "flower vase", "amphora", "jar"), vase, 0.32, _ANY,
        accents=(Accent(("band", "stripe", "belt"), ("white", "gold", "black", "blue", "red")),), sizes=("tall", "wide"),
        materials=("ceramic", "glass", "metal", "stone"), indirect=("a container for cut flowers",),
    ),
    Category(
        "teapot", ("teapot", "tea pot", "kettle", "tea kettle"), teapot, 0.26, _ANY,
        accents=(Accent(("lid",), ("white", "gold", "black", "blue", "red")),), sizes=("tall", "wide"),
        materials=("ceramic", "metal", "glass"), indirect=("something to brew tea in",),
    ),
    Category(
        "cooking pot", ("cooking pot", "saucepan", "stew pot", "pot"), pot, 0.34, ("gray", "silver", "black", "red", "blue"),
        variants={"pot": (), "pan": ("frying pan", "pan", "skillet")},
        accents=(Accent(("handles", "handle"), ("black", "brown", "red", "silver")),), sizes=("wide",),
        materials=("metal", "ceramic"), indirect=("something to fry eggs in", "something to cook stew in"),
    ),
    Category(
        "bucket", ("bucket", "pail", "water bucket", "sand bucket"), bucket, 0.42, _ANY,
        accents=(Accent(("handle",), ("silver", "black", "white", "brown")),), sizes=("tall", "wide"),
        materials=("plastic", "metal", "wood"), indirect=("something to carry water or sand in",),
    ),
    Category(
        "candle", ("candle", "candlestick", "wax candle", "candle holder"), candle, 0.24,
        ("white", "red", "beige", "purple", "pink", "green"),
        accents=(Accent(("holder", "plate", "stand"), ("gold", "silver", "brown", "black")),), sizes=("tall", "wide"),
        indirect=("a wax light with a flame",),
    ),
    Category(
        "clock", ("clock", "desk clock", "timepiece", "round clock"), clock, 0.22, _ANY,
        variants={"desk": (), "alarm": ("alarm clock", "clock with bells")},
        accents=(Accent(("face", "dial"), ("white", "beige", "yellow", "black")),), sizes=("wide",),
        materials=("metal", "wood", "plastic"), indirect=("something that tells the time",),
    ),
    Category(
        "umbrella", ("umbrella", "parasol", "sunshade", "beach umbrella"), umbrella, 1.1, _BRIGHT,
        accents=(Accent(("handle", "pole"), ("brown", "black", "silver", "white")),), sizes=("wide", "tall"),
        materials=("fabric",), indirect=("something to keep the rain off", "shelter from the rain that you carry"),
    ),
    Category(
        "ladder", ("ladder", "step ladder", "stepladder", "wooden ladder"), ladder, 1.6, ("brown", "beige", "silver", "red", "yellow"),
        accents=(Accent(("rungs", "steps"), ("beige", "brown", "silver", "white", "black")),), count=Count("rungs", 4, 8),
        sizes=("wide",), materials=("wood", "metal"), indirect=("something to climb up to the roof",),
    ),
    Category(
        "street lamp", ("street lamp", "streetlight", "lamp post", "street light"), street_lamp, 2.9,
        ("black", "gray", "green", "silver"), variants={"arm": (), "lantern": ("lantern post", "old lantern on a pole")},
        sizes=("tall",), materials=("metal",), indirect=("a light beside the road",),
    ),
)  # fmt: skip
