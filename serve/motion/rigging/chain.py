"""One long thing that bends along its length: snakes, fish, ropes, tails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from serve.geometry.mesh import PartMesh
from serve.motion.rigging.bodies import TRUNK
from serve.motion.rigging.distances import UNREACHED_M, distances_from
from serve.motion.rigging.drafts import Draft
from serve.motion.rigging.jointed_limbs import chain_bones
from serve.motion.rigging.limbs import Limb, trace_limb
from serve.motion.rigging.part_words import FACE_WORDS, part_words
from serve.motion.rigging.volume import Volume

__all__ = ["Strand", "draw_chain", "find_strand", "is_fish", "why_not_chain"]

_SLENDER, _SLENDER_FISH = 4.0, 1.4  # lengths to widths
_FISH_WORDS = frozenset(["fin", "gill", "scale"])
_FISH_FACE = frozenset(["eye", "head", "mouth"])
_COUNTS = (5, 14)


@dataclass(frozen=True, slots=True, eq=False)
class Strand:
    """A solid as one strand.

    Args:
        limb: Its middle line, from the head, or the ground, or the front.
        width_m: How far its cells are from that line to either side, on the mean.
    """

    limb: Limb
    width_m: float

    @property
    def slenderness(self) -> float:
        """Its length in widths."""
        return self.limb.length_m / max(self.width_m, 1e-12)


def find_strand(
    mesh: PartMesh, volume: Volume, check: Callable[[], None] = lambda: None, device: str = "cpu"
) -> Strand:
    """The strand between the two cells that are farthest from each other, by the way inside."""
    centres = volume.centres
    end = _farthest(volume, volume.nearest(centres.mean(axis=0)), check, device)
    start = _farthest(volume, end, check, device)
    words = {n: set(part_words(mesh.surfaces[n].name)) for n in np.unique(volume.part).tolist()}
    face = np.isin(volume.part, [n for n, told in words.items() if told & FACE_WORDS or "head" in told])
    first = _first_end(centres, start, end, face)
    begin = np.linalg.norm(centres - centres[first], axis=1) < 1.8 * volume.step
    limb = trace_limb(volume, np.ones(len(centres), bool), begin)
    gaps = np.linalg.norm(centres[:, None] - limb.line[None], axis=2).min(axis=1)
    return Strand(limb, 4.0 * float(gaps.mean()))


def is_fish(mesh: PartMesh) -> bool:
    """Whether parts are called what a fish has: a tail, fins, and a face."""
    numbers = np.unique(mesh.face_part).tolist()
    words = {word for number in numbers for word in part_words(mesh.surfaces[number].name)}
    return "tail" in words and bool(words & _FISH_WORDS) and bool(words & _FISH_FACE)


def why_not_chain(mesh: PartMesh, strand: Strand) -> str:
    """Why a mesh, as a strand, is no chain; empty if it is one."""
    if strand.slenderness >= (_SLENDER_FISH if is_fish(mesh) else _SLENDER):
        return ""
    return f"it is {strand.slenderness:.1f} times as long as wide, and a chain is at least {_SLENDER:g} times"


def draw_chain(strand: Strand) -> Draft:
    """Links of about a width each, the first at the head."""
    count = int(np.clip(round(strand.slenderness), *_COUNTS))
    return Draft("chain", tuple(chain_bones(strand.limb, "link", "", TRUNK, count)), {})


def _first_end(centres: NDArray[np.float64], start: int, end: int, face: NDArray[np.bool_]) -> int:
    """The end nearer to the face; else of what stands upright the lower, of what lies the one in front."""
    if face.any():
        gaps = [float(np.linalg.norm(centres[face] - centres[one], axis=1).mean()) for one in (start, end)]
        return start if gaps[0] <= gaps[1] else end
    span = centres[end] - centres[start]
    if abs(span[1]) > np.hypot(span[0], span[2]):
        return start if span[1] > 0 else end
    ahead = span[2] if abs(span[2]) >= abs(span[0]) else span[0]
    return end if ahead > 0 else start


def _farthest(volume: Volume, cell: int, check: Callable[[], None], device: str) -> int:
    begin = np.full((1, len(volume.cells)), np.inf)
    begin[0, cell] = 0.0
    away = distances_from(volume, begin, check=check, device=device)[0]
    return int(np.argmax(np.where(away < UNREACHED_M, away, -1.0)))
