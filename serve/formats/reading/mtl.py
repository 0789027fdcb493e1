"""MTL, the material libraries of OBJ (Wavefront, Advanced Visualizer, appendix B), with the PBR extension.

Colours are taken as sRGB. A texture stands for `Kd` and is not multiplied by it: many programs write black
there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from serve.contracts.errors import UnreadableMeshError
from serve.formats.color import light_of
from serve.formats.reading.album import Album
from serve.formats.reading.files import inner_path
from serve.formats.reading.maps import Sheets, fold_maps
from serve.formats.reading.numbers import numbers_of
from serve.formats.reading.pieces import PLAIN, Look

__all__ = ["read_library"]

# Options of a texture statement, and how many words follow each.
_OPTION_WORDS = {
    "-blendu": 1, "-blendv": 1, "-boost": 1, "-bm": 1, "-cc": 1, "-clamp": 1, "-imfchan": 1, "-mm": 2,
    "-o": 3, "-s": 3, "-t": 3, "-texres": 1, "-type": 1,
}  # fmt: skip
_NUMBERS = frozenset(("kd", "d", "tr", "ns", "pr", "pm"))
_MAPS = {
    "map_kd": "base_color",
    "map_pr": "roughness",
    "map_pm": "metallic",
    "norm": "normal",
    "map_kn": "normal",
}


@dataclass(slots=True)
class _Entry:
    """Statements of one material."""

    numbers: dict[str, list[float]] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)


def read_library(text: bytes, album: Album, used: frozenset[str]) -> dict[str, Look]:
    """The looks of a library by name.

    Args:
        text: The file.
        album: Where its textures are.
        used: Names of the materials that are wanted.

    Raises:
        UnreadableMeshError: A path leads out of the archive, or a texture is damaged or too large.
    """
    entries = {name: entry for name, entry in _entries(text).items() if name in used}
    return {name: _look(name, entry, album) for name, entry in entries.items()}


def _entries(text: bytes) -> dict[str, _Entry]:
    entries: dict[str, _Entry] = {}
    entry = _Entry()
    for line in text.decode(errors="replace").splitlines():
        keyword, _, rest = line.strip().replace("\t", " ").partition(" ")
        keyword, rest = keyword.lower(), rest.strip()
        if keyword == "newmtl":
            entry = entries.setdefault(rest, _Entry())
        elif keyword in _NUMBERS and rest[:1] not in (
            "s",
            "x",
        ):  # spectral curves and CIE XYZ: nobody writes them
            entry.numbers[keyword] = numbers_of(rest.partition("#")[0].encode(), f"MTL {keyword}").tolist()
        elif keyword in _MAPS:
            entry.paths[_MAPS[keyword]] = _path(rest)
    return entries


def _path(rest: str) -> str:
    """The file name behind the options; it may hold spaces."""
    words = rest.split(" ")
    while words and words[0].lower() in _OPTION_WORDS:
        option = words.pop(0).lower()
        for _ in range(_OPTION_WORDS[option]):
            if words and (option not in ("-o", "-s", "-t") or _is_number(words[0])):
                words.pop(0)
    return inner_path(" ".join(words))


def _is_number(word: str) -> bool:
    return word.replace(".", "", 1).replace("-", "", 1).isdigit()


def _look(name: str, entry: _Entry, album: Album) -> Look:
    pictures = {kind: album.picture(path) for kind, path in entry.paths.items()}
    roughness, metallic = _roughness(entry.numbers), _number(entry.numbers, "pm", 0.0)
    red, green, blue = _color(entry.numbers)
    white = pictures.get("base_color") is not None
    sheets = Sheets(
        base_color=pictures.get("base_color"),
        color_factor=(1.0, 1.0, 1.0) if white else (red, green, blue),
        roughness=_in_all_channels(pictures.get("roughness")),
        roughness_factor=1.0 if pictures.get("roughness") is not None else roughness,
        metallic=_in_all_channels(pictures.get("metallic")),
        metallic_factor=1.0 if pictures.get("metallic") is not None else metallic,
        normal=pictures.get("normal"),
    )
    maps = fold_maps(sheets, album.pictures.texels)
    return Look(name, (red, green, blue), roughness, metallic, _opacity(entry.numbers), maps)


def _in_all_channels(picture: NDArray[np.uint8] | None) -> NDArray[np.uint8] | None:
    """A grey map, of which the maps take the green or the blue channel: here its red one in each."""
    return None if picture is None else np.repeat(picture[..., :1], 4, axis=2)


def _number(numbers: Mapping[str, list[float]], key: str, otherwise: float) -> float:
    found = numbers.get(key)
    return float(np.clip(np.nan_to_num(found[0]), 0, 1)) if found else otherwise


def _color(numbers: Mapping[str, list[float]]) -> tuple[float, float, float]:
    found = numbers.get("kd")
    if not found:
        return PLAIN.base_color
    if len(found) not in (1, 3):
        raise UnreadableMeshError(
            f"Kd of a material has {len(found)} numbers, not 3: the MTL file is damaged"
        )
    red, green, blue = light_of(found * (3 // len(found))).tolist()
    return red, green, blue


def _opacity(numbers: Mapping[str, list[float]]) -> float:
    """`d`, or else what `Tr` takes away; a thing that cannot be seen at all is a mistake of its exporter."""
    opacity = _number(numbers, "d", 1.0 - _number(numbers, "tr", 0.0))
    return opacity if opacity > 0 else 1.0


def _roughness(numbers: Mapping[str, list[float]]) -> float:
    """`Pr`, or else of Phong's exponent: alpha = sqrt(2 / (Ns + 2)) (Walter et al. 2007, section 5.2)."""
    shininess = numbers.get("ns")
    if "pr" in numbers or not shininess:
        return _number(numbers, "pr", PLAIN.roughness)
    return float((2.0 / (np.clip(np.nan_to_num(shininess[0]), 0, 1e6) + 2.0)) ** 0.25)
