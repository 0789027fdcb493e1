"""Things that drive. All look towards +X."""

from __future__ import annotations

from compile.house.category import Accent, Category, Count, Draw
from compile.house.palette import PAINTS
from compile.house.sketch import Paint, Sketch

__all__ = ["VEHICLES"]


def _wheels(
    s: Sketch, d: Draw, xs: tuple[float, ...], half_width: float, size: float, hub: Paint | None
) -> None:
    """A pair of wheels at each X; the axles run along Z."""
    rubber = d.paint("black", "rubber")
    for x in xs:
        for z in (1, -1):
            at = (x, size / 2, z * half_width)
            s.add("tire", "cylinder", at, (size, size * 0.36, size), rubber, rot=(90.0, 0.0, 0.0), round=0.35)
            if hub is not None:
                out = (x, size / 2, z * (half_width + size * 0.09))
                s.add(
                    "hub", "cylinder", out, (size * 0.5, size * 0.24, size * 0.5), hub, rot=(90.0, 0.0, 0.0)
                )


def car(s: Sketch, d: Draw) -> None:
    long, wide = 4.0 * d.size("long"), 1.7
    wheel = d.u(0.62, 0.74)
    s.box("body", (0, 0.62, 0), (long, 0.62, wide), d.main, round=0.5)
    back = -0.1 if d.variant != "pickup" else 0.5
    if d.variant == "sports":
        s.box(
            "cabin", (-0.2, 1.02, 0), (long * 0.5, 0.46, wide * 0.86), d.accent, taper=(0.5, 0.2), round=0.4
        )
        s.box("wing", (-long * 0.44, 1.1, 0), (0.3, 0.07, wide * 0.9), d.main, round=0.5)
        s.box("frame", (-long * 0.44, 0.97, 0), (0.1, 0.25, wide * 0.6), d.main, round=0.2)
    elif d.variant == "pickup":
        s.box(
            "cabin", (back, 1.15, 0), (long * 0.34, 0.62, wide * 0.9), d.accent, taper=(0.25, 0.12), round=0.3
        )
        s.box(
            "cargo", (-long * 0.28, 0.98, 0), (long * 0.40, 0.30, wide * 0.96), d.main, hollow=0.1, round=0.1
        )
    else:
        s.box(
            "cabin",
            (back, 1.14, 0),
            (long * 0.58, 0.62, wide * 0.9),
            d.accent,
            taper=(0.36, 0.14),
            round=0.35,
        )
    if d.variant != "sports":
        s.box(
            "window",
            (back, 1.15, 0),
            (long * (0.2 if d.variant == "pickup" else 0.36), 0.34, wide * 0.9),
            d.pane(),
            round=0.3,
        )
    for z in (1, -1):
        s.ball("lamp", (long / 2 - 0.06, 0.66, z * wide * 0.34), 0.2, Paint((0.98, 0.93, 0.7), "ceramic"))
    s.box("bumper", (long / 2 - 0.04, 0.42, 0), (0.18, 0.16, wide * 0.92), d.paint("silver"), round=0.5)
    _wheels(s, d, (long * 0.31, -long * 0.31), wide / 2 - 0.06, wheel, d.paint("silver"))


def truck(s: Sketch, d: Draw) -> None:
    long, wide, high = 5.6 * d.size("long"), 2.1, 1.9 * d.size("tall")
    s.box("frame", (0, 0.75, 0), (long, 0.26, wide * 0.8), d.paint("black"), round=0.2)
    s.box("cab", (long / 2 - 0.75, 1.45, 0), (1.5, 1.5, wide), d.main, round=0.25, taper=(0.12, 0.05))
    s.box("window", (long / 2 - 0.42, 1.72, 0), (0.9, 0.5, wide * 0.97), d.pane(), round=0.2)
    if d.variant == "dump":
        s.box(
            "cargo",
            (-0.75, 0.85 + high * 0.33, 0),
            (long - 1.75, high * 0.66, wide * 1.02),
            d.accent,
            taper=(-0.12, -0.1),
            hollow=0.08,
        )
    elif d.variant == "fire":
        s.box("cargo", (-0.75, 0.82 + high * 0.38, 0), (long - 1.65, high * 0.76, wide), d.main, round=0.1)
        for z in (0.25, -0.25):
            s.box(
                "rail", (-0.5, 0.86 + high * 0.76, z), (long - 1.2, 0.09, 0.09), d.paint("silver"), round=0.2
            )
        for k in range(4):
            s.box(
                "rung",
                (-1.8 + 0.75 * k, 0.86 + high * 0.76, 0),
                (0.09, 0.08, 0.5),
                d.paint("silver"),
                round=0.2,
            )
        s.box("light", (long / 2 - 0.75, 2.26, 0), (0.3, 0.18, 0.9), d.paint("blue"), round=0.5)
    else:
        s.box("cargo", (-0.75, 0.85 + high / 2, 0), (long - 1.65, high, wide * 1.05), d.accent, round=0.06)
    s.box("bumper", (long / 2 - 0.02, 0.78, 0), (0.16, 0.3, wide), d.paint("silver"), round=0.4)
    _wheels(s, d, (long / 2 - 0.8, -long / 2 + 0.9), wide / 2 - 0.08, 0.95, d.paint("silver"))


def bus(s: Sketch, d: Draw) -> None:
    long, wide, high = 7.0 * d.size("long"), 2.3, 2.3
    decks = 2 if d.variant == "double" else 1
    tall = high * (1.7 if decks == 2 else 1.0)
    s.box("body", (0, 0.45 + tall / 2, 0), (long, tall, wide), d.main, round=0.25)
    for k in range(decks):
        y = 0.45 + high * 0.64 + k * high * 0.78
        s.box("window", (-0.05, y, 0), (long * 0.92, 0.62, wide + 0.06), d.pane(), round=0.2)
    s.box("band", (0, 0.45 + high * 0.28, 0), (long * 1.005, 0.2, wide + 0.05), d.accent, round=0.2)
    s.box("screen", (long / 2 - 0.1, 0.45 + high * 0.62, 0), (0.26, 0.85, wide * 0.84), d.pane(), round=0.2)
    s.box(
        "door",
        (long * 0.36, 0.5 + high * 0.36, wide / 2),
        (0.75, high * 0.66, 0.12),
        d.like(d.main, -0.35),
        round=0.2,
    )
    for z in (1, -1):
        s.ball("lamp", (long / 2, 0.85, z * wide * 0.36), 0.3, Paint((0.98, 0.93, 0.7), "ceramic"))
    _wheels(s, d, (long * 0.31, -long * 0.31), wide / 2 - 0.12, 0.95, d.paint("silver"))


def tractor(s: Sketch, d: Draw) -> None:
    rubber, big, small = d.paint("black", "rubber"), 1.5 * d.u(0.9, 1.1), 0.8
    s.box("engine", (0.75, 0.95, 0), (1.6, 0.62, 0.75), d.main, round=0.3)
    s.box("body", (-0.55, 0.9, 0), (1.3, 0.5, 1.0), d.main, round=0.3)
    s.box("cab", (-0.6, 1.62, 0), (1.0, 1.0 * d.size("tall"), 0.95), d.accent, taper=(0.12, 0.08), round=0.2)
    s.box("window", (-0.6, 1.68, 0), (0.7, 0.55, 0.99), d.pane(), round=0.2)
    s.tube("smokestack", (1.0, 1.5, 0.15), 0.13, 0.65, d.paint("gray", "metal"))
    for z in (1, -1):
        s.add(
            "tire",
            "cylinder",
            (-0.6, big / 2, z * 0.66),
            (big, 0.42, big),
            rubber,
            rot=(90.0, 0.0, 0.0),
            round=0.3,
        )
        s.add(
            "hub",
            "cylinder",
            (-0.6, big / 2, z * 0.72),
            (big * 0.5, 0.4, big * 0.5),
            d.paint("yellow"),
            rot=(90.0, 0.0, 0.0),
        )
        s.add(
            "tire",
            "cylinder",
            (1.1, small / 2, z * 0.48),
            (small, 0.3, small),
            rubber,
            rot=(90.0, 0.0, 0.0),
            round=0.3,
        )
        s.add(
            "hub",
            "cylinder",
            (1.1, small / 2, z * 0.52),
            (small * 0.5, 0.3, small * 0.5),
            d.paint("yellow"),
            rot=(90.0, 0.0, 0.0),
        )
        s.ball("lamp", (1.55, 1.0, z * 0.24), 0.17, Paint((0.98, 0.93, 0.7), "ceramic"))


def train(s: Sketch, d: Draw) -> None:
    n, dark = d.count, d.paint("black", "metal")
    s.box("frame", (0, 0.55, 0), (4.4, 0.25, 1.3), dark, round=0.2)
    s.add("engine", "cylinder", (0.65, 1.2, 0), (1.15, 2.8, 1.15), d.main, rot=(0.0, 0.0, 90.0), round=0.1)
    s.add("band", "cylinder", (1.2, 1.2, 0), (1.22, 0.16, 1.22), d.paint("gold"), rot=(0.0, 0.0, 90.0))
    s.box("cab", (-1.45, 1.55, 0), (1.3, 1.9, 1.4), d.accent, round=0.1)
    s.box("window", (-1.45, 1.85, 0), (0.65, 0.55, 1.46), d.pane(), round=0.2)
    s.box("roof", (-1.45, 2.52, 0), (1.6, 0.14, 1.6), dark, round=0.5)
    s.tube("smokestack", (1.55, 1.98, 0), 0.36, 0.7 * d.size("tall"), dark, taper=-0.35)
    s.ball("bell", (0.5, 1.8, 0), 0.42, d.paint("gold"))
    s.ball("lamp", (2.05, 1.45, 0), 0.34, Paint((0.98, 0.93, 0.7), "ceramic"))
    s.box("bumper", (2.1, 0.42, 0), (0.5, 0.4, 1.1), d.paint("red"), taper=(0.5, 0.1), round=0.1)
    for k in range(n):
        x = -1.65 + 3.2 * k / (n - 1)
        for z in (1, -1):
            s.add(
                "tire",
                "cylinder",
                (x, 0.38, z * 0.64),
                (0.76, 0.16, 0.76),
                d.paint("red", "metal"),
                rot=(90.0, 0.0, 0.0),
            )


def bicycle(s: Sketch, d: Draw) -> None:
    wheel, base = 0.68 * d.u(0.95, 1.05), 1.05 * d.size("long")
    y = wheel / 2
    rear, front = (-base / 2, y, 0.0), (base / 2, y, 0.0)
    crank, seat, head = (-0.08, y - 0.03, 0.0), (-0.24, 0.86, 0.0), (base / 2 - 0.17, 0.84, 0.0)
    for at in (rear, front):
        s.add(
            "tire",
            "torus",
            at,
            (wheel, 0.055, wheel),
            d.paint("black", "rubber"),
            rot=(90.0, 0.0, 0.0),
            round=0.0,
        )
        for turn in (0.0, 90.0):
            s.box("hub", at, (wheel - 0.05, 0.02, 0.02), d.paint("silver"), rot=(0.0, 0.0, turn + 20.0))
    for a, b in ((crank, seat), (crank, head), (seat, head), (crank, rear), (seat, rear), (head, front)):
        s.rod("frame", a, b, 0.05, d.main, round=0.5)
    s.rod("pole", seat, (-0.27, 0.98, 0), 0.035, d.paint("silver"))
    s.box("saddle", (-0.27, 1.0, 0), (0.27, 0.06, 0.14), d.accent, round=0.7, taper=(0.0, 0.2))
    s.rod("pole", head, (head[0] - 0.03, 1.02, 0), 0.035, d.paint("silver"))
    s.rod("handle", (head[0] - 0.03, 1.02, -0.26), (head[0] - 0.03, 1.02, 0.26), 0.035, d.accent, round=0.5)
    s.ring("ring", crank, 0.2, 0.03, d.paint("silver"), rot=(90.0, 0.0, 0.0))
    s.rod("pedal", (-0.22, y - 0.1, 0.08), (0.06, y + 0.04, -0.08), 0.03, d.paint("gray", "metal"))


VEHICLES = (
    Category(
        "car", ("car", "automobile", "sedan", "hatchback", "taxi"), car, 4.0, PAINTS,
        variants={"sedan": (), "sports": ("sports car", "race car", "racing car"), "pickup": ("pickup", "pickup truck", "pick-up")},
        accents=(Accent(("roof", "cabin", "top"), ("white", "black", "gray", "silver")),), sizes=("long",),
        materials=("ceramic",), indirect=("a family vehicle with four wheels",),
    ),
    Category(
        "truck", ("truck", "lorry", "delivery truck", "box truck", "moving truck"), truck, 5.6, PAINTS,
        variants={"box": (), "dump": ("dump truck", "tipper truck"), "fire": ("fire truck", "fire engine", "fire brigade truck")},
        accents=(Accent(("cargo box", "trailer", "container", "load bed"), ("white", "gray", "orange", "blue", "yellow")),),
        sizes=("long", "tall"), materials=("ceramic",), indirect=("a vehicle that hauls heavy loads",),
    ),
    Category(
        "bus", ("bus", "city bus", "coach", "school bus", "minibus"), bus, 7.0, PAINTS,
        variants={"single": (), "double": ("double-decker bus", "double decker", "london bus")},
        accents=(Accent(("stripe", "band"), ("white", "black", "yellow", "red")),), sizes=("long",),
        materials=("ceramic",), indirect=("public transport on the road", "what takes children to school"),
    ),
    Category(
        "tractor", ("tractor", "farm tractor", "farm vehicle"), tractor, 3.2, PAINTS,
        accents=(Accent(("cab", "cabin", "roof"), ("white", "black", "yellow", "red")),), sizes=("tall",),
        materials=("ceramic",), indirect=("a machine that pulls the plough",),
    ),
    Category(
        "train", ("train", "locomotive", "steam engine", "steam train", "steam locomotive"), train, 4.6, PAINTS,
        accents=(Accent(("cab", "cabin"), ("red", "green", "blue", "black", "yellow")),), count=Count("axles", 2, 4),
        materials=("ceramic",), indirect=("a vehicle that runs on rails",),
    ),
    Category(
        "bicycle", ("bicycle", "bike", "pushbike", "two-wheeler", "city bike"), bicycle, 1.75, PAINTS,
        accents=(Accent(("saddle", "seat", "handlebar"), ("black", "brown", "white", "red")),), sizes=("long",),
        materials=("metal",), indirect=("something with two wheels and pedals",),
    ),
)  # fmt: skip
