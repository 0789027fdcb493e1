"""What joints are called in motion capture, and which of our roles they have."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["roles_of"]

# For each role the words that mean it, the surest first; a word that a role has taken is no other's.
_TRUNK = {
    "hips": ("hips", "pelvis", "hip", "root"),
    "spine": ("spine", "lowerback", "abdomen", "torso", "spine1", "waist"),
    "head": ("head",),
    "neck": ("neck", "neck1"),
    "chest": ("spine3", "spine2", "upperchest", "chest", "thorax", "upperback", "spine1"),
}
_LIMBS = {
    "upper_leg": ("upleg", "upperleg", "thigh", "hip", "hipjoint", "femur"),
    "lower_leg": ("lowerleg", "lowleg", "shin", "knee", "calf", "tibia", "leg"),
    "foot": ("foot", "ankle"),
    "upper_arm": ("upperarm", "uparm", "arm", "shldr", "humerus", "shoulder"),
    "lower_arm": ("forearm", "lowerarm", "lowarm", "elbow", "radius"),
    "hand": ("hand", "wrist"),
    "shoulder": ("collar", "clavicle", "shoulder"),
}
_SIDES = {"left": "left", "l": "left", "right": "right", "r": "right"}


def roles_of(names: Sequence[str]) -> dict[str, int]:
    """The joints that have a role, by the names that Mixamo, CMU, Biovision, Poser and Blender give.

    Args:
        names: Of all joints.

    Returns:
        Role -> the index of the joint.
    """
    told = [_side_and_word(name) for name in names]
    roles: dict[str, int] = {}
    for side in ("", "left", "right"):
        for role, words in (_LIMBS if side else _TRUNK).items():
            joint = _first(told, side, words, set(roles.values()))
            if joint is not None:
                roles[f"{role}.{side}" if side else role] = joint
    return roles


def _first(told: list[tuple[str, str]], side: str, words: tuple[str, ...], taken: set[int]) -> int | None:
    for word in words:
        for joint, entry in enumerate(told):
            if entry == (side, word) and joint not in taken:
                return joint
    return None


def _side_and_word(name: str) -> tuple[str, str]:
    """Its side, empty for the middle, and what remains: `mixamorig:LeftUpLeg` is left, upleg."""
    plain = re.sub(r"(?i)^mixamorig\d*", "", name.rsplit(":", maxsplit=1)[-1].rsplit("|", maxsplit=1)[-1])
    # A hump begins a word, and so does what stands after a letter l or r alone: `lShldr`, `RThigh`.
    humps = re.sub(r"(?<=[a-z])(?=[A-Z])|^([lLrR])(?=[A-Z])", r"\1_", plain)
    parted = re.sub(r"^(left|right)(?=[a-z])", r"\1_", humps.lower())
    words = [word for word in re.split(r"[^a-z0-9]+", parted) if word]
    sides = [word for word in words if word in _SIDES]
    rest = [word for word in words if word not in _SIDES]
    return (_SIDES[sides[0]] if sides else "", "".join(rest))
