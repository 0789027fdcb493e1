"""What the names of parts say: `leg_2`, `Left_Leg`, `mixamorig:LeftForeArm` and `wheelFL` all name a limb."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

__all__ = ["FACE_WORDS", "KINDS_OF_PART", "part_kind", "part_words"]

KINDS_OF_PART: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "head": frozenset(
            [
                "head",
                "face",
                "skull",
                "ear",
                "eye",
                "muzzle",
                "nose",
                "beak",
                "bill",
                "mouth",
                "antenna",
                "hat",
                "hair",
                "horn",
                "jaw",
                "snout",
            ]
        ),
        "neck": frozenset({"neck"}),
        "arm": frozenset(["arm", "hand", "forearm", "elbow", "finger", "thumb", "fist", "palm"]),
        "leg": frozenset(
            ["leg", "foot", "feet", "thigh", "shin", "calf", "knee", "paw", "hoof", "toe", "shoe", "boot"]
        ),
        "tail": frozenset({"tail"}),
        "wing": frozenset(["wing", "flipper"]),
        "body": frozenset(
            ["body", "torso", "chest", "trunk", "belly", "hips", "pelvis", "waist", "abdomen", "hull"]
        ),
        "wheel": frozenset(["wheel", "tire", "tyre", "rim", "hub"]),
        "door": frozenset(["door", "hatch", "gate"]),
    }
)
"""Kinds of parts that body plans are made of, and the words for them."""

FACE_WORDS = frozenset(["face", "eye", "muzzle", "nose", "beak", "bill", "mouth", "snout"])
"""Parts that are on the front of a head."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def part_words(name: str) -> tuple[str, ...]:
    """The words of a part's name in lower case, and without an s at the end: `("left", "leg")`."""
    words = [word.lower() for word in _WORD.findall(name)]
    return tuple(
        word[:-1] if len(word) > 3 and word.endswith("s") and word != "hips" else word for word in words
    )


def part_kind(name: str) -> str | None:
    """Which of `KINDS_OF_PART` a name means, by its last word that means one; None for none."""
    return next((kind for word in reversed(part_words(name)) for kind in _kinds(word)), None)


def _kinds(word: str) -> Iterable[str]:
    return (kind for kind, words in KINDS_OF_PART.items() if word in words)
