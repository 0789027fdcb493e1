"""Houses, towers and other places."""

from __future__ import annotations

import math

from compile.house.category import Accent, Category, Count, Draw
from compile.house.sketch import Paint, Sketch

__all__ = ["BUILDINGS"]

_WALLS = ("white", "beige", "red", "yellow", "blue", "brown", "gray", "pink", "orange", "green")
_ROOFS = ("red", "brown", "gray", "blue", "black", "orange", "purple", "green")
_ROOF = Accent(("roof",), _ROOFS)
_PANE = Paint((0.50, 0.72, 0.86), "ceramic")


def house(s: Sketch, d: Draw) -> None:
    wide, deep = 6.0 * d.size("wide"), 5.0 * d.u(0.85, 1.05)
    floors = d.count
    high = 2.6 * floors * d.size("tall")
    s.box("wall", (0, high / 2, 0), (wide, high, deep), d.main, round=0.02)
    roof = d.u(1.8, 2.6)
    flat = 1.0 if d.chance(0.7) else 0.55
    s.box(
        "roof",
        (0, high + roof / 2 - 0.1, 0),
        (wide + 0.8, roof, deep + 0.8),
        d.accent,
        taper=(0.25 if flat < 1 else 0.0, flat),
        round=0.02,
    )
    s.box(
        "chimney",
        (wide * 0.3, high + roof * 0.55, -deep * 0.12),
        (0.65, roof * 1.1, 0.65),
        d.paint("gray", "stone"),
        round=0.05,
    )
    s.box("door", (0, 1.0, deep / 2), (1.0, 2.0, 0.16), d.second, round=0.1)
    s.ball("knob", (0.32, 1.0, deep / 2 + 0.1), 0.16, d.paint("gold"))
    s.box("step", (0, 0.1, deep / 2 + 0.35), (1.6, 0.2, 0.8), d.paint("gray", "stone"), round=0.1)
    for k in range(floors):
        y = high * (k + 0.55) / floors
        for x in (-0.32, 0.32):
            s.box("window", (x * wide, y, deep / 2), (1.0, 1.0, 0.14), _PANE, round=0.1)
        for z in (0.22, -0.22):
            s.box("window", (wide / 2, y, z * deep), (0.14, 1.0, 0.9), _PANE, round=0.1)
        if k:
            s.box("window", (0, y, deep / 2), (0.9, 0.9, 0.14), _PANE, round=0.1)


def castle(s: Sketch, d: Draw) -> None:
    wide = 9.0 * d.size("wide")
    tall = 5.2 * d.size("tall")
    wall = 3.0
    stone = Paint(d.main[0], "stone")
    n = d.count
    s.box("wall", (0, wall / 2, 0), (wide, wall, wide * 0.8), stone, round=0.02, hollow=0.16)
    s.box("door", (0, 1.0, wide * 0.4), (1.5, 2.0, 0.3), d.paint("brown", "wood"), round=0.3)
    s.box("frame", (0, 1.25, wide * 0.4 - 0.05), (2.2, 2.5, 0.36), d.like(stone, -0.2), round=0.1)
    corners = ((-1, 1), (1, 1), (1, -1), (-1, -1))
    for x, z in corners[:n] if n < 4 else corners:
        at = (x * wide / 2, z * wide * 0.4)
        s.tube("tower", (at[0], tall / 2, at[1]), 1.9, tall, stone, round=0.02)
        s.tube("roof", (at[0], tall + 1.05, at[1]), 2.4, 2.2, d.accent, taper=0.97, round=0.0)
    if d.chance(0.6) or n < 4:
        keep = tall * 1.25
        s.box("body", (0, keep / 2, -wide * 0.05), (wide * 0.34, keep, wide * 0.3), stone, round=0.02)
        s.box(
            "roof",
            (0, keep + 0.9, -wide * 0.05),
            (wide * 0.4, 2.0, wide * 0.36),
            d.accent,
            taper=(0.97, 0.97),
            round=0.0,
        )
        s.box("panel", (0, 0.4, -wide * 0.05), (wide * 0.9, 0.8, wide * 0.7), stone, round=0.02)
    else:
        s.box("panel", (0, 0.3, 0), (wide * 0.95, 0.6, wide * 0.75), d.like(stone, -0.1), round=0.02)
    for k in range(4):
        s.box(
            "battlement",
            ((k - 1.5) * wide * 0.2, wall + 0.2, wide * 0.4 - 0.12),
            (wide * 0.09, 0.7, 0.5),
            stone,
            round=0.05,
        )


def tower(s: Sketch, d: Draw) -> None:
    high, wide = 7.0 * d.size("tall"), 2.8 * d.size("wide")
    s.tube("wall", (0, high / 2, 0), wide, high, Paint(d.main[0], "stone"), taper=d.u(0.0, 0.2), round=0.02)
    s.tube("rim", (0, high, 0), wide * 1.12, 0.5, Paint(d.main[0], "stone"), round=0.1)
    s.tube("roof", (0, high + 1.3, 0), wide * 1.28, 2.4, d.accent, taper=0.97, round=0.0)
    s.box("door", (0, 0.9, wide / 2 - 0.02), (0.95, 1.8, 0.34), d.paint("brown", "wood"), round=0.2)
    for k in range(d.count):
        y = high * (0.42 + 0.46 * k / max(d.count - 1, 1))
        s.box("window", (0, y, wide * 0.45), (0.55, 0.85, 0.4), _PANE, round=0.3)
    s.rod("pole", (0, high + 2.3, 0), (0, high + 3.3, 0), 0.09, d.paint("gray", "metal"))
    s.box("flag", (0.42, high + 3.05, 0), (0.85, 0.45, 0.06), d.accent, round=0.1)


def lighthouse(s: Sketch, d: Draw) -> None:
    high, wide = 6.5 * d.size("tall"), 2.4 * d.size("wide")
    n = 5
    for k in range(n):
        share = 1.0 - 0.42 * k / n
        paint = d.main if k % 2 == 0 else d.accent
        s.tube(
            "wall",
            (0, high * (k + 0.5) / n, 0),
            wide * share,
            high / n + 0.04,
            paint,
            taper=0.42 / n / share,
            round=0.0,
        )
    top = wide * 0.6
    s.tube("deck", (0, high + 0.08, 0), top * 1.45, 0.2, d.paint("gray", "metal"))
    s.tube("light", (0, high + 0.65, 0), top * 0.8, 1.1, Paint((0.98, 0.90, 0.55), "ceramic"))
    s.ring("rail", (0, high + 0.5, 0), top * 1.42, 0.15, d.paint("gray", "metal"))
    for k in range(3):
        a = 2 * math.pi * k / 3 + 0.5
        x, z = math.cos(a) * top * 0.67, math.sin(a) * top * 0.67
        s.rod("pole", (x, high + 0.1, z), (x, high + 0.52, z), 0.12, d.paint("gray", "metal"))
    s.tube("roof", (0, high + 1.5, 0), top * 1.1, 0.8, d.main, taper=0.9)
    s.box("door", (0, 0.75, wide / 2 - 0.1), (0.8, 1.5, 0.35), d.paint("brown", "wood"), round=0.2)
    s.tube("base", (0, 0.1, 0), wide * 1.35, 0.3, d.paint("gray", "stone"), taper=0.1)


def windmill(s: Sketch, d: Draw) -> None:
    high, wide = 5.0 * d.size("tall"), 2.7
    s.tube("wall", (0, high / 2, 0), wide, high, Paint(d.main[0], "stone"), taper=0.32, round=0.02)
    s.tube("roof", (0, high + 0.65, 0), wide * 0.82, 1.4, d.accent, taper=0.9)
    z = wide * 0.42
    s.rod("axle", (0, high * 0.92, 0), (0, high * 0.92, z + 0.45), 0.3, d.paint("brown", "wood"))
    turn = d.u(10, 80)
    sail = d.paint("white", "fabric")
    for k in range(2):
        s.box(
            "blade",
            (0, high * 0.92, z + 0.35),
            (5.4 * d.size("wide"), 0.5, 0.09),
            sail,
            rot=(0.0, 0.0, turn + 90.0 * k),
            round=0.2,
        )
        s.box(
            "rail",
            (0, high * 0.92, z + 0.42),
            (5.6, 0.12, 0.1),
            d.paint("brown", "wood"),
            rot=(0.0, 0.0, turn + 90.0 * k),
        )
    s.box("door", (0, 0.9, wide * 0.47), (0.95, 1.8, 0.4), d.paint("brown", "wood"), round=0.2)
    s.box("window", (0, high * 0.5, wide * 0.40), (0.6, 0.7, 0.35), _PANE, round=0.2)


def tent(s: Sketch, d: Draw) -> None:
    wide, high, long = 2.2 * d.size("wide"), 1.5 * d.size("tall"), 2.6
    cloth = Paint(d.main[0], "fabric")
    if d.variant == "tipi":
        s.tube("wall", (0, high * 0.75, 0), wide, high * 1.5, cloth, taper=0.94)
        s.tube("band", (0, high * 0.42, 0), wide * 0.81, 0.2, d.accent, taper=0.12)
        for k in range(3):
            x, z = ((-0.2, 0.15), (0.22, 0.1), (0.0, -0.22))[k]
            s.rod("pole", (-x, high * 1.25, -z), (x, high * 1.72, z), 0.06, d.paint("brown", "wood"))
        s.box(
            "door",
            (0, high * 0.3, wide * 0.38),
            (0.6, high * 0.75, 0.2),
            d.accent,
            taper=(0.8, 0.0),
            rot=(-18.0, 0.0, 0.0),
        )
        return
    s.box("wall", (0, high / 2, 0), (wide, high, long), cloth, taper=(0.98, 0.0), round=0.03)
    s.box("door", (0, high * 0.38, long / 2), (wide * 0.42, high * 0.76, 0.09), d.accent, taper=(0.95, 0.0))
    s.box("base", (0, 0.03, 0), (wide * 1.06, 0.07, long * 1.05), d.paint("gray", "fabric"), round=0.3)
    for z in (1, -1):
        s.rod("pole", (0, 0, z * long / 2), (0, high * 1.08, z * long / 2), 0.06, d.paint("brown", "wood"))
    s.rod("rail", (0, high * 0.99, -long / 2), (0, high * 0.99, long / 2), 0.06, d.accent)


def well(s: Sketch, d: Draw) -> None:
    wide, high = 1.5 * d.size("wide"), 0.85
    top = 1.9 * d.size("tall")
    wood = d.paint("brown", "wood")
    s.tube("wall", (0, high / 2, 0), wide, high, Paint(d.main[0], "stone"), hollow=0.2, round=0.05)
    s.ring("rim", (0, high, 0), wide * 1.08, 0.2, Paint(d.main[0], "stone"))
    for x in (-1, 1):
        s.box("pole", (x * wide * 0.46, (top + high * 0.5) / 2, 0), (0.14, top - 0.1, 0.14), wood)
    s.rod("axle", (-wide * 0.52, top * 0.72, 0), (wide * 0.52, top * 0.72, 0), 0.14, wood)
    s.box(
        "roof", (0, top + 0.25, 0), (wide * 1.35, 0.7, wide * 1.05), d.accent, taper=(0.0, 0.97), round=0.02
    )
    s.rod("string", (0, top * 0.72, 0), (0, high + 0.05, 0), 0.04, d.paint("beige", "fabric"))
    s.tube("pot", (0, high - 0.02, 0), 0.34, 0.34, wood, taper=-0.2)
    s.tube("filling", (0, 0.22, 0), wide * 0.85, 0.4, Paint((0.20, 0.45, 0.70), "ceramic"))


def mailbox(s: Sketch, d: Draw) -> None:
    high = 1.05 * d.size("tall")
    s.box("pole", (0, high / 2, 0), (0.09, high, 0.09), d.accent, round=0.2)
    s.box("base", (0, 0.03, 0), (0.3, 0.06, 0.3), d.accent, round=0.3)
    s.box("body", (0, high + 0.10, 0), (0.24, 0.22, 0.48), d.main, round=0.1)
    s.add("lid", "cylinder", (0, high + 0.2, 0), (0.24, 0.48, 0.24), d.main, rot=(90.0, 0.0, 0.0), round=0.1)
    s.box("door", (0, high + 0.14, 0.24), (0.2, 0.24, 0.03), d.like(d.main, -0.3), round=0.4)
    s.rod("flag", (0.13, high + 0.12, -0.05), (0.13, high + 0.42, -0.05), 0.03, d.paint("red"), kind="box")
    s.box("flag", (0.13, high + 0.40, 0.0), (0.03, 0.09, 0.13), d.paint("red"))


BUILDINGS = (
    Category(
        "house", ("house", "home", "cottage", "cabin", "family house", "farmhouse", "hut"), house, 7.5, _WALLS,
        accents=(_ROOF, Accent(("door",), ("brown", "red", "green", "blue", "white"))), count=Count("floors", 1, 2),
        sizes=("tall", "wide"), materials=("stone", "wood"), indirect=("a place for a family to live",),
    ),
    Category(
        "castle", ("castle", "fortress", "fort", "medieval castle", "palace"), castle, 11.0, ("gray", "beige", "white", "brown", "pink", "yellow"),
        accents=(Accent(("roofs", "roof", "towers"), _ROOFS),), count=Count("towers", 2, 4), sizes=("tall", "wide"),
        materials=("stone",), indirect=("where the king and queen live",),
    ),
    Category(
        "tower", ("tower", "watchtower", "round tower", "wizard tower", "turret"), tower, 10.0, ("gray", "beige", "white", "brown", "red"),
        accents=(_ROOF,), count=Count("windows", 1, 3), sizes=("tall", "wide"), materials=("stone",),
        indirect=("where the princess is locked up",),
    ),
    Category(
        "lighthouse", ("lighthouse", "light house", "beacon tower", "sea light"), lighthouse, 8.5, ("red", "blue", "black", "green", "orange"),
        accents=(Accent(("stripes", "bands"), ("white", "yellow", "beige")),), sizes=("tall", "wide"), materials=("stone",),
        indirect=("a tower that guides ships at night",),
    ),
    Category(
        "windmill", ("windmill", "wind mill", "dutch windmill", "flour mill"), windmill, 7.0, ("white", "beige", "gray", "red", "brown", "blue"),
        accents=(_ROOF,), sizes=("tall", "wide"), materials=("stone",), indirect=("a building that grinds flour with sails",),
    ),
    Category(
        "tent", ("tent", "camping tent", "camp tent", "scout tent"), tent, 2.7,
        ("green", "orange", "blue", "red", "yellow", "beige", "purple"), variants={"ridge": (), "tipi": ("tipi", "teepee", "wigwam")},
        accents=(Accent(("door", "entrance", "flap"), ("yellow", "beige", "white", "brown", "black")),), sizes=("tall", "wide"),
        materials=("fabric",), indirect=("something to sleep in while camping",),
    ),
    Category(
        "well", ("well", "water well", "wishing well", "draw well"), well, 2.5, ("gray", "beige", "brown", "white"),
        accents=(_ROOF,), sizes=("tall", "wide"), materials=("stone",), indirect=("where villagers draw water",),
    ),
    Category(
        "mailbox", ("mailbox", "letterbox", "mail box", "post box"), mailbox, 1.4, ("red", "blue", "white", "green", "black", "yellow", "silver"),
        accents=(Accent(("post", "pole"), ("brown", "white", "black", "gray")),), sizes=("tall",), materials=("metal",),
        indirect=("where the postman puts letters",),
    ),
)  # fmt: skip
