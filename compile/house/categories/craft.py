"""Things that fly and float. All look towards +X."""

from __future__ import annotations

import math

from compile.house.category import Accent, Category, Count, Draw
from compile.house.palette import PAINTS
from compile.house.sketch import Paint, Sketch

__all__ = ["CRAFT"]


def airplane(s: Sketch, d: Draw) -> None:
    long, span = 6.0 * d.size("long"), 6.2 * d.size("wide")
    s.add("body", "cylinder", (0, 1.2, 0), (0.9, long * 0.78, 0.9), d.main, rot=(0.0, 0.0, -90.0), round=0.9)
    s.ball("nose", (long * 0.37, 1.2, 0), (1.1, 0.8, 0.8), d.accent)
    s.rod("tail", (-long * 0.30, 1.2, 0), (-long * 0.52, 1.38, 0), 0.66, d.main, taper=0.6, round=0.3)
    low = d.chance(0.6)
    for z in (1, -1):
        s.rod("wing", (0.1, 1.05 if low else 1.4, z * 0.2), (-0.35, 1.1 if low else 1.4, z * span / 2), 0.95, d.accent,
              kind="box", depth=0.1, taper=0.35, round=0.3)  # fmt: skip
    s.box("fin", (-long * 0.48, 1.95, 0), (0.75, 1.0, 0.1), d.accent, taper=(0.4, 0.0), round=0.3)
    s.box("fin", (-long * 0.49, 1.4, 0), (0.6, 0.09, 2.1), d.accent, round=0.5)
    s.ball("window", (long * 0.2, 1.58, 0), (0.85, 0.4, 0.55), d.pane())
    n = d.count
    if n == 1:
        s.ball("hub", (long * 0.46, 1.2, 0), 0.3, d.paint("silver"))
        for turn in (0.0, 90.0):
            s.box(
                "blade",
                (long * 0.46, 1.2, 0),
                (0.06, 1.5, 0.15),
                d.paint("black"),
                rot=(turn + 30.0, 0.0, 0.0),
                round=0.5,
            )
    else:
        for k in range(n):
            out = (1 if k % 2 else -1) * (1.1 if k < 2 else 2.0) * span / 6.2
            s.add(
                "engine",
                "cylinder",
                (0.15, 0.86 if low else 1.21, out),
                (0.42, 0.95, 0.42),
                d.paint("silver"),
                rot=(0.0, 0.0, -90.0),
                round=0.3,
            )
    for z in (1, -1):
        s.rod("skid", (0.2, 0.2, z * 0.45), (0.2, 1.0, z * 0.25), 0.08, d.paint("gray", "metal"))
        s.add(
            "tire",
            "cylinder",
            (0.2, 0.17, z * 0.45),
            (0.34, 0.14, 0.34),
            d.paint("black", "rubber"),
            rot=(90.0, 0.0, 0.0),
        )


def helicopter(s: Sketch, d: Draw) -> None:
    s.ball("body", (0.3, 1.3, 0), (2.3, 1.5, 1.4), d.main)
    s.ball("window", (0.75, 1.42, 0), (1.5, 1.1, 1.22), d.pane())
    s.rod("tail", (-0.5, 1.45, 0), (-2.9, 1.7, 0), 0.42, d.main, taper=0.5, round=0.2)
    s.box("fin", (-2.85, 2.0, 0), (0.4, 0.9, 0.09), d.accent, taper=(0.4, 0.0), round=0.3)
    s.box("blade", (-2.85, 1.8, 0.1), (0.1, 0.9, 0.06), d.accent, rot=(0.0, 0.0, 40.0), round=0.5)
    s.tube("pole", (0.2, 2.2, 0), 0.16, 0.6, d.paint("gray", "metal"))
    s.ball("hub", (0.2, 2.45, 0), 0.3, d.paint("gray", "metal"))
    turn = d.u(10, 60)
    for k in range(2):
        s.box(
            "rotor",
            (0.2, 2.47, 0),
            (4.6 * d.size("wide"), 0.06, 0.2),
            d.accent,
            rot=(0.0, turn + 90.0 * k, 0.0),
            round=0.5,
        )
    for z in (1, -1):
        s.rod("ski", (-0.8, 0.1, z * 0.62), (1.3, 0.1, z * 0.62), 0.11, d.paint("black", "metal"), round=0.9)
        for x in (-0.2, 0.7):
            s.rod("skid", (x, 0.1, z * 0.62), (x, 0.95, z * 0.35), 0.08, d.paint("black", "metal"))


def rocket(s: Sketch, d: Draw) -> None:
    high, wide = 2.6 * d.size("tall"), 0.8 * d.size("wide")
    s.tube("body", (0, 0.45 + high / 2, 0), wide, high, d.main, taper=d.u(0.0, 0.15), round=0.05)
    s.tube(
        "cone", (0, 0.45 + high + wide * 0.55, 0), wide * 0.97, wide * 1.15, d.accent, taper=0.94, round=0.0
    )
    s.tube("nozzle", (0, 0.35, 0), wide * 0.62, 0.34, d.paint("gray", "metal"), taper=0.3)
    s.tube("band", (0, 0.45 + high * 0.32, 0), wide * 1.03, high * 0.06, d.accent)
    n = d.count
    for k in range(n):
        turn = 360.0 * k / n
        x, z = math.cos(math.radians(turn)), -math.sin(math.radians(turn))
        r = wide * 0.66
        s.add(
            "fin",
            "box",
            (x * r, 0.58, z * r),
            (wide * 0.62, 0.95, 0.08),
            d.accent,
            rot=(0.0, turn, 0.0),
            taper=(0.6, 0.0),
            round=0.2,
        )
    for k in range(2):
        s.ball("window", (0, 0.45 + high * (0.82 - 0.25 * k), wide * 0.44), wide * 0.36, d.pane())


def boat(s: Sketch, d: Draw) -> None:
    long, wide = 3.0 * d.size("long"), 1.15
    s.box("hull", (0, 0.35, 0), (long, 0.7, wide), d.main, taper=(-0.35, -0.4), round=0.15)
    s.box("deck", (0, 0.71, 0), (long * 0.98, 0.08, wide * 0.98), d.paint("beige", "wood"), round=0.3)
    if d.variant == "sail":
        high = 2.6 * d.size("tall")
        s.tube("mast", (0.1, 0.7 + high / 2, 0), 0.09, high, d.paint("brown", "wood"))
        sail = Paint(d.accent[0], "fabric")
        s.add(
            "sail",
            "box",
            (-0.42, 0.8 + high * 0.48, 0),
            (1.15, high * 0.82, 0.07),
            sail,
            taper=(0.9, 0.0),
            round=0.2,
        )
        s.add(
            "sail",
            "box",
            (0.52, 0.8 + high * 0.36, 0),
            (0.9, high * 0.6, 0.07),
            sail,
            taper=(0.9, 0.0),
            round=0.2,
        )
        s.rod("pole", (0.1, 0.95, 0), (-1.05, 0.95, 0), 0.07, d.paint("brown", "wood"))
        return
    s.box("cabin", (-0.2, 1.05, 0), (long * 0.42, 0.7, wide * 0.66), d.accent, round=0.15)
    s.box("window", (-0.2, 1.13, 0), (long * 0.34, 0.24, wide * 0.69), d.pane(), round=0.3)
    for k in range(d.count):
        x = -0.2 + (k - (d.count - 1) / 2) * 0.42
        s.tube("smokestack", (x, 1.65, 0), 0.24, 0.75 * d.size("tall"), d.main, round=0.1)
        s.tube("band", (x, 1.86, 0), 0.255, 0.14, d.paint("white"))
    s.rod("mast", (long * 0.33, 0.7, 0), (long * 0.33, 1.5, 0), 0.06, d.paint("brown", "wood"))


def submarine(s: Sketch, d: Draw) -> None:
    long = 3.4 * d.size("long")
    s.add("hull", "cylinder", (0, 0.75, 0), (1.1, long, 1.1), d.main, rot=(0.0, 0.0, -90.0), round=0.95)
    s.box("tower", (0.1, 1.45, 0), (0.95, 0.65, 0.5), d.main, taper=(0.2, 0.2), round=0.4)
    s.tube("pole", (0.2, 1.95, 0), 0.08, 0.6 * d.size("tall"), d.accent)
    s.rod("pole", (0.17, 2.22, 0), (0.45, 2.22, 0), 0.09, d.accent)
    s.ring("ring", (-long / 2 + 0.02, 0.75, 0), 0.8, 0.09, d.accent, rot=(0.0, 0.0, 90.0))
    for turn in (0.0, 90.0):
        s.box(
            "blade", (-long / 2 + 0.0, 0.75, 0), (0.1, 0.76, 0.16), d.accent, rot=(turn, 0.0, 0.0), round=0.4
        )
    for k in range(d.count):
        x = (k - (d.count - 1) / 2) * long * 0.2 + 0.2
        s.add(
            "window", "cylinder", (x, 0.82, 0.48), (0.3, 0.2, 0.3), d.pane(), rot=(90.0, 0.0, 0.0), round=0.3
        )
        s.ring("ring", (x, 0.82, 0.53), 0.36, 0.07, d.accent, rot=(90.0, 0.0, 0.0))
    s.box("fin", (-long * 0.36, 0.75, 0), (0.5, 0.08, 1.7), d.accent, round=0.4)


CRAFT = (
    Category(
        "airplane", ("airplane", "plane", "aeroplane", "aircraft", "jet", "airliner"), airplane, 6.2, PAINTS,
        accents=(Accent(("wings", "wing"), ("white", "red", "blue", "yellow", "gray")),), count=Count("engines", 1, 4),
        sizes=("long", "wide"), materials=("ceramic",), indirect=("something that flies passengers across the sea",),
    ),
    Category(
        "helicopter", ("helicopter", "chopper", "copter"), helicopter, 4.8, PAINTS,
        accents=(Accent(("rotor", "rotors", "blades", "propeller"), ("black", "gray", "white", "yellow")),), sizes=("wide",),
        materials=("ceramic",), indirect=("something that flies with a spinning rotor",),
    ),
    Category(
        "rocket", ("rocket", "spaceship", "space rocket", "rocket ship", "spacecraft", "missile"), rocket, 3.6, PAINTS,
        accents=(Accent(("fins", "tip", "nose cone", "nose"), ("red", "blue", "orange", "yellow", "black")),),
        count=Count("fins", 3, 4), sizes=("tall", "wide"), materials=("ceramic", "metal"),
        indirect=("something to fly to the moon with",),
    ),
    Category(
        "boat", ("boat", "ship", "vessel on the sea"), boat, 3.2, PAINTS,
        variants={"steam": ("steamboat", "steamer", "tugboat", "ferry", "fishing boat"),
                  "sail": ("sailboat", "sailing boat", "sailing ship", "yacht", "pirate ship")},
        accents=(Accent(("sails", "sail", "cabin"), ("white", "beige", "red", "yellow")),), count=Count("smokestacks", 1, 2),
        sizes=("long", "tall"), materials=("wood", "ceramic"), indirect=("something to cross the lake with",),
    ),
    Category(
        "submarine", ("submarine", "u-boat", "sub"), submarine, 3.5, PAINTS,
        accents=(Accent(("periscope", "fins", "propeller"), ("red", "gray", "black", "gold", "white")),),
        count=Count("portholes", 2, 3), sizes=("long",), materials=("metal", "ceramic"),
        indirect=("a ship that dives under water",),
    ),
)  # fmt: skip
