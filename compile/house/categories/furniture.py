"""Things to sit on, lie on and put things into."""

from __future__ import annotations

import math

from compile.house.category import Accent, Category, Count, Draw
from compile.house.sketch import Paint, Sketch

__all__ = ["FURNITURE"]

_WOODY = ("brown", "beige", "white", "gray", "black", "red", "blue", "teal")
_SOFT = ("gray", "beige", "blue", "red", "green", "purple", "teal", "brown")
_ANY = ("red", "blue", "yellow", "green", "white", "black", "orange", "pink", "purple", "gray")


def _legs(
    s: Sketch, paint: Paint, width: float, depth: float, top: float, thick: float, splay: float = 0.0
) -> None:
    """Four legs from the corners of a board, splayed outward by a share of their height."""
    for x in (-1, 1):
        for z in (1, -1):
            foot = (x * (width / 2 + splay * top), 0.0, z * (depth / 2 + splay * top))
            s.rod("leg", foot, (x * width / 2, top, z * depth / 2), thick, paint, round=0.25)


def chair(s: Sketch, d: Draw) -> None:
    tall, wide = d.size("tall"), d.size("wide")
    w, seat, deep = 0.46 * wide, 0.45 * d.u(0.95, 1.05), 0.45
    back = 0.50 * tall
    thick = d.u(0.045, 0.07)
    s.box("seat", (0, seat, 0), (w, d.u(0.05, 0.09), deep), d.main, round=0.35)
    z = -deep / 2 + 0.03
    if d.variant == "slatted":
        for x in (-0.5, 0.5):
            s.box("frame", (x * (w - 0.06), seat + back / 2, z), (0.05, back, 0.045), d.main, round=0.3)
        for k in range(3):
            x = (k - 1) * w * 0.24
            s.box("spine", (x, seat + back / 2, z), (0.05, back, 0.028), d.main, round=0.3)
        s.box("rail", (0, seat + back, z), (w, 0.08, 0.05), d.main, round=0.4)
    else:
        s.box("back", (0, seat + back / 2, z), (w, back + 0.02, d.u(0.04, 0.07)), d.main, round=d.u(0.3, 0.6))
    if d.variant == "office":
        s.tube("pole", (0, seat / 2, 0), 0.06, seat, d.accent)
        for turn in (0.0, 90.0):
            s.box("base", (0, 0.05, 0), (0.5, 0.05, 0.07), d.accent, rot=(0, turn, 0), round=0.4)
        return
    _legs(s, d.accent, w - 0.07, deep - 0.07, seat, thick, d.u(0.0, 0.12))
    if d.variant == "arms":
        for x in (-1, 1):
            arm = (x * (w / 2 - 0.01), seat + 0.22, 0)
            s.box("armrest", arm, (0.055, 0.05, deep), d.main, round=0.5)
            s.box("rail", (arm[0], seat + 0.11, deep / 2 - 0.04), (0.045, 0.24, 0.045), d.main, round=0.3)


def armchair(s: Sketch, d: Draw) -> None:
    _sofa(s, d, 0.55 * d.size("wide"), 1)


def sofa(s: Sketch, d: Draw) -> None:
    _sofa(s, d, 0.62 * d.count * d.u(0.9, 1.05) * (d.size("wide") if d.count == 2 else 1.0), d.count)


def _sofa(s: Sketch, d: Draw, inner: float, seats: int) -> None:
    cloth, cushion = Paint(d.main[0], d.material), Paint(d.accent[0], "fabric")
    deep, arm, back = 0.80, d.u(0.13, 0.20), 0.50 * d.size("tall")
    width = inner + 2 * arm
    s.box("base", (0, 0.21, 0), (width, 0.22, deep), cloth, round=0.3)
    s.box("back", (0, 0.22 + back / 2, -deep / 2 + 0.1), (width, back + 0.1, 0.20), cloth, round=0.5)
    for x in (-1, 1):
        s.box("armrest", (x * (width - arm) / 2, 0.36, 0.0), (arm, 0.46, deep), cloth, round=0.6)
    for k in range(seats):
        middle = (k - (seats - 1) / 2) * inner / seats
        s.box("cushion", (middle, 0.37, 0.09), (inner / seats, 0.14, deep - 0.22), cushion, round=0.5)
    wood = d.paint(d.pick(("brown", "black")), "wood")
    for x in (-1, 1):
        for z in (1, -1):
            s.tube("foot", (x * (width / 2 - 0.09), 0.06, z * (deep / 2 - 0.09)), 0.07, 0.13, wood)


def stool(s: Sketch, d: Draw) -> None:
    high = (0.72 if d.variant == "bar" else 0.46) * d.size("tall")
    w = 0.34 * d.size("wide")
    s.tube("seat", (0, high, 0), w, d.u(0.05, 0.09), d.main, round=0.4)
    n = d.count
    for k in range(n):
        a = 2 * math.pi * (k + 0.5) / n
        x, z = math.sin(a), math.cos(a)
        s.rod(
            "leg",
            (x * w * 0.55, 0, z * w * 0.55),
            (x * w * 0.32, high, z * w * 0.32),
            0.04,
            d.accent,
            round=0.3,
        )
    if d.variant == "bar":
        s.ring("ring", (0, high * 0.35, 0), w * 0.92 + 0.06, 0.03, d.accent)


def table(s: Sketch, d: Draw) -> None:
    high, wide = 0.74 * d.size("tall"), 1.2 * d.size("wide")
    deep = wide if d.variant == "round" else 0.75 * d.u(0.9, 1.1)
    thick = d.u(0.045, 0.08)
    if d.variant == "round":
        s.tube("top", (0, high, 0), wide, thick, d.main, round=0.4)
        s.tube("pole", (0, high / 2, 0), 0.12, high, d.accent, taper=d.u(-0.3, 0.3))
        s.tube("base", (0, 0.03, 0), wide * 0.5, 0.06, d.accent, taper=0.3)
    else:
        s.box("top", (0, high, 0), (wide, thick, deep), d.main, round=0.3)
        _legs(s, d.accent, wide - 0.14, deep - 0.14, high, d.u(0.055, 0.09), d.u(0, 0.05))


def desk(s: Sketch, d: Draw) -> None:
    high, wide, deep = 0.75 * d.size("tall"), 1.3 * d.size("wide"), 0.62
    s.box("top", (0, high, 0), (wide, 0.05, deep), d.main, round=0.3)
    s.box("case", (wide / 2 - 0.24, high / 2, 0), (0.42, high, deep - 0.06), d.main, round=0.05)
    n = d.count
    for k in range(n):
        y = high * (k + 0.5) / n
        s.box(
            "drawer",
            (wide / 2 - 0.24, y, deep / 2 - 0.02),
            (0.36, high / n - 0.05, 0.05),
            d.accent,
            round=0.2,
        )
        s.ball("knob", (wide / 2 - 0.24, y, deep / 2 + 0.015), 0.05, d.paint("silver"))
    for z in (1, -1):
        s.box(
            "leg", (-wide / 2 + 0.06, high / 2, z * (deep / 2 - 0.06)), (0.06, high, 0.06), d.main, round=0.2
        )
    s.box("panel", (-0.2, high - 0.2, -deep / 2 + 0.05), (wide - 0.45, 0.3, 0.03), d.main, round=0.1)


def dresser(s: Sketch, d: Draw) -> None:
    n, wide, deep = d.count, 0.85 * d.size("wide"), 0.48
    high = 0.30 * n * d.size("tall")
    s.box("body", (0, high / 2 + 0.06, 0), (wide, high, deep), d.main, round=0.06)
    s.box("top", (0, high + 0.07, 0), (wide + 0.05, 0.04, deep + 0.05), d.main, round=0.4)
    for k in range(n):
        y = 0.06 + high * (k + 0.5) / n
        s.box("drawer", (0, y, deep / 2), (wide - 0.10, high / n - 0.06, 0.04), d.accent, round=0.25)
        for x in (-0.22, 0.22):
            s.ball("knob", (x * wide, y, deep / 2 + 0.03), 0.055, d.paint("gold"))
    for x in (-1, 1):
        for z in (1, -1):
            s.tube(
                "foot", (x * (wide / 2 - 0.07), 0.035, z * (deep / 2 - 0.07)), 0.07, 0.08, d.main, taper=-0.4
            )


def wardrobe(s: Sketch, d: Draw) -> None:
    wide, high, deep = 1.1 * d.size("wide"), 1.9 * d.size("tall"), 0.55
    s.box("body", (0, high / 2, 0), (wide, high, deep), d.main, round=0.04)
    s.box("crown", (0, high, 0), (wide + 0.08, 0.08, deep + 0.06), d.main, round=0.4)
    s.box("base", (0, 0.04, 0), (wide + 0.06, 0.09, deep + 0.05), d.main, round=0.3)
    for x in (-1, 1):
        s.box(
            "door",
            (x * wide * 0.24, high / 2 + 0.03, deep / 2),
            (wide * 0.45, high - 0.22, 0.04),
            d.accent,
            round=0.2,
        )
        s.rod("handle", (x * 0.07, high * 0.45, deep / 2 + 0.03), (x * 0.07, high * 0.55, deep / 2 + 0.03), 0.035,
              d.paint("silver"), round=0.6)  # fmt: skip


def bookshelf(s: Sketch, d: Draw) -> None:
    n = d.count
    wide, deep = 0.80 * d.size("wide"), 0.30
    high = (0.36 * n + 0.05) * d.size("tall")
    t = 0.045
    for x in (-1, 1):
        s.box("frame", (x * (wide - t) / 2, high / 2, 0), (t, high, deep), d.main, round=0.1)
    s.box("back", (0, high / 2, -deep / 2 + 0.015), (wide, high, 0.03), d.main, round=0.05)
    for k in range(n + 1):
        s.box("shelf", (0, t / 2 + k * (high - t) / n, 0), (wide, t, deep), d.main, round=0.1)
    room = (high - t) / n - t
    covers = ("red", "blue", "green", "yellow", "orange", "purple")
    for k in range(n):
        left = -wide / 2 + t - 0.01
        for _ in range(3 if n <= 3 else 2):
            thick, tall = wide * d.u(0.12, 0.26), room * d.u(0.6, 0.9)
            y = t + k * (high - t) / n + tall / 2 - 0.01
            paint = d.accent if d.chance(0.75) else d.paint(d.pick(covers))
            s.box("book", (left + thick / 2, y, -0.02), (thick, tall, deep * 0.75), paint, round=0.1)
            left += thick - 0.004


def bed(s: Sketch, d: Draw) -> None:
    wide = {1: 0.95, 2: 1.5}[d.count] * d.size("wide")
    long = 2.0
    head = 0.95 * d.size("tall")
    s.box("frame", (0, 0.24, 0), (wide, 0.18, long), d.main, round=0.15)
    s.box("headboard", (0, head / 2, -long / 2), (wide + 0.04, head, 0.08), d.main, round=d.u(0.2, 0.6))
    if d.chance(0.6):
        s.box("rail", (0, 0.27, long / 2), (wide + 0.04, 0.5, 0.07), d.main, round=0.3)
    s.box("mattress", (0, 0.40, 0), (wide - 0.06, 0.22, long - 0.1), d.paint("white", "fabric"), round=0.4)
    s.box(
        "blanket",
        (0, 0.43, long * 0.15),
        (wide - 0.01, 0.21, long * 0.66),
        Paint(d.accent[0], "fabric"),
        round=0.4,
    )
    n = d.count
    for k in range(n):
        x = (k - (n - 1) / 2) * wide * 0.46
        s.box("pillow", (x, 0.54, -long * 0.36), (wide * 0.4 if n == 2 else wide * 0.6, 0.13, 0.34),
              d.paint("white", "fabric"), round=0.9)  # fmt: skip
    for x in (-1, 1):
        for z in (1, -1):
            s.box(
                "leg",
                (x * (wide / 2 - 0.06), 0.1, z * (long / 2 - 0.06)),
                (0.09, 0.2, 0.09),
                d.main,
                round=0.2,
            )


def bench(s: Sketch, d: Draw) -> None:
    wide, seat = 1.4 * d.size("wide"), 0.44
    back = 0.42 * d.size("tall")
    for k in range(3):
        s.box("seat", (0, seat, 0.14 - 0.15 * k), (wide, 0.045, 0.125), d.main, round=0.3)
    for k in range(2):
        s.box("back", (0, seat + back * (0.5 + 0.45 * k), -0.25), (wide, 0.13, 0.045), d.main, round=0.3)
    for x in (-1, 1):
        at = x * wide * 0.38
        s.box("frame", (at, seat - 0.03, 0), (0.07, 0.06, 0.46), d.accent, round=0.2)
        s.rod("leg", (at, 0, 0.2), (at, seat, 0.17), 0.07, d.accent, kind="box", round=0.2)
        s.rod("leg", (at, 0, -0.22), (at, seat + back * 1.05, -0.225), 0.07, d.accent, kind="box", round=0.2)
        if d.variant == "arms":
            s.box("armrest", (at, seat + 0.2, 0.0), (0.06, 0.05, 0.48), d.accent, round=0.4)
            s.rod("rail", (at, seat, 0.19), (at, seat + 0.2, 0.2), 0.05, d.accent, kind="box", round=0.2)


def bunk_bed(s: Sketch, d: Draw) -> None:
    wide, long, high = 0.95 * d.size("wide"), 2.0, 1.6 * d.size("tall")
    for x in (-1, 1):
        for z in (1, -1):
            s.box("pole", (x * wide / 2, high / 2, z * long / 2), (0.08, high, 0.08), d.main, round=0.2)
    for y in (0.28, high * 0.68):
        s.box("bunk", (0, y, 0), (wide, 0.13, long), d.main, round=0.15)
        s.box(
            "mattress",
            (0, y + 0.13, 0),
            (wide - 0.08, 0.18, long - 0.08),
            Paint(d.accent[0], "fabric"),
            round=0.4,
        )
        s.box(
            "pillow",
            (0, y + 0.26, -long * 0.38),
            (wide * 0.6, 0.12, 0.32),
            d.paint("white", "fabric"),
            round=0.9,
        )
    for y in (0.55, high * 0.92):
        s.box("rail", (0, y, -long / 2), (wide, 0.07, 0.05), d.main, round=0.2)
    s.box("rail", (-wide / 2, high * 0.92, 0), (0.05, 0.08, long), d.main, round=0.2)
    for far in (0.55, 0.85):
        s.box("rail", (wide / 2 + 0.03, high * 0.36, far), (0.05, high * 0.72, 0.05), d.main, round=0.2)
    for k in range(4):
        s.box(
            "rung", (wide / 2 + 0.03, high * (0.10 + 0.17 * k), 0.70), (0.045, 0.045, 0.30), d.main, round=0.3
        )


_SEAT = Accent(("legs", "feet"), ("brown", "black", "silver", "white", "beige"))

FURNITURE = (
    Category(
        "chair", ("chair", "dining chair", "kitchen chair", "side chair"), chair, 0.95, _WOODY,
        variants={"solid": (), "slatted": ("slatted chair", "farmhouse chair"), "arms": ("chair with armrests",),
                  "office": ("office chair", "desk chair", "swivel chair")},
        accents=(_SEAT,), sizes=("tall", "wide"), materials=("wood", "plastic", "metal"),
        indirect=("something to sit on at the dinner table", "a seat with a back"),
    ),
    Category(
        "armchair", ("armchair", "arm chair", "easy chair", "upholstered armchair", "club chair", "recliner", "lounge chair"),
        armchair, 0.9, _SOFT, accents=(Accent(("cushion", "seat cushion"), ("beige", "white", "gray", "red", "blue")),),
        sizes=("tall", "wide"), materials=("fabric",), indirect=("a comfy seat to read in", "a soft chair with armrests"),
    ),
    Category(
        "sofa", ("sofa", "couch", "settee", "loveseat", "lounge sofa"), sofa, 2.0, _SOFT,
        accents=(Accent(("cushions", "seats", "pillows"), ("beige", "white", "gray", "pink", "blue", "red")),),
        count=Count("seats", 2, 4), sizes=("tall",), materials=("fabric",),
        indirect=("something to lounge on in the living room",),
    ),
    Category(
        "stool", ("stool", "footstool", "milking stool", "round stool"), stool, 0.5, _WOODY,
        variants={"low": (), "bar": ("bar stool", "barstool", "counter stool", "high stool")}, accents=(_SEAT,),
        count=Count("legs", 3, 5), sizes=("tall", "wide"), materials=("wood", "metal", "plastic"),
        indirect=("a seat without a back", "something to sit on at the bar"),
    ),
    Category(
        "table", ("table", "dining table", "kitchen table", "coffee table", "tea table"), table, 1.2, _WOODY,
        variants={"square": ("rectangular table",), "round": ("round table", "circular table", "bistro table", "pedestal table")},
        accents=(Accent(("legs", "base", "foot"), ("brown", "black", "silver", "white")),), sizes=("tall", "wide"),
        materials=("wood", "glass", "metal", "plastic", "stone"), indirect=("something to eat dinner at",),
    ),
    Category(
        "desk", ("desk", "writing desk", "office desk", "workbench", "study desk"), desk, 1.3, _WOODY,
        accents=(Accent(("drawers",), ("white", "gray", "beige", "brown", "blue")),), count=Count("drawers", 2, 4),
        sizes=("tall", "wide"), materials=("wood", "metal"), indirect=("a place to work and write at",),
    ),
    Category(
        "dresser", ("dresser", "chest of drawers", "cabinet", "nightstand", "commode", "drawer unit"), dresser, 0.95, _WOODY,
        accents=(Accent(("drawers",), ("white", "beige", "brown", "gray", "blue")),), count=Count("drawers", 2, 5),
        sizes=("tall", "wide"), materials=("wood", "metal"), indirect=("somewhere to keep socks and shirts",),
    ),
    Category(
        "wardrobe", ("wardrobe", "closet", "armoire", "cupboard", "locker"), wardrobe, 1.95, _WOODY,
        accents=(Accent(("doors",), ("white", "beige", "brown", "gray", "teal")),), sizes=("tall", "wide"),
        materials=("wood", "metal"), indirect=("a tall cupboard to hang clothes in",),
    ),
    Category(
        "bookshelf", ("bookshelf", "bookcase", "shelf with books", "shelving unit", "book rack"), bookshelf, 1.6, _WOODY,
        accents=(Accent(("books",), ("red", "blue", "green", "yellow", "purple")),), count=Count("shelves", 2, 4),
        sizes=("wide",), materials=("wood", "metal"), indirect=("furniture for storing novels",),
    ),
    Category(
        "bed", ("bed", "double bed", "sleeping bed", "single bed"), bed, 2.0, _WOODY,
        accents=(Accent(("blanket", "sheets", "duvet", "covers"), ("red", "blue", "green", "purple", "gray", "pink", "teal")),),
        count=Count("pillows", 1, 2), sizes=("tall",), materials=("wood", "metal"),
        indirect=("something to sleep in at night",),
    ),
    Category(
        "bunk bed", ("bunk bed", "bunkbed", "double-decker bed", "loft bed for two"), bunk_bed, 2.0, _WOODY,
        accents=(Accent(("mattresses", "mattress", "sheets"), ("red", "blue", "green", "purple", "gray", "pink")),),
        materials=("wood", "metal"), indirect=("two beds on top of each other",),
    ),
    Category(
        "bench", ("bench", "park bench", "garden bench", "street bench"), bench, 1.4, _WOODY,
        variants={"plain": (), "arms": ("bench with armrests",)},
        accents=(Accent(("frame", "legs"), ("black", "gray", "silver", "brown")),), sizes=("wide", "tall"),
        materials=("wood", "metal"), indirect=("a seat for several people in the park",),
    ),
)  # fmt: skip
