"""The colours that captions name, and what a category falls back on."""

from __future__ import annotations

__all__ = ["COLORS", "COLOR_WORDS", "MATERIAL_COLORS", "PAINTS", "Rgb"]

Rgb = tuple[float, float, float]

# sRGB; gold and silver bring their metal with them.
COLORS: dict[str, Rgb] = {
    "red": (0.80, 0.11, 0.10),
    "orange": (0.93, 0.47, 0.10),
    "yellow": (0.95, 0.80, 0.14),
    "green": (0.16, 0.55, 0.22),
    "teal": (0.12, 0.62, 0.62),
    "blue": (0.13, 0.30, 0.78),
    "purple": (0.48, 0.20, 0.68),
    "pink": (0.94, 0.52, 0.68),
    "brown": (0.44, 0.27, 0.14),
    "beige": (0.87, 0.78, 0.62),
    "white": (0.94, 0.94, 0.92),
    "gray": (0.52, 0.53, 0.55),
    "black": (0.07, 0.07, 0.08),
    "gold": (0.90, 0.70, 0.25),
    "silver": (0.78, 0.79, 0.81),
}

# What a material looks like when a caption names it and no colour; the others take any colour.
MATERIAL_COLORS: dict[str, tuple[str, ...]] = {
    "wood": ("brown", "brown", "beige"),
    "metal": ("silver", "gray", "gray"),
    "stone": ("gray", "gray", "beige", "white"),
    "glass": ("teal", "white", "blue", "green"),
    "ceramic": ("white", "white", "blue", "beige"),
    "rubber": ("black", "red", "yellow"),
}

# What vehicles are painted in.
PAINTS = (
    "red",
    "blue",
    "yellow",
    "green",
    "orange",
    "white",
    "teal",
    "purple",
    "pink",
    "black",
    "silver",
    "gray",
)

COLOR_WORDS: dict[str, tuple[str, ...]] = {
    "red": ("red", "scarlet", "crimson", "bright red", "cherry red"),
    "orange": ("orange", "bright orange", "tangerine"),
    "yellow": ("yellow", "bright yellow", "lemon yellow"),
    "green": ("green", "dark green", "emerald", "forest green"),
    "teal": ("teal", "turquoise", "cyan", "aqua"),
    "blue": ("blue", "navy", "royal blue", "cobalt", "dark blue"),
    "purple": ("purple", "violet", "lilac"),
    "pink": ("pink", "light pink", "rose pink"),
    "brown": ("brown", "dark brown", "chocolate brown"),
    "beige": ("beige", "cream", "tan", "sand coloured"),
    "white": ("white", "snow white", "pure white"),
    "gray": ("gray", "grey", "dark grey", "light gray"),
    "black": ("black", "jet black", "pitch black"),
    "gold": ("gold", "golden"),
    "silver": ("silver", "silvery", "chrome"),
}
